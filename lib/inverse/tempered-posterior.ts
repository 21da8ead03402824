/**
 * The posterior of a model's normal coordinates by tempered sequential Monte Carlo (Del Moral, Doucet & Jasra 2006). From a Gaussian q = N(m, C), the
 * posterior of the model made linear, to the posterior pi ~ exp(-|y|^2 / 2) L(y) along q^(1 - t) pi^t, with y = m + C^(1/2) u and
 *   R(y) = ln(pi / q) = ln L(y) - |y|^2 / 2 + |u|^2 / 2   (+ ln det C^(1/2), the constant that makes exp(R) average to the evidence):
 * each temperature is chosen so that the weights exp(dt R) leave half of the draws effective; draws are resampled, then moved by preconditioned
 * Crank-Nicolson steps u' = sqrt(1 - b^2) u + b eta, accepted with min(1, exp(t (R' - R))): reversible with respect to q, so exactly to q^(1 - t) pi^t
 * (Cotter, Roberts, Stuart & White 2013; Rudolf & Sprungk 2018). For a linear model R is a constant: one step, no move.
 */
import { effectiveSize, logMeanExp, normalisedWeights, systematicResample } from "../numerics/importance-weights";
import type { Stream } from "../random/stream";
import { clusteredSize } from "./clustered-size";
import type { LatentModel } from "./latent-model";
import { logLikelihoods, type PosteriorDraws, rowsAt } from "./likelihood";
import { type GaussianReference, placed } from "./linear-posterior";
import type { Observations } from "./observations";

export interface TemperedOptions {
  readonly count: number;
  readonly stream: Stream;
  /** Moves at each temperature. */
  readonly moves?: number;
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

/** One population: rows u and y [count, d], images, R and the number of the first ancestor of each. */
interface Population {
  u: Float64Array;
  y: Float64Array;
  images: Float64Array;
  ratio: Float64Array;
  ancestor: Int32Array;
}

export async function temperedPosterior(
  model: LatentModel,
  of: Observations,
  reference: GaussianReference,
  { count, stream, moves = 4, onProgress, signal }: TemperedOptions,
): Promise<TemperedDraws> {
  const { dimension: d } = model;
  const logLikelihood = logLikelihoods(model, of);
  let passes = 0;
  const populate = async (u: Float64Array): Promise<Population> => {
    signal?.throwIfAborted();
    passes++;
    const y = placed(reference, u);
    const images = await model.images(y);
    const ratio = logLikelihood(images).map((l, n) => l + 0.5 * (squareOf(u, n, d) - squareOf(y, n, d)));
    return { u, y, images, ratio, ancestor: Int32Array.from({ length: count }, (_, n) => n) };
  };
  let now = await populate(stream.child("start").normals(count * d));
  let [t, b] = [0, 0.7];
  let logEvidence = reference.logScale;
  const temperatures: number[] = [];
  const acceptance: number[] = [];
  while (t < 1) {
    const step = nextStep(now.ratio, 1 - t);
    const logs = now.ratio.map((r) => step * r);
    logEvidence += logMeanExp(logs);
    t = step === 1 - t ? 1 : t + step;
    temperatures.push(t);
    const own = stream.child(`temperature ${temperatures.length}`);
    if (effectiveSize(logs) < 0.999 * count) {
      now = chosenOf(
        now,
        systematicResample(normalisedWeights(logs), count, own.child("choose").uniforms(1)[0]),
        model,
      );
      let total = 0;
      for (let move = 0; move < moves; move++) {
        const accepted = await moved(
          now,
          await populate(proposed(now.u, b, own.child(move))),
          t,
          own.child(move),
          model,
        );
        total += accepted / moves;
        b = Math.min(1, Math.max(0.02, b * Math.exp(accepted - 0.35))); // towards an acceptance of about a third
      }
      acceptance.push(total);
    } else acceptance.push(1);
    onProgress?.(t);
  }
  const seen = readingCoordinates(now.u, reference);
  return {
    images: now.images,
    coordinates: now.y,
    logEvidence,
    ess: clusteredSize(seen, now.ancestor),
    evaluations: passes * count * model.evaluations,
    temperatures,
    acceptance,
  };
}

/** The longest step of the temperature, up to `rest`, that leaves half of the draws effective. */
function nextStep(ratio: Float64Array, rest: number): number {
  const enough = (step: number): boolean => effectiveSize(ratio.map((r) => step * r)) >= 0.5 * ratio.length;
  if (enough(rest)) return rest;
  let [low, high] = [0, rest];
  for (let k = 0; k < 40; k++) {
    const middle = 0.5 * (low + high);
    if (enough(middle)) low = middle;
    else high = middle;
  }
  // draws without any likelihood can be more than half of all: then the temperature rises by little, and they are left behind
  return Math.max(low, 1e-6 * rest);
}

function proposed(u: Float64Array, b: number, s: Stream): Float64Array {
  const eta = s.child("step").normals(u.length);
  const kept = Math.sqrt(1 - b * b);
  return u.map((v, i) => kept * v + b * eta[i]);
}

/** Takes over the proposals that are accepted; returns their share. */
async function moved(now: Population, next: Population, t: number, s: Stream, model: LatentModel): Promise<number> {
  const uniforms = s.child("accept").uniforms(now.ratio.length);
  const copy = (from: Float64Array, to: Float64Array, n: number, size: number): void =>
    to.set(from.subarray(n * size, (n + 1) * size), n * size);
  let accepted = 0;
  now.ratio.forEach((before, n) => {
    if (!(Math.log(uniforms[n]) < t * (next.ratio[n] - before))) return;
    accepted++;
    now.ratio[n] = next.ratio[n];
    copy(next.u, now.u, n, model.dimension);
    copy(next.y, now.y, n, model.dimension);
    copy(next.images, now.images, n, model.imageSize);
  });
  return Promise.resolve(accepted / now.ratio.length);
}

function chosenOf(from: Population, chosen: Int32Array, model: LatentModel): Population {
  return {
    u: rowsAt(from.u, model.dimension, chosen),
    y: rowsAt(from.y, model.dimension, chosen),
    images: rowsAt(from.images, model.imageSize, chosen),
    ratio: Float64Array.from(chosen, (n) => from.ratio[n]),
    ancestor: Int32Array.from(chosen, (n) => from.ancestor[n]),
  };
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
