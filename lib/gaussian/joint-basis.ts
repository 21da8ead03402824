/**
 * Principal components of many long vectors, by subspace iteration from random directions (Halko, Martinsson & Tropp
 * 2011): products with the vectors in single precision, orthonormal columns between them in double, so that weak
 * components are not lost beside strong ones.
 */
import { tf } from "../graph/tensorflow";
import { principalAxes } from "../numerics/linear-algebra";
import { addProduct, multiply, scalarProduct } from "../numerics/row-products";
import { rowAt, transposed } from "../numerics/rows";
import type { Stream } from "../random/stream";

/**
 * More directions than are asked for, and passes over the vectors: the last ones asked for are then right to some per
 * cent.
 */
const [spare, passes] = [8, 3];
/**
 * What is left of a column without the others: below this share of it is rounding of the products in single precision.
 */
const dependent = 3e-6;

export interface DirectionsAsked {
  /** So many at most, and down to this share of the first one's size. */
  readonly most: number;
  readonly weakest: number;
  readonly stream: Stream;
  /**
   * Columns made orthonormal so many at a time, by products of matrices: several times as fast where vectors are long.
   * Left out, one by one.
   */
  readonly together?: number;
}

/** Columns side by side in `DirectionsAsked.together` where fields have many cells. */
export const manyCells = 16;

/**
 * Columns V [size, rank] and the root mean square of the vectors along each, down to `weakest` times the first; vectors
 * [count, size].
 */
export function principalDirections(
  vectors: Float32Array,
  size: number,
  { most, weakest, stream, together = 1 }: DirectionsAsked,
): { directions: Float64Array; scale: Float64Array } {
  const count = vectors.length / size;
  const asked = Math.min(size, count, most + spare);
  const A = tf.tensor2d(vectors, [count, size]);
  let { Q, columns } = orthonormal(stream.normals(size * asked), asked, together);
  for (let pass = 0; pass < passes; pass++) {
    const Y = orthonormal(product(A, Q, columns, false), columns, together);
    ({ Q, columns } = orthonormal(product(A, Y.Q, Y.columns, true), Y.columns, together));
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
  const leading = new Float64Array(columns * rank);
  for (let c = 0, at = 0; c < columns; c++) for (let p = 0; p < rank; p++, at++) leading[at] = modes[c * columns + p];
  const directions = new Float64Array(size * rank);
  addProduct(Q, leading, rank, directions);
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
  // Read outside of the tidy, which would look for tensors in every number of an array that it returns.
  const found = tf.tidy(() =>
    tf.matMul(A, tf.tensor2d(new Float32Array(X), [X.length / columns, columns]), transposed, false),
  );
  const values = new Float64Array(found.dataSync<"float32">());
  found.dispose();
  return values;
}

/**
 * The columns of X [rows, columns] made orthonormal one after the other, twice, which is enough (Giraud et al. 2005).
 * Those that depend on the ones before are left out: what rounding leaves of them is no direction of its own, and would
 * count the others' variance again.
 */
function orthonormal(X: Float64Array, columns: number, together: number): { Q: Float64Array; columns: number } {
  const rows = X.length / columns;
  const T = transposed(X, columns); // column by column, those kept first
  const wholes = Float64Array.from({ length: columns }, (_, c) => norm(rowAt(T, c, rows)));
  let kept = 0;
  for (let from = 0; from < columns; from += together) {
    const to = Math.min(columns, from + together);
    const before = kept; // those that a group's columns have been made orthogonal to
    if (together > 1 && before > 0) {
      const [known, group] = [T.subarray(0, before * rows), T.subarray(from * rows, to * rows)];
      for (let twice = 0; twice < 2; twice++) {
        const along = multiply(group, transposed(known, rows), before);
        addProduct(along.map((x) => -x), known, rows, group); // prettier-ignore
      }
    }
    for (let c = from; c < to; c++) {
      const x = rowAt(T, kept, rows);
      x.set(rowAt(T, c, rows));
      for (let twice = 0; twice < 2; twice++) {
        for (let b = together > 1 ? before : 0; b < kept; b++) {
          const y = rowAt(T, b, rows);
          const dot = scalarProduct(x, 0, y, 0, rows);
          for (let i = 0; i < rows; i++) x[i] -= dot * y[i];
        }
      }
      const left = norm(x);
      if (!(left > dependent * wholes[c])) continue;
      for (let i = 0; i < rows; i++) x[i] /= left;
      kept++;
    }
  }
  return { Q: transposed(T.subarray(0, kept * rows), rows), columns: kept };
}

const norm = (x: Float64Array): number => Math.sqrt(scalarProduct(x, 0, x, 0, x.length));
