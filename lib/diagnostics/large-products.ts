/**
 * Products of many rows. For fields of some hundred numbers they are sums in double precision; on grids of many cells
 * they would take most of an evaluation's time, and TensorFlow's products in single precision serve: rows are
 * deviations from a mean, of the size of their spread, and what is told of them has a sampling error of per cents.
 */
import { tf } from "../graph/tensorflow";
import { gram, rowProducts } from "../numerics/linear-algebra";

/** Fields of up to so many numbers are taken in double precision, and all their modes from a whole covariance. */
export const wholeUpTo = 512;

/** X^T X [d, d] of rows X [rows, d]. */
export function gramOf(X: Float64Array, rows: number, d: number): Float64Array {
  if (d <= wholeUpTo) return gram(X, rows, d);
  return inSingle(() => {
    const x = tf.tensor2d(new Float32Array(X), [rows, d]);
    return tf.matMul(x, x, true, false);
  });
}

/** X V^T [rows, k] of rows X [rows, d] and vectors V [k, d]. */
export function scoresOf(X: Float64Array, rows: number, d: number, V: Float64Array, k: number): Float64Array {
  if (d <= wholeUpTo) return rowProducts(X, rows, d, V, k);
  return inSingle(() => {
    const [x, v] = [tf.tensor2d(new Float32Array(X), [rows, d]), tf.tensor2d(new Float32Array(V), [k, d])];
    return tf.matMul(x, v, false, true);
  });
}

function inSingle(product: () => tf.Tensor): Float64Array {
  const result = tf.tidy(product);
  const values = new Float64Array(result.dataSync<"float32">());
  result.dispose();
  return values;
}
