/**
 * Principal components of many long vectors, by subspace iteration from random directions (Halko, Martinsson & Tropp 2011): products with the vectors
 * in single precision, orthonormal columns between them in double, so that weak components are not lost beside strong ones.
 */
import { tf } from "../graph/tensorflow";
import { principalAxes } from "../numerics/linear-algebra";
import type { Stream } from "../random/stream";

/** More directions than are asked for, and passes over the vectors: the last ones asked for are then right to some per cent. */
const [spare, passes] = [8, 3];

/** Columns V [size, rank] and the root mean square of the vectors along each, down to `weakest` times the first; vectors [count, size]. */
export function principalDirections(
  vectors: Float32Array,
  size: number,
  { most, weakest, stream }: { most: number; weakest: number; stream: Stream },
): { directions: Float64Array; scale: Float64Array } {
  const count = vectors.length / size;
  const columns = Math.min(size, count, most + spare);
  const A = tf.tensor2d(vectors, [count, size]);
  let Q = orthonormal(stream.normals(size * columns), columns);
  for (let pass = 0; pass < passes; pass++) {
    const Y = orthonormal(product(A, Q, columns, false), columns);
    Q = orthonormal(product(A, Y, columns, true), columns);
  }
  const Y = product(A, Q, columns, false);
  A.dispose();
  const gram = new Float64Array(columns * columns);
  for (let n = 0; n < count; n++) addOuter(gram, Y, n * columns, columns);
  for (let p = 0; p < columns; p++) {
    for (let q = 0; q <= p; q++) gram[p * columns + q] = gram[q * columns + p] = gram[p * columns + q] / count;
  }
  const { modes, variance } = principalAxes(gram, columns);
  const rank = Math.min(most, variance.filter((v) => v > weakest ** 2 * variance[0]).length);
  const directions = new Float64Array(size * rank);
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < columns; c++) {
      const x = Q[i * columns + c];
      for (let p = 0; p < rank; p++) directions[i * rank + p] += x * modes[c * columns + p];
    }
  }
  return { directions, scale: Float64Array.from(variance.subarray(0, rank), Math.sqrt) };
}

/** gram += y y^T below and on the diagonal, y the `n` numbers of `rows` from `at`. */
export function addOuter(gram: Float64Array, rows: ArrayLike<number>, at: number, n: number): void {
  for (let p = 0; p < n; p++) {
    const x = rows[at + p];
    const row = p * n;
    for (let q = 0; q <= p; q++) gram[row + q] += x * rows[at + q];
  }
}

function product(A: tf.Tensor2D, X: Float64Array, columns: number, transposed: boolean): Float64Array {
  const values = tf.tidy(() =>
    tf.matMul(A, tf.tensor2d(Float32Array.from(X), [X.length / columns, columns]), transposed, false).dataSync(),
  );
  return Float64Array.from(values);
}

/** The columns of X [rows, columns] made orthonormal one after the other, twice, which is enough (Giraud et al. 2005). */
function orthonormal(X: Float64Array, columns: number): Float64Array {
  const rows = X.length / columns;
  const T = new Float64Array(X.length); // column by column
  for (let i = 0; i < rows; i++) for (let c = 0; c < columns; c++) T[c * rows + i] = X[i * columns + c];
  for (let c = 0; c < columns; c++) {
    const x = T.subarray(c * rows, (c + 1) * rows);
    for (let twice = 0; twice < 2; twice++) {
      for (let b = 0; b < c; b++) {
        const y = T.subarray(b * rows, (b + 1) * rows);
        let dot = 0;
        for (let i = 0; i < rows; i++) dot += x[i] * y[i];
        for (let i = 0; i < rows; i++) x[i] -= dot * y[i];
      }
      const norm = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0)) || 1;
      for (let i = 0; i < rows; i++) x[i] /= norm;
    }
  }
  const result = new Float64Array(X.length);
  for (let i = 0; i < rows; i++) for (let c = 0; c < columns; c++) result[i * columns + c] = T[c * rows + i];
  return result;
}
