/**
 * The posterior of a model's normal coordinates by tempered sequential Monte Carlo (Del Moral, Doucet & Jasra 2006).
 * From a Gaussian q = N(m, C), the posterior of the model made linear, to the posterior pi ~ exp(-|y|^2 / 2) L(y)
 * along q^(1 - t) pi^t, with y = m + C^(1/2) u and
 *   R(y) = ln(pi / q) = ln L(y) - |y|^2 / 2 + |u|^2 / 2
 * (+ ln det C^(1/2), the constant that makes exp(R) average to the evidence):
 * each temperature is chosen so that the weights exp(dt R) leave half of the draws effective; draws are resampled,
 * then moved by preconditioned Crank-Nicolson steps u' = sqrt(1 - b^2) u + b eta, accepted with min(1, exp(t (R' -
 * R))): reversible with respect to q, so exactly to q^(1 - t) pi^t (Cotter, Roberts, Stuart & White 2013; Rudolf &
 * Sprungk 2018). For a linear model R is a constant: one step, no move. With a coarse model beside the other, scouts
 * find the posterior under it first and tell a better Gaussian to start from (adapted-reference.ts); temperatures and
 * their moves are the coarse model's, and what it found is refined at the end (refined-population.ts).
 */
import { effectiveSize, logMeanExp, normalisedWeights, systematicResample } from "../numerics/importance-weights";
import type { Stream } from "../random/stream";
import { adaptedReference } from "./adapted-reference";
import { clusteredSize } from "./clustered-size";
import type { LatentModel } from "./latent-model";
import { logLikelihoods, type PosteriorDraws } from "./likelihood";
import { type GaussianReference, placed } from "./linear-posterior";
import type { Observations } from "./observations";
import { chosenOf, type Evaluate, nextStep, type Population, proposed, replaceRow } from "./population";
import { refinedPopulation } from "./refined-population";

export interface TemperedOptions {
  readonly count: number;
  readonly stream: Stream;
  /** Moves at each temperature; 4 by default, and 3 from a reference that scouts have adapted. */
  readonly moves?: number;
  /** The same coordinates with cheaper images; needs to be near the model only. */
  readonly coarse?: LatentModel;
  /** Moves after the refinement. */
  readonly fineMoves?: number;
  /** Told the temperature reached, 0 to 1. */
  readonly onProgress?: (temperature: number) => void;
  readonly signal?: AbortSignal;
}

export interface TemperedDraws extends PosteriorDraws {
  /** Temperatures after the start, the last is 1. */
  readonly temperatures: readonly number[];
  /** Mean acceptance of the moves at each. */
  readonly acceptance: readonly number[];
}

/** Draws with which the scouts go ahead, and their moves at each temperature. */
const scouting = { count: 600, moves: 2 };

export async function temperedPosterior(
  model: LatentModel,
  of: Observations,
  linear: GaussianReference,
  options: TemperedOptions,
): Promise<TemperedDraws> {
  const { count, stream, coarse, fineMoves = 2, onProgress, signal } = options;
  const spent = { evaluations: 0 };
  const searching = coarse ?? model;
  let reference = linear;
  if (coarse) {
    const scouts = { ...options, ...scouting, stream: stream.child("scouts"), onProgress: undefined };
    const ahead = await climbed(evaluator(coarse, of, linear, spent, signal), coarse, scouts);
    reference = adaptedReference(ahead.population.y, linear);
    onProgress?.(0.3);
  }
  const searched = await climbed(evaluator(searching, of, reference, spent, signal), searching, {
    ...options,
    moves: options.moves ?? (coarse ? 3 : 4),
    onProgress: (t) => onProgress?.(coarse ? 0.3 + 0.4 * t : t),
  });
  let { population, logEvidence } = searched;
  const [temperatures, acceptance] = [[...searched.temperatures], [...searched.acceptance]];
  if (coarse) {
    const refined = await refinedPopulation(population, {
      coarse: evaluator(coarse, of, reference, spent, signal),
      fine: evaluator(model, of, reference, spent, signal),
      sizes: model,
      stream: stream.child("refinement"),
      moves: fineMoves,
      step: searched.step,
    });
    population = refined.population;
    logEvidence += refined.logEvidence;
    temperatures.push(...refined.temperatures);
    acceptance.push(...refined.acceptance);
    onProgress?.(1);
  }
  return {
    images: population.images,
    coordinates: population.y,
    logEvidence: reference.logScale + logEvidence,
    ess: Math.min(count, clusteredSize(readingCoordinates(population.u, reference), population.ancestor)),
    evaluations: spent.evaluations,
    temperatures,
    acceptance,
  };
}

