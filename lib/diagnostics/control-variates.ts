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
import { moments } from "./moments";

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
  const plain = moments(sample).mean;
  const linear = new Matrix(n, K);
  const square = new Matrix(n, K);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < K; k++) {
      const y = start[i * K + k];
      linear.set(i, k, y);
      square.set(i, k, y * y - 1);
    }
  }
  const x = new Matrix(n, d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) x.set(i, j, values[i * d + j] - plain[j]);
  const means = adjusted(x, joined(linear, square));
  const q = new Matrix(n, channels);
  for (let i = 0; i < n; i++) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let j = channel * cells; j < (channel + 1) * cells; j++) sum += x.get(i, j) ** 2;
      q.set(i, channel, (sum * n) / (n - 1));
    }
  }
  const traces = adjusted(q, square);
  return {
    mean: plain.map((m, j) => m + means.mean[j]),
    meanVariance: Array.from({ length: channels }, (_, channel) =>
      means.variance.slice(channel * cells, (channel + 1) * cells).reduce((a, b) => a + b, 0),
    ),
    trace: Array.from(traces.mean),
    traceError: Array.from(traces.variance, Math.sqrt),
  };
}

/** [a b] */
function joined(a: Matrix, b: Matrix): Matrix {
  const both = Matrix.zeros(a.rows, a.columns + b.columns);
  both.setSubMatrix(a, 0, 0);
  both.setSubMatrix(b, 0, a.columns);
  return both;
}

/** Mean of the columns of x given controls of mean zero, and the variance of that mean. */
function adjusted(x: Matrix, controls: Matrix): { mean: Float64Array; variance: Float64Array } {
  const [n, K] = [x.rows, controls.columns];
  const controlMean = controls.mean("column");
  const xMean = x.mean("column");
  const c = controls.clone().subRowVector(controlMean);
  const centred = x.clone().subRowVector(xMean);
  const transposed = c.transpose();
  const B = solve(transposed.mmul(c), transposed.mmul(centred));
  const residual = Matrix.sub(centred, c.mmul(B));
  const mean = new Float64Array(x.columns);
  const variance = new Float64Array(x.columns);
  for (let j = 0; j < x.columns; j++) {
    mean[j] = xMean[j];
    for (let k = 0; k < K; k++) mean[j] -= B.get(k, j) * controlMean[k];
    for (let i = 0; i < n; i++) variance[j] += residual.get(i, j) ** 2 / ((n - K - 1) * n);
  }
  return { mean, variance };
}
