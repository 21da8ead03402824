/**
 * The bias of fields that are drawn: with the exact Gaussian score of the told law, and with the exact empirical score
 * of the fields whose porosities are nearest in what is told, moved there by the regression.
 */
import { tf } from "../../graph/tensorflow";
import { scalars } from "../../diagnostics/field-sample";
import type { Fields } from "../../fields/fields";
import { gram } from "../../numerics/linear-algebra";
import { multiply } from "../../numerics/row-products";
import { moments } from "../../diagnostics/moments";
import { biasRatios, difference, exactProfile, meanProfile } from "../../diagnostics/profile-bias";
import type { GaussianLaw } from "../../gaussian/conditional-gaussian";
import { empiricalScore, gaussianScore, scoreInPlane } from "../../diffusion/exact-score";
import type { ResidentScore } from "../../diffusion/score";
import type { Stream } from "../../random/stream";
import type { Common } from "../common-settings";
import {
  drawBoth,
  exactLaw,
  first,
  methodOf,
  perUnit,
  type Sampler,
  type Setting,
} from "../mean-bias/published-setting";
import type { ConfounderInput, ToldEnsemble } from "./told-ensemble";
import { rootMeanSquares, type Told, variances } from "./told-law";

/** Every array has one entry a channel. */
export interface DrawnBias {
  /**
   * |bias| / |std| of fields drawn with the exact Gaussian score; z of its deviation from the closed form (with the
   * same steps).
   */
  readonly sampled: readonly number[];
  readonly sampledError: readonly number[];
  readonly sampledZ: readonly number[];
  /**
   * sqrt of the mean over the profile of the generated variance, SI units: of these very steps, exactly, and of the
   * same drawn fields.
   */
  readonly generatedStd: readonly number[];
  readonly sampledStd: readonly number[];
  readonly sampledStdError: readonly number[];
  /**
   * |bias| / |std| with the exact empirical score of the conditional ensemble, by that ensemble's own mean and spread.
   */
  readonly empirical: readonly number[];
  readonly empiricalError: readonly number[];
}

/** Coordinates [size, rank] of the conditional ensemble at f = E f. */
export function nearest(
  ensemble: ToldEnsemble,
  { slope }: Told,
  told: readonly number[],
  wanted: number,
): Float64Array {
  const { count, rank, columns, coordinates, features } = ensemble;
  const q = told.length;
  const size = Math.min(wanted, count);
  const distance = Float64Array.from({ length: count }, (_, n) =>
    told.reduce((sum, k) => sum + features[n * columns + k] ** 2, 0),
  );
  const order = Array.from(distance.keys());
  if (q > 0) order.sort((a, b) => distance[a] - distance[b]);
  const members = new Float64Array(size * rank);
  order.slice(0, size).forEach((n, row) => {
    for (let i = 0; i < rank; i++) {
      let moved = coordinates[n * rank + i];
      for (let k = 0; k < q; k++) moved -= slope[i * q + k] * features[n * columns + told[k]];
      members[row * rank + i] = moved;
    }
  });
  return members;
}

/**
 * Draws with the exact Gaussian score of the told law and, with the same random numbers, with the empirical score of
 * the near fields.
 */
export async function sampledBias(
  whole: Setting,
  law: GaussianLaw,
  near: Float64Array,
  sampler: Sampler,
  schedule: Common["schedule"],
  { confounder }: ConfounderInput,
  source: Stream,
  signal?: AbortSignal,
): Promise<DrawnBias> {
  const setting = { ...whole, law };
  const { channels } = whole.reference;
  const method = { name: methodOf(sampler) };
  const steps = sampler === "reverse SDE" ? confounder.sdeSteps : confounder.flowSteps;
  const batch = Math.min(400, confounder.generated);
  const draw = async (score: ResidentScore, count: number): Promise<Fields> => {
    const common = { schedule, method, steps, batch, stream: source, signal };
    try {
      return (await drawBoth(setting, { ...common, score, count, start: { law: "standard normal" } })).clean;
    } finally {
      score.dispose();
    }
  };
  const gaussian = await draw(gaussianScore(law), Math.max(confounder.exact, confounder.generated));
  const mean = whole.moments.mean;
  const std = perUnit(whole, variances(law).map(Math.sqrt));
  const stepwise = exactLaw(law, { schedule, method, steps, start: "standard normal" });
  const known = perUnit(whole, stepwise.bias);
  const bias = difference(meanProfile(gaussian), exactProfile(mean));
  const ratios = biasRatios(bias, std, channels);
  const off = biasRatios(difference(bias, exactProfile(known)), std, channels);

  const spreads = Array.from({ length: channels }, (_, ch) => spreadOf(gaussian.channel(ch)));

  const own = ownMoments(whole, near);
  const members = tf.tensor2d(Float32Array.from(near), [near.length / whole.law.rank, whole.law.rank]);
  const score = scoreInPlane(empiricalScore(members), whole.law);
  members.dispose();
  const fields = await draw(score, confounder.generated);
  const control = { fields: first(gaussian, confounder.generated), mean: known.map((b, i) => b + mean[i]) };
  const found = biasRatios(difference(meanProfile(fields, control), exactProfile(own.mean)), own.std, channels);
  return {
    sampled: ratios.map((r) => r.ratio),
    sampledError: ratios.map((r) => r.standardError),
    sampledZ: off.map((r) => r.z),
    generatedStd: rootMeanSquares(whole, stepwise.variance),
    sampledStd: spreads.map((s) => s.value),
    sampledStdError: spreads.map((s) => s.error),
    empirical: found.map((r) => r.ratio),
    empiricalError: found.map((r) => r.standardError),
  };
}

/**
 * sqrt of the mean over the profile of the variance, one channel, with its standard error from the scatter of |x - m|^2
 * between fields.
 */
function spreadOf(sample: Fields): { value: number; error: number } {
  const { count, cells } = sample;
  const { mean } = moments(sample);
  const squares = Float64Array.from([...sample], (x) => x.reduce((sum, v, i) => sum + (v - mean[i]) ** 2 / cells, 0));
  const square = moments(scalars(squares));
  const value = Math.sqrt((square.mean[0] * count) / (count - 1));
  return { value, error: (0.5 * value * square.std[0]) / square.mean[0] / Math.sqrt(count) };
}

/** Mean and spread, SI units, of members given by their coordinates. */
function ownMoments(setting: Setting, members: Float64Array): { mean: Float64Array; std: Float64Array } {
  const { law } = setting;
  const size = members.length / law.rank;
  const mean = new Float64Array(law.rank);
  members.forEach((w, at) => (mean[at % law.rank] += w / size));
  const S = gram(
    members.map((w, at) => w - mean[at % law.rank]),
    size,
    law.rank,
  ).map((s) => s / (size - 1));
  const SV = multiply(law.modes, S, law.rank);
  const shift = new Float64Array(law.dimension);
  const variance = new Float64Array(law.dimension);
  for (let i = 0; i < law.dimension; i++) {
    for (let k = 0; k < law.rank; k++) {
      shift[i] += law.modes[i * law.rank + k] * mean[k];
      variance[i] += SV[i * law.rank + k] * law.modes[i * law.rank + k];
    }
  }
  const inUnits = perUnit(setting, shift);
  return {
    mean: setting.moments.mean.map((m, i) => m + inUnits[i]),
    std: perUnit(setting, variance.map((v) => Math.sqrt(Math.max(0, v)))), // prettier-ignore
  };
}
