/** Fixed test numbers, comparisons of tensors, gradients against differences. */
import { tf } from "../../lib/graph/tensorflow";
import { assertClose } from "../assert-close";

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

/** The derivative of f along `direction` at x, by central differences of fourth order. */
function slope(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, direction: tf.Tensor): number {
  const h = 0.05;
  const at = (step: number) => f(x.add(direction.mul(step * h))).dataSync()[0];
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
}

/** Each gradient of sum(f^2), projected on a fixed direction, against differences. */
export function checkGradients(f: (...x: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): void {
  const energy = (...x: tf.Tensor[]) => f(...x).square().sum(); // prettier-ignore
  const gradients = tf.grads(energy)(inputs);
  inputs.forEach((input, k) => {
    const direction = numbers(input.shape).mul(0.3).add(0.1);
    const along = gradients[k].mul(direction).sum().dataSync()[0];
    const expected = slope((x) => energy(...inputs.map((other, j) => (j === k ? x : other))), input, direction);
    const size = gradients[k].norm().dataSync()[0] * direction.norm().dataSync()[0];
    assertClose(`gradient ${k}`, along, expected, { within: 2e-4 * size });
  });
}
