/**
 * Moments of the responses at one node: mean and spread cell by cell; in the directions of a basis the covariance, its
 * triangular factor without what a finite sample takes from it, and the third moments of the factor's innovations
 * e = L^(-1) q.
 */
import { tf } from "../graph/tensorflow";
import { multiply } from "../numerics/row-products";
import { transposed } from "../numerics/rows";
import { fieldsPerNode, nodeThirdMoments } from "./third-cumulant-fit";

/** Subtracts from rows [n, size] their mean, in place, and returns it. */
export function centre(rows: Float64Array, size: number): Float64Array {
  const count = rows.length / size;
  const mean = new Float64Array(size);
  for (let at = 0; at < rows.length; at++) mean[at % size] += rows[at] / count;
  for (let at = 0; at < rows.length; at++) rows[at] -= mean[at % size];
  return mean;
}

/** Root mean square of each column of rows [n, size] whose mean was subtracted. */
export function spreadOf(centred: Float64Array, size: number): Float64Array {
  const square = new Float64Array(size);
  for (let at = 0; at < centred.length; at++) square[at % size] += centred[at] ** 2;
  return square.map((s) => Math.sqrt((s * size) / centred.length));
}

/** [rank, rank] of centred coordinates [count, rank], in double precision. */
export function covarianceOf(coordinates: ArrayLike<number>, rank: number): Float64Array {
  const count = coordinates.length / rank;
  const rows = new Float64Array(coordinates);
  return multiply(transposed(rows, rank), rows, rank).map((sum) => sum / (count - 1));
}

/**
 * ln L_pp without what the sample covariance of n fields takes from it: L_pp^2 is chi^2 with n - 1 - p degrees of
 * freedom, and E ln chi^2_k = ln k - 1/k to the second order.
 */
export function unshrunk(logDiagonal: Float64Array, count: number): Float64Array {
  return logDiagonal.map((l, p) => {
    const k = Math.max(1, count - 1 - p);
    return l - 0.5 * (Math.log(k) - 1 / k - Math.log(count - 1));
  });
}

/** E[e_p e_i e_j] of e = L^(-1) q: the first ones need the first coordinates only. */
export function innovationMoments(q: tf.Tensor2D, L: Float64Array, outer: number, inner: number): Float32Array {
  const [count, rank] = q.shape;
  const inverse = inverseOf(L, rank, outer);
  const fields = Math.min(count, fieldsPerNode);
  const e = tf.tidy(() =>
    tf
      .matMul(q.slice([0, 0], [fields, outer]), tf.tensor2d(Float32Array.from(inverse), [outer, outer]), false, true)
      .reshape<tf.Tensor3D>([fields, 1, outer]),
  );
  const moments = nodeThirdMoments(e, outer, inner);
  e.dispose();
  return moments;
}

/** Of the leading block [n, n] of a lower factor [size, size]. */
function inverseOf(L: Float64Array, size: number, n: number): Float64Array {
  const X = new Float64Array(n * n);
  for (let q = 0; q < n; q++) {
    X[q * n + q] = 1 / L[q * size + q];
    for (let p = q + 1; p < n; p++) {
      let sum = 0;
      for (let k = q; k < p; k++) sum += L[p * size + k] * X[k * n + q];
      X[p * n + q] = -sum / L[p * size + p];
    }
  }
  return X;
}
