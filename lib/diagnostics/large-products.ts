/**
 * Products of many rows. For fields of some hundred numbers they are sums in double precision; on grids of many cells
 * they would take most of an evaluation's time, and TensorFlow's products in single precision serve: rows are
 * deviations from a mean, of the size of their spread, and what is told of them has a sampling error of per cents.
 */
import { compile } from "../graph/compile";
import { inHalves } from "../graph/halves";
import { tf } from "../graph/tensorflow";
import { rowProducts } from "../numerics/linear-algebra";

/** Fields of up to so many numbers are taken in double precision, and all their modes from a whole covariance. */
export const wholeUpTo = 512;

/** X V^T [rows, k] of rows X [rows, d] and vectors V [k, d]. */
export function scoresOf(X: Float64Array, rows: number, d: number, V: Float64Array, k: number): Float64Array {
  if (d <= wholeUpTo) return rowProducts(X, rows, d, V, k);
  return inSingle(() => {
    const [x, v] = [tf.tensor2d(new Float32Array(X), [rows, d]), tf.tensor2d(new Float32Array(V), [k, d])];
    return tf.matMul(x, v, false, true);
  });
}

/** Sum of the squares of all entries of X^T X, for rows X [rows, d] of many numbers; X^T X itself is not kept. */
export function squaredGram(X: Float64Array, rows: number, d: number): number {
  return tf
    .tidy(() => {
      const x = tf.tensor2d(new Float32Array(X), [rows, d]);
      const few = rows < d ? x : x.transpose<tf.Tensor2D>(); // X X^T has the same squares
      return productOfRows(few, few).square().sum(1).dataSync<"float32">();
    })
    .reduce((sum, v) => sum + v, 0);
}

/** A B^T of large matrices, the two halves of A's rows at the same time; the caller owns it. Every shape is compiled. */
export const productOfRows = compile(
  (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D => inHalves((rows: tf.Tensor2D) => tf.matMul(rows, b, false, true), a),
  { name: "product of rows", onNotice: () => undefined },
);

function inSingle(product: () => tf.Tensor): Float64Array {
  const result = tf.tidy(product);
  const values = new Float64Array(result.dataSync<"float32">());
  result.dispose();
  return values;
}