/** Images and R of rows u of a reference; what they cost is added to `spent`. */
function evaluator(
  model: LatentModel,
  of: Observations,
  reference: GaussianReference,
  spent: { evaluations: number },
  signal: AbortSignal | undefined,
): Evaluate {
  const logLikelihood = logLikelihoods(model, of);
  const { dimension: d } = model;
  return async (u) => {
    signal?.throwIfAborted();
    spent.evaluations += (u.length / d) * model.evaluations;
    const y = placed(reference, u);
    const images = await model.images(y);
    const ratio = logLikelihood(images).map((l, n) => l + 0.5 * (squareOf(u, n, d) - squareOf(y, n, d)));
    return { u, y, images, ratio };
  };
}

interface Climbed extends Pick<TemperedDraws, "temperatures" | "acceptance"> {
  readonly population: Population;
  readonly logEvidence: number;
  /** Size of the moves' steps at the end. */
  readonly step: number;
}

/** From the reference to the posterior, temperature by temperature. */
async function climbed(evaluate: Evaluate, model: LatentModel, options: TemperedOptions): Promise<Climbed> {
  const { count, stream, moves = 4, onProgress } = options;
  const first = await evaluate(stream.child("start").normals(count * model.dimension));
  let population: Population = { ...first, ancestor: Int32Array.from({ length: count }, (_, n) => n) };
  let [t, b, logEvidence] = [0, 0.7, 0];
  const temperatures: number[] = [];
  const acceptance: number[] = [];
  while (t < 1) {
    const step = nextStep(population.ratio, 1 - t);
    const logs = population.ratio.map((r) => step * r);
    logEvidence += logMeanExp(logs);
    t = step === 1 - t ? 1 : t + step;
    temperatures.push(t);
    const own = stream.child(`temperature ${temperatures.length}`);
    if (effectiveSize(logs) < 0.999 * count) {
      const chosen = systematicResample(normalisedWeights(logs), count, own.child("choose").uniforms(1)[0]);
      population = chosenOf(population, chosen, model);
      let total = 0;
      for (let move = 0; move < moves; move++) {
        const s = own.child(move);
        const next = await evaluate(proposed(population.u, b, s));
        const uniforms = s.child("accept").uniforms(count);
        let accepted = 0;
        for (let n = 0; n < count; n++) {
          if (!(Math.log(uniforms[n]) < t * (next.ratio[n] - population.ratio[n]))) continue;
          accepted += 1 / count;
          replaceRow(population, n, next, n, model);
        }
        total += accepted / moves;
        b = Math.min(1, Math.max(0.02, b * Math.exp(accepted - 0.35))); // towards an acceptance of about a third
      }
      acceptance.push(total);
    } else acceptance.push(1);
    onProgress?.(t);
  }
  return { population, logEvidence, temperatures, acceptance, step: b };
}

const squareOf = (rows: Float64Array, n: number, d: number): number => {
  let sum = 0;
  for (let i = n * d; i < (n + 1) * d; i++) sum += rows[i] ** 2;
  return sum;
};

/** The coordinates that readings inform, [count, seen]: there draws of one ancestor resemble each other longest. */
function readingCoordinates(u: Float64Array, { directions, shrinkage, mean }: GaussianReference): Float64Array {
  const d = mean.length;
  const seen = shrinkage.length;
  const out = new Float64Array((u.length / d) * seen);
  for (let n = 0; n * d < u.length; n++) {
    for (let k = 0; k < seen; k++) {
      for (let i = 0; i < d; i++) out[n * seen + k] += directions[k * d + i] * u[n * d + i];
    }
  }
  return out;
}
