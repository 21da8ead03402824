/**
 * Second moments of one node's responses in pooled coordinates: the covariance of each pair of responses, and what it
 * gives each channel.
 */
import { channelAt } from "../fields/shape";
import { tf } from "../graph/tensorflow";
import type { Normalisation } from "../fields/units";
import type { PooledBasis } from "./pooled-basis";

/**
 * P [dimension, rank] with q = P^T r. B = diag(spread) V with orthonormal V: P = diag(spread)^(-1) V diag(scale)^(-1).
 */
export function pooledProjection({ spread, basis, scale }: PooledBasis): Float32Array {
  const rank = scale.length;
  return Float32Array.from(basis, (b, at) => {
    const s = spread[Math.floor(at / rank)];
    return s > 0 ? b / (s * s * scale[at % rank]) : 0;
  });
}

/**
 * Of one node's responses r_a [count, width, dimension] in SI units: the mean of what is left of half_a r_a when
 * `about` is subtracted, in network units [width * dimension], and pooled coordinates q [count, width, rank] without
 * their mean. Both are of the size of the spread or smaller, so single precision serves: `about` (network units),
 * already close to the mean, is subtracted in double precision.
 */
export function centredCoordinates(
  fields: Float64Array,
  about: Float64Array,
  { mean, std }: Normalisation,
  projection: tf.Tensor2D,
  half: readonly number[],
): { coordinates: tf.Tensor3D; rest: Float32Array } {
  const [dimension, rank] = projection.shape;
  const cells = dimension / mean.length;
  const width = half.length;
  const size = width * dimension;
  const count = fields.length / size;
  const gain = about.map((_, i) => half[Math.floor(i / dimension)] / std[channelAt(i, mean.length, cells)]);
  const offset = about.map((m, i) => m / gain[i] + (i < dimension ? mean[channelAt(i, mean.length, cells)] : 0));
  const deviations = new Float32Array(fields.length);
  for (let start = 0; start < fields.length; start += size) {
    for (let i = 0; i < size; i++) deviations[start + i] = (fields[start + i] - offset[i]) * gain[i];
  }
  const [coordinates, rest] = tf.tidy(() => {
    const r = tf.tensor2d(deviations, [count * width, dimension]);
    const q = tf.matMul(r, projection).reshape([count, width, rank]);
    return [q.sub(q.mean(0, true)), r.reshape([count, size]).mean(0)];
  });
  const values = rest.dataSync() as Float32Array;
  rest.dispose();
  return { coordinates: coordinates as tf.Tensor3D, rest: values };
}

/** (B diag(scale))^T (B diag(scale)) over each channel's cells [channels][rank, rank]. */
export function channelGrams({ basis, scale }: PooledBasis, channels: number): Float64Array[] {
  const rank = scale.length;
  const cells = basis.length / rank / channels;
  return Array.from({ length: channels }, (_, ch) => {
    const gram = new Float64Array(rank * rank);
    for (let row = ch * cells; row < (ch + 1) * cells; row++) {
      for (let p = 0; p < rank; p++) {
        const left = basis[row * rank + p] * scale[p];
        if (left === 0) continue;
        for (let q = 0; q < rank; q++) gram[p * rank + q] += left * basis[row * rank + q] * scale[q];
      }
    }
    return gram;
  });
}

/**
 * Sums over a channel's cells of Cov(r_a, r_b) [channels, pairs] from the scaled covariances K [pairs, rank, rank]:
 * tr(K gram).
 */
export function channelPower(scaled: Float32Array, grams: readonly Float64Array[]): number[] {
  return grams.flatMap((gram) => {
    const pairs = scaled.length / gram.length;
    return Array.from({ length: pairs }, (_, pair) =>
      gram.reduce((sum: number, g, k) => sum + g * scaled[pair * gram.length + k], 0),
    );
  });
}

/** K [pairs, rank, rank] of pooled coordinates [count, width, rank]. */
export function scaledCovariance(coordinates: tf.Tensor3D): Float32Array {
  const [count, width, rank] = coordinates.shape;
  const gram = tf.tidy(() => {
    const q = coordinates.reshape<tf.Tensor2D>([count, width * rank]);
    return tf.matMul(q, q, true, false).div(count - 1);
  });
  const values = gram.dataSync<"float32">();
  gram.dispose();
  const stride = width * rank;
  const pairs: Float32Array[] = [];
  for (let a = 0; a < width; a++) {
    for (let b = a; b < width; b++) {
      const block = new Float32Array(rank * rank);
      for (let i = 0; i < rank; i++) {
        for (let j = 0; j < rank; j++) {
          // v_a v_b appears for (a, b) and (b, a): the pair holds their sum, which is symmetric.
          const ab = values[(a * rank + i) * stride + b * rank + j];
          block[i * rank + j] = a === b ? ab : ab + values[(b * rank + i) * stride + a * rank + j];
        }
      }
      pairs.push(block);
    }
  }
  const all = new Float32Array(pairs.length * rank * rank);
  pairs.forEach((block, p) => all.set(block, p * rank * rank));
  return all;
}
