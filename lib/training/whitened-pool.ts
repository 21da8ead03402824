/**
 * The training pool: solver fields at many conditions, as coordinates y0 in the principal modes of the conditional Gaussian there,
 *   y0 = diag(lambda)^(-1/2) V^T (x - mu(z)),
 * of which the first K are kept. They have mean 0 and unit covariance up to the error of the fitted Gaussian and the sampling error.
 */
import { tf } from "../graph/tensorflow";
import { conditionFeatures } from "../ensemble/conditions";
import { generateEnsemble } from "../ensemble/generate";
import { gaussianAt, type GaussianLaw, type GaussianStatistics } from "../diffusion/conditional-gaussian";
import { modeArraysAt, skewingModes } from "../network/mode-geometry";
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
  readonly stream: Stream;
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const conditionsAtOnce = 64;
/** Pooled directions in which the K leading modes of a condition are sought: they lie there to well below their own spread. */
const directionsPerMode = 3;

/** Solves conditions x count fields and whitens them. Memory: 4 K (count + dimension + M^2) bytes a condition, and one block of fields. */
export async function whitenedPool(options: PoolOptions): Promise<WhitenedPool> {
  const { problem, statistics, conditions, count, modes, stream } = options;
  const dimension = problem.channels.length * statistics.cells;
  const square = skewingModes(modes) ** 2;
  const features = conditions.map((condition) => conditionFeatures(problem, condition));
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
  for (let first = 0; first < conditions.length; first += conditionsAtOnce) {
    const block = conditions.slice(first, first + conditionsAtOnce);
    const { fields } = await generateEnsemble({
      problem,
      conditions: block,
      count,
      cells: statistics.cells,
      stream: stream.child(first),
      workers: options.workers,
      signal: options.signal,
      onProgress: (done) => options.onProgress?.(first * count + done, total),
    });
    for (let b = 0; b < block.length; b++) {
      const law = gaussianAt(statistics, problem, block[b], { rank: directionsPerMode * modes });
      const size = count * dimension;
      const coordinates = whiten(fields.subarray(b * size, (b + 1) * size), law, statistics, modes);
      const c = first + b;
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

/** Fields [count, channels, cells] in SI -> the first coordinates [count, modes] (single precision is ample: they are of order one). */
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
  }
  const projection = new Float32Array(dimension * modes);
  for (let k = 0; k < modes; k++) {
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
