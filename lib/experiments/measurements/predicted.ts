/**
 * What guided samplers make of Gaussian data, predicted and met. For the conditional Gaussian the exact posterior is
 * known, and the law that a guided flow generates is followed without drawing (lib/inverse/guided-flow); its distance
 * from the exact one is the sampler's own error, for any number of levels and any weight. Draws must meet the
 * prediction, or it is none.
 */
import type { GaussianLaw } from "../../gaussian/conditional-gaussian";
import type { Normalisation } from "../../fields/units";
import { type Guidance, guidances, steadyWeight } from "../../inverse/guidance";
import { type GuidedOptions, guidedLaw, guidedPosterior, guideOf, type WhitenedLaw } from "../../inverse/guided-flow";
import { modeRatesOf } from "../../inverse/guided-model";
import { gaussianLatent } from "../../inverse/latent-model";
import { type LinearPosterior, linearPosterior, placed } from "../../inverse/linear-posterior";
import type { Observations } from "../../inverse/observations";
import type { TrainedModes } from "../../model/trained-modes";
import { logLevels } from "../../model/mode-velocity";
import type { Stream } from "../../random/stream";
import { distanceOf, type Moments, momentsOf } from "./moments";

export interface PredictedRow {
  readonly guidance: Guidance;
  readonly levels: number;
  /** w, over the largest that a step bears for dps. */
  readonly weight: number;
  readonly bias: number;
  readonly logSpread: number;
}

export interface MetRow {
  readonly guidance: Guidance;
  /**
   * Largest deviation of drawn means and spreads from predicted ones over the leading whitened modes, in standard
   * errors; of how many numbers.
   */
  readonly z: number;
  readonly numbers: number;
}

export interface PredictedLaws {
  readonly rows: readonly PredictedRow[];
  readonly met: readonly MetRow[];
}

const levelCounts = [8, 20, 50] as const;
const weights = [0.01, 0.03, 0.1, 0.2, 0.35, 0.6, 1] as const;
const metModes = 20;

export async function predictedLaws(
  { law, normalisation, trained }: { law: GaussianLaw; normalisation: Normalisation; trained: TrainedModes },
  of: Observations,
  options: { draws: number; stream: Stream },
): Promise<PredictedLaws> {
  const gaussian = gaussianLatent(law, normalisation);
  const readings = gaussian.affine(of);
  const rates = modeRatesOf(law, trained.gamma, Math.min(trained.modes, law.rank));
  const columns = fieldColumns(gaussian.fields, law.rank);
  const exact = exactMoments(linearPosterior(readings, of), columns);
  const channels = normalisation.mean.length;
  const steady = steadyWeight(readings, of.std);
  const rows: PredictedRow[] = [];
  const add = async (guidance: Guidance, levels: number, share: number): Promise<void> => {
    const weight = guidance === "dps" ? share * steady : share;
    const modes = { rates, logLevels: logLevels(trained.range, levels) };
    const generated = await guidedLaw(modes, guideOf(readings, of, { guidance, weight }));
    rows.push({ guidance, levels, weight: share, ...distanceOf(momentsOfLaw(generated, columns), exact, channels) });
  };
  for (const guidance of guidances) for (const levels of levelCounts) await add(guidance, levels, 1);
  for (const guidance of guidances) for (const weight of [...weights, 2]) await add(guidance, 20, weight);
  const met: MetRow[] = [];
  for (const guidance of guidances) {
    const modes = { rates, logLevels: logLevels(trained.range, 20), evaluations: 0 };
    const guided: GuidedOptions = { guidance };
    const predicted = await guidedLaw(modes, guideOf(readings, of, guided));
    const own = { ...guided, count: options.draws, stream: options.stream.child(guidance) };
    met.push({ guidance, ...deviation((await guidedPosterior(modes, readings, of, own)).images, predicted) });
  }
  return { rows, met };
}

/** Mean field and the field of each unit coordinate less the mean: x = mean + columns y. */
function fieldColumns(
  fields: (y: Float64Array) => Float64Array,
  rank: number,
): { mean: Float64Array; columns: Float64Array } {
  const mean = fields(new Float64Array(rank));
  const size = mean.length;
  const units = new Float64Array(rank * rank);
  for (let k = 0; k < rank; k++) units[k * (rank + 1)] = 1;
  return { mean, columns: fields(units).map((v, i) => v - mean[i % size]) }; // [rank, size]
}

type Columns = ReturnType<typeof fieldColumns>;

function momentsOfLaw({ mean: m, covariance }: WhitenedLaw, { mean, columns }: Columns): Moments {
  const [rank, size] = [m.length, mean.length];
  const variance = new Float64Array(size);
  const shifted = mean.slice();
  for (let k = 0; k < rank; k++) {
    for (let i = 0; i < size; i++) shifted[i] += m[k] * columns[k * size + i];
    for (let l = 0; l < rank; l++) {
      const entry = covariance[k * rank + l];
      for (let i = 0; i < size; i++) variance[i] += entry * columns[k * size + i] * columns[l * size + i];
    }
  }
  return { mean: shifted, std: variance.map((v) => Math.sqrt(Math.max(0, v))) };
}

function exactMoments(closed: LinearPosterior, columns: Columns): Moments {
  const rank = closed.mean.length;
  const units = new Float64Array(rank * rank);
  for (let k = 0; k < rank; k++) units[k * (rank + 1)] = 1;
  const roots = placed(closed, units).map((v, i) => v - closed.mean[i % rank]); // C^(1/2), symmetric
  const covariance = new Float64Array(rank * rank);
  for (let k = 0; k < rank; k++) {
    for (let l = 0; l < rank; l++) {
      for (let i = 0; i < rank; i++) covariance[k * rank + l] += roots[k * rank + i] * roots[l * rank + i];
    }
  }
  return momentsOfLaw({ mean: closed.mean, covariance }, columns);
}

/** Drawn against predicted means and variances of the leading modes. */
function deviation(images: Float64Array, { mean, covariance }: WhitenedLaw): { z: number; numbers: number } {
  const rank = mean.length;
  const count = images.length / rank;
  const { mean: drawn, std } = momentsOf(images, rank);
  const leading = Math.min(metModes, rank);
  let z = 0;
  for (let k = 0; k < leading; k++) {
    const variance = covariance[k * (rank + 1)];
    z = Math.max(z, Math.abs(drawn[k] - mean[k]) / Math.sqrt(variance / count));
    z = Math.max(z, Math.abs(std[k] ** 2 / variance - 1) / Math.sqrt(2 / count));
  }
  return { z, numbers: 2 * leading };
}
