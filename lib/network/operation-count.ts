/**
 * What one evaluation of a network costs, counted from its pieces: a product with a matrix [in, out] is 2 in out
 * operations, once for each field; a convolution's kernel [1, taps, in, out] acts at every position. Sums over biases,
 * activations and modulation are left out: they are of the order of 1 / width of the products.
 */
import type { Architecture } from "./architectures";
import { sizeOf } from "./network";
import { scoreNetwork } from "./score-network";

/** Floating-point operations of the products of one forward evaluation for one field. */
export function forwardOperations(a: Architecture): number {
  const { parameters } = scoreNetwork(a);
  const positions = a.cells / a.patch;
  return parameters
    .filter(({ shape }) => shape.length > 1)
    .reduce((sum, { shape }) => sum + 2 * sizeOf(shape) * (shape.length === 4 ? positions : 1), 0);
}
