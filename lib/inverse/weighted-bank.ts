/**
 * The posterior as a weighted bank: many fields of the model, each with its likelihood as weight. Exact as the bank
 * grows, and its effective number says how far it has grown: sharp readings leave few fields of a bank.
 */
import { effectiveSize, logMeanExp, normalisedWeights, systematicResample } from "../numerics/importance-weights";
import { rowsAt } from "../numerics/rows";
import type { Stream } from "../random/stream";
import type { LatentModel } from "./latent-model";
import { logLikelihoods, type PosteriorDraws } from "./likelihood";
import type { Observations } from "./observations";

/** Fields of the model before any reading: y [count, d] and their images. */
export interface Bank {
  readonly coordinates: Float64Array;
  readonly images: Float64Array;
  readonly count: number;
}

/** `count` draws; draw k depends on the stream and k alone. `onProgress` is told after each piece. */
export async function drawBank(
  model: LatentModel,
  count: number,
  stream: Stream,
  options: { first?: number; onProgress?: (done: number) => void; signal?: AbortSignal } = {},
): Promise<Bank> {
  const { first = 0, onProgress, signal } = options;
  const { dimension: d, imageSize } = model;
  const coordinates = stream.normals(count * d, first * d);
  const images = new Float64Array(count * imageSize);
  const piece = 2000;
  for (let done = 0; done < count; done += piece) {
    signal?.throwIfAborted();
    const end = Math.min(count, done + piece);
    images.set(await model.images(coordinates.subarray(done * d, end * d)), done * imageSize);
    onProgress?.(end);
  }
  return { coordinates, images, count };
}

/** `count` draws of the posterior out of a bank, by systematic resampling. */
export function weightedBank(
  model: LatentModel,
  bank: Bank,
  of: Observations,
  count: number,
  s: Stream,
): PosteriorDraws {
  const logs = logLikelihoods(model, of)(bank.images);
  const chosen = systematicResample(normalisedWeights(logs), count, s.uniforms(1)[0]);
  return {
    images: rowsAt(bank.images, chosen, model.imageSize),
    coordinates: rowsAt(bank.coordinates, chosen, model.dimension),
    logEvidence: logMeanExp(logs),
    ess: Math.min(count, effectiveSize(logs)),
    evaluations: bank.count * model.evaluations,
  };
}
