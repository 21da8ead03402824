/**
 * Moments of fields with the sampling noise of what they were made from taken out. A deterministic sampler carries its
 * start y ~ N(0, I) to a field almost linearly, and so does a solver the coordinates y of a porosity
 * (latent-coordinates.ts). The moments of y are known, so that regressions on it remove most of the Monte-Carlo error:
 *   mean(x) - B^T mean(y, y^2 - 1),      B the least-squares coefficients of x on y and y^2 - 1,
 *   mean |x - m|^2 - b^T mean(y^2 - 1),  b those of the squared deviation, summed over a channel's cells.
 * Unbiased up to terms of order (number of controls) / n (Glasserman 2003, section 4.1); what is left is the residuals'
 * variance over n.
 */
import { Matrix, solve } from "ml-matrix";
import type { Fields } from "../fields/fields";
import { multiply } from "../numerics/row-products";
import { rowAt, transposed } from "../numerics/rows";
import { sum } from "../numerics/statistics";
import { meanAndSpread } from "./moments";

export interface ControlledMoments {
  /** Mean of every cell [channels * cells]. */
  readonly mean: Float64Array;
  /** Sum over a channel's cells of the variance of that mean, one entry a channel. */
  readonly meanVariance: readonly number[];
  /** Sum over a channel's cells of the variance of the fields, and its standard error. */
  readonly trace: readonly number[];
  readonly traceError: readonly number[];
}

/** Fields that each control needs beside it. */
const fieldsPerControl = 4;

/** The most coordinates whose values and squares can serve as controls of so many fields. */
export const mostCoordinates = (fields: number): number => Math.floor(fields / (2 * fieldsPerControl));

/** `start` [n, K]: the standard normal coordinates that field n was made from, K <= mostCoordinates(n). */
export function controlledMoments(sample: Fields, start: Float32Array): ControlledMoments {
  const { values, count: n, channels, cells } = sample;
  const K = start.length / n;
  const most = mostCoordinates(n);
  if (!Number.isInteger(K) || K > most) {
    throw new RangeError(
      `controlledMoments: expected a start [${n}, K] with K <= ${most}, got ${start.length} numbers`,
    );
  }
  const d = channels * cells;
  const plain = meanAndSpread(sample).mean;
  const both = new Float64Array(n * 2 * K); // y, then y^2 - 1
  const square = new Float64Array(n * K);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < K; k++) {
      const y = start[i * K + k];
      both[2 * i * K + k] = y;
      both[(2 * i + 1) * K + k] = square[i * K + k] = y * y - 1;
    }
  }
  const x = new Float64Array(n * d);
  const q = new Float64Array(n * channels);
  for (let row = 0, at = 0; row < n * channels; row++) {
    for (let j = (row % channels) * cells, end = j + cells; j < end; j++, at++) {
      const deviation = (x[at] = values[at] - plain[j]);
      q[row] += (deviation ** 2 * n) / (n - 1);
    }
  }
  const means = adjusted(x, both, n);
  const traces = adjusted(q, square, n);
  return {
    mean: plain.map((m, j) => m + means.mean[j]),
    meanVariance: Array.from({ length: channels }, (_, channel) => sum(rowAt(means.variance, channel, cells))),
    trace: Array.from(traces.mean),
    traceError: Array.from(traces.variance, Math.sqrt),
  };
}

/** Mean of the columns of x [n, d] given controls [n, K] of mean zero, and the variance of that mean. */
function adjusted(x: Float64Array, controls: Float64Array, n: number): { mean: Float64Array; variance: Float64Array } {
  const [d, K] = [x.length / n, controls.length / n];
  const [xMean, controlMean] = [columnMeans(x, d), columnMeans(controls, K)];
  const centred = less(x, xMean);
  const c = less(controls, controlMean);
  const turned = transposed(c, K);
  const rows = (values: Float64Array, columns: number): Matrix => Matrix.from1DArray(K, columns, values);
  const product = multiply(turned, centred, d);
  const B = solve(rows(multiply(turned, c, K), K), rows(product, d));
  const mean = xMean.slice();
  const variance = new Float64Array(d);
  for (let at = 0; at < centred.length;) for (let j = 0; j < d; j++, at++) variance[j] += centred[at] ** 2;
  for (let j = 0; j < d; j++) {
    for (let k = 0; k < K; k++) {
      mean[j] -= B.get(k, j) * controlMean[k];
      variance[j] -= B.get(k, j) * product[k * d + j]; // what the controls explain
    }
    variance[j] = Math.max(0, variance[j]) / ((n - K - 1) * n); // below 0 by rounding where they explain all
  }
  return { mean, variance };
}

function columnMeans(values: Float64Array, columns: number): Float64Array {
  const mean = new Float64Array(columns);
  for (let at = 0; at < values.length;) for (let j = 0; j < columns; j++, at++) mean[j] += values[at];
  return mean.map((total) => (total * columns) / values.length);
}

/** Each row less the means (a copy). */
function less(rows: Float64Array, mean: Float64Array): Float64Array {
  const off = new Float64Array(rows.length);
  for (let at = 0; at < off.length;) for (let j = 0; j < mean.length; j++, at++) off[at] = rows[at] - mean[j];
  return off;
}
