/** Fixed test numbers and comparisons of tensors. */
import { tf } from "../../lib/graph/tensorflow";

/** Distinct numbers in (-1, 1), the same at every call. */
export function numbers(shape: number[]): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, k) => Math.sin(12.9898 * (k + 1))),
    shape,
  );
}

export const ints = (values: number[]): tf.Tensor1D => tf.tensor1d(values, "int32");

/** The largest absolute difference of two tensors; infinite if any value is not a number. */
export function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  const [x, y] = [a.dataSync(), b.dataSync()];
  if (x.length !== y.length) return Infinity;
  let largest = 0;
  for (let k = 0; k < x.length; k++) {
    const distance = Math.abs(x[k] - y[k]);
    largest = Number.isNaN(distance) ? Infinity : Math.max(largest, distance);
  }
  return largest;
}
