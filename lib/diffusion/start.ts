/**
 * The law that the reverse process starts from at tMax. The forward process arrives at N(alpha mu, alpha^2 S + sigma^2
 * I) for data of mean mu and covariance S; N(0, I) is only its limit for alpha -> 0, and starting there is the study's
 * first suspect.
 */
import { tf } from "../graph/tensorflow";
import { cholesky, solveLower } from "../numerics/linear-algebra";
import type { EigenGaussian } from "./exact-score";
import type { Schedule } from "./schedule";

export type Start =
  /** N(0, priorStd^2 I): the identity for a variance preserving schedule. */
  | { readonly law: "standard normal" }
  /**
   * mean [d] and covariance [d, d] of the data, in network units; the start is N(alpha mean, alpha^2
   * covariance + sigma^2 I).
   */
  | { readonly law: "matched moments"; readonly mean: Float64Array; readonly covariance: Float64Array }
  /** Values at tMax [count, d], from elsewhere; the caller keeps them. */
  | { readonly law: "given"; readonly values: tf.Tensor2D };

/** The start whose first two moments are those of the noised law. */
export function matchedTo(law: EigenGaussian): Start {
  const { dimension: d, rank, mean, modes, variance } = law;
  const covariance = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += modes[i * rank + k] * variance[k] * modes[j * rank + k];
      covariance[i * d + j] = covariance[j * d + i] = sum;
    }
  }
  return { law: "matched moments", mean, covariance };
}

/** Turns standard normal numbers (or, for "given", row indices) into start values. */
export interface StartLaw {
  /**
   * normals [rows, d] -> values [rows, d]; `first` is the index of the first row in the whole sample. The caller
   * disposes the result.
   */
  values(normals: tf.Tensor2D, first: number): tf.Tensor2D;
  /** Natural logarithm of the density at each row of x [rows, d]. */
  logDensity(x: Float64Array): Float64Array;
  dispose(): void;
}

export function startLaw(start: Start, schedule: Schedule, dimension: number): StartLaw {
  switch (start.law) {
    case "standard normal":
      return {
        values: (normals) => normals.mul(schedule.priorStd),
        logDensity: (x) => {
          const white = x.map((v) => v / schedule.priorStd);
          return normalLogDensity(white, dimension, dimension * Math.log(schedule.priorStd));
        },
        dispose: () => undefined,
      };
    case "given": {
      const { values } = start;
      if (values.shape[1] !== dimension) {
        throw new RangeError(`start "given": expected values [count, ${dimension}], got [${String(values.shape)}]`);
      }
      return {
        values: (normals, first) => rowsFrom(values, first, normals.shape[0]),
        logDensity: () => {
          throw new RangeError('start "given": a set of values has no density');
        },
        dispose: () => undefined,
      };
    }
    case "matched moments": {
      const { mean, covariance } = start;
      if (mean.length !== dimension || covariance.length !== dimension ** 2) {
        throw new RangeError(
          `start "matched moments": expected mean [${dimension}] and covariance [${dimension}, ${dimension}], ` +
            `got lengths ${mean.length} and ${covariance.length}`,
        );
      }
      const alpha = schedule.alpha(schedule.tMax);
      const sigma = schedule.sigma(schedule.tMax);
      const total = Float64Array.from(
        covariance,
        (s, ij) => alpha * alpha * s + (ij % (dimension + 1) === 0 ? sigma * sigma : 0),
      );
      const shift = tf.tensor2d(
        Float32Array.from(mean, (mu) => alpha * mu),
        [1, dimension],
      );
      const lower = cholesky(total, dimension, 'start "matched moments": the covariance');
      const factor = tf.tensor2d(Float32Array.from(lower), [dimension, dimension]);
      return {
        values: (normals) => tf.tidy(() => tf.matMul(normals, factor, false, true).add(shift)),
        logDensity: (x) => {
          const white = x.map((v, at) => v - alpha * mean[at % dimension]); // then L^-1 of it, row by row
          for (let row = 0; row < x.length; row += dimension) {
            white.set(solveLower(lower, dimension, white.subarray(row, row + dimension)), row);
          }
          let logDeterminant = 0;
          for (let i = 0; i < dimension; i++) logDeterminant += Math.log(lower[i * (dimension + 1)]);
          return normalLogDensity(white, dimension, logDeterminant);
        },
        dispose: () => tf.dispose([shift, factor]),
      };
    }
  }
}

/** -(|w|^2 + d log 2 pi) / 2 - logScale for each row w of `white` [rows, d]. */
function normalLogDensity(white: Float64Array, d: number, logScale: number): Float64Array {
  return Float64Array.from({ length: white.length / d }, (_, row) => {
    let square = 0;
    for (let i = 0; i < d; i++) square += white[row * d + i] ** 2;
    return -0.5 * (square + d * Math.log(2 * Math.PI)) - logScale;
  });
}

/** Rows first .. first + rows - 1; beyond the end the last row again, so that a padded batch stays finite. */
function rowsFrom(values: tf.Tensor2D, first: number, rows: number): tf.Tensor2D {
  const last = values.shape[0] - 1;
  const indices = Int32Array.from({ length: rows }, (_, i) => Math.min(first + i, last));
  return tf.tidy(() => tf.gather(values, tf.tensor1d(indices, "int32")));
}
