/**
 * Numbers in rows of one length, [rows, length] in one array, one row after the other: the rows of a matrix, the fields
 * of an ensemble, the channels of a field.
 */

interface Sliced<T> {
  subarray(from: number, to: number): T;
}

/** Row k: a view. */
export const rowAt = <T extends Sliced<T>>(values: T, k: number, length: number): T =>
  values.subarray(k * length, (k + 1) * length);

/** The rows of these numbers, in this order (a copy). */
export function rowsAt(values: Float64Array, numbers: ArrayLike<number>, length: number): Float64Array {
  const out = new Float64Array(numbers.length * length);
  for (let k = 0; k < numbers.length; k++) out.set(rowAt(values, numbers[k], length), k * length);
  return out;
}

/** Every row: views. */
export const rowsOf = <T extends Sliced<T> & ArrayLike<number>>(values: T, length: number): T[] =>
  Array.from({ length: values.length / length }, (_, k) => rowAt(values, k, length));

/** A matrix with rows of `columns` numbers, turned over its diagonal (a copy). */
export function transposed(matrix: Float64Array, columns: number): Float64Array {
  const rows = matrix.length / columns;
  const out = new Float64Array(matrix.length);
  for (let i = 0; i < rows; i++) for (let k = 0; k < columns; k++) out[k * rows + i] = matrix[i * columns + k];
  return out;
}
