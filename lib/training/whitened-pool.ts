/**
 * The training pool: solver fields at many conditions, as coordinates y0 in the principal modes of the conditional Gaussian there,
 *   y0 = diag(lambda)^(-1/2) V^T diag(s)^(-1) (x - mu(z))   (s = 1 for the components of the covariance),
 * of which the first K are kept. They have mean 0 and unit covariance up to the error of the fitted Gaussian and the sampling error.
 */
import { tf } from "../graph/tensorflow";
import { generateEnsemble } from "../ensemble/generate";
import {
  type Components,
  gaussianAt,
  type GaussianLaw,
  type GaussianStatistics,
} from "../diffusion/conditional-gaussian";
import { modeArraysAt, networkFeatures, skewingModes } from "../network/mode-geometry";
import type { Stream } from "../random/stream";
import type { Condition, Problem } from "../transport/problem";

export interface WhitenedPool {
  readonly conditions: readonly Condition[];
  readonly count: number;
  readonly modes: number;
  readonly dimension: number;
  /** [conditions, count, K] */
  readonly coordinates: Float32Array;
  /** The geometry that the network needs, see lib/network/mode-velocity. */
  readonly basis: Float32Array; // [conditions, dimension, K], rows cell by cell
  readonly std: Float32Array; // [conditions, K]
  readonly inverseSpread: Float32Array; // [conditions, dimension]
  readonly features: Float32Array; // [conditions, P]
  readonly cumulants: Float32Array; // [conditions, M^2, K]
}

export interface PoolOptions {
  readonly problem: Problem;
  readonly statistics: GaussianStatistics;
  readonly conditions: readonly Condition[];
  /** Porosities drawn at each condition. */
  readonly count: number;
  /** K, the number of modes that the network models. */
  readonly modes: number;
  /** The principal components whose modes they are. */
  readonly components: Components;
  readonly stream: Stream;
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const conditionsAtOnce = 64;
/** Pooled directions in which the K leading modes of a condition are sought: they lie there to well below their own spread. */
const directionsPerMode = 2;

/** Solves conditions x count fields and whitens them. Memory: 4 K (count + dimension + M^2) bytes a condition, and one block of fields. */
export async function whitenedPool(options: PoolOptions): Promise<WhitenedPool> {
  const { problem, statistics, conditions, count, modes, components, stream } = options;
  const dimension = problem.channels.length * statistics.cells;
  const square = skewingModes(modes) ** 2;
  const features = conditions.map((condition) => networkFeatures(statistics, problem, condition));
  const pool = {
    conditions,
    count,
    modes,
    dimension,
    coordinates: new Float32Array(conditions.length * count * modes),
    basis: new Float32Array(conditions.length * dimension * modes),
    std: new Float32Array(conditions.length * modes),
    inverseSpread: new Float32Array(conditions.length * dimension),
    features: Float32Array.from(features.flat()),
    cumulants: new Float32Array(conditions.length * square * modes),
  };
  const total = conditions.length * count;
  const solve = (first: number) =>
    generateEnsemble({
      problem,
      conditions: conditions.slice(first, first + conditionsAtOnce),
      count,
      cells: statistics.cells,
      stream: stream.child(first),
      workers: options.workers,
      signal: options.signal,
      onProgress: (done) => options.onProgress?.(first * count + done, total),
    });
  let next = solve(0);
  for (let first = 0; first < conditions.length; first += conditionsAtOnce) {
    const block = conditions.slice(first, first + conditionsAtOnce);
    const { fields } = await next;
    // The workers solve the next block while this thread whitens.
    if (first + conditionsAtOnce < conditions.length) {
      next = solve(first + conditionsAtOnce);
      next.catch(() => undefined); // heard where it is awaited, or not at all where the whitening before it fails
    }
    for (let b = 0; b < block.length; b++) {
      const law = gaussianAt(statistics, problem, block[b], { rank: directionsPerMode * modes, components });
      const size = count * dimension;
      const coordinates = whiten(fields.subarray(b * size, (b + 1) * size), law, statistics, modes);
      const c = first + b;
      drawAbsent(coordinates, modes, law.rank, stream.child("absent modes").child(c));
      pool.coordinates.set(coordinates, c * count * modes);
      const geometry = modeArraysAt(statistics, problem, block[b], law, modes);
      pool.basis.set(geometry.basis, c * dimension * modes);
      pool.std.set(geometry.std, c * modes);
      pool.inverseSpread.set(geometry.inverseSpread, c * dimension);
      pool.cumulants.set(geometry.cumulants, c * square * modes);
    }
  }
  return pool;
}

/** Coordinates of modes that the law does not have, in place: standard normal, as if of a Gaussian, so that the network has nothing to learn there. */
function drawAbsent(coordinates: Float32Array, modes: number, rank: number, stream: Stream): void {
  if (rank >= modes) return;
  const normals = stream.normals((coordinates.length / modes) * (modes - rank));
  for (let row = 0, at = 0; row < coordinates.length; row += modes) {
    for (let k = rank; k < modes; k++) coordinates[row + k] = normals[at++];
  }
}

/**
 * Fields [count, channels, cells] in SI -> the first coordinates [count, modes] (single precision is ample: they are of order one). Those of modes
 * that the law does not have are 0.
 */
export function whiten(
  fields: Float64Array,
  law: GaussianLaw,
  { normalisation, cells }: GaussianStatistics,
  modes: number,
): Float32Array {
  const { dimension, rank } = law;
  const centred = new Float32Array(fields.length);
  for (let k = 0; k < fields.length; k++) {
    const i = k % dimension;
    const channel = Math.floor(i / cells);
    centred[k] = (fields[k] - normalisation.mean[channel]) / normalisation.std[channel] - law.mean[i];
    if (law.spread) centred[k] /= law.spread[i];
  }
  const projection = new Float32Array(dimension * modes);
  for (let k = 0; k < Math.min(modes, rank); k++) {
    const std = Math.sqrt(law.variance[k]);
    for (let i = 0; i < dimension; i++) projection[i * modes + k] = std > 0 ? law.modes[i * rank + k] / std : 0;
  }
  const product = tf.tidy(() =>
    tf.matMul(
      tf.tensor2d(centred, [fields.length / dimension, dimension]),
      tf.tensor2d(projection, [dimension, modes]),
    ),
  );
  const coordinates = product.dataSync<"float32">();
  product.dispose();
  return coordinates;
}
