/**
 * Estimation of the third cumulants (third-cumulants.ts) from pooled coordinates of solver responses: at each node of
 * the non-affine conditions
 *   C_m[p, i, j] = sum over the responses a, b, c that make the monomial m of E[q_ap q_bi q_cj],
 * shared between the nodes of a coarser set beside it.
 */
import { tf } from "../graph/tensorflow";
import { shapeNodes } from "./node-interpolation";
import type { ThirdCumulants } from "./stored-cumulants";
import { triples } from "./third-cumulants";

/**
 * Pooled directions kept for the first index and for the two others; what the weaker ones add is below the sampling
 * error.
 */
export const outerDirections = 64;
export const innerDirections = 32;
/**
 * Nodes in one dimension: the cumulants turn more slowly with s than they scatter, so that fewer nodes hold more fields
 * each.
 */
const nodesInOneDimension = 16;
/** Of every node at most so many of the fit's fields serve: enough for moments that are smoothed over nodes. */
export const fieldsPerNode = 2304;

/** Gathers the moments of all nodes s_j [count, dimensions] of a fit; `width` responses, `rank` pooled directions. */
export function thirdCumulantFit(
  nodes: Float64Array,
  dimensions: number,
  width: number,
  rank: number,
): { add(node: number, coordinates: tf.Tensor3D): void; finish(): ThirdCumulants } {
  const [outer, inner] = [Math.min(outerDirections, rank), Math.min(innerDirections, rank)];
  const fine = dimensions === 0 ? 1 : nodes.length / dimensions;
  const coarse = dimensions === 1 && fine > nodesInOneDimension;
  const count = coarse ? nodesInOneDimension : fine;
  const monomials = triples(width).length;
  const size = (monomials * outer * inner * (inner + 1)) / 2;
  const values = new Float32Array(count * size);
  const total = new Float64Array(count);
  return {
    add(node, coordinates) {
      const [fields, responses] = coordinates.shape;
      const some = coordinates.slice([0, 0, 0], [Math.min(fields, fieldsPerNode), responses, rank]);
      const moments = nodeThirdMoments(some, outer, inner);
      some.dispose();
      const position = coarse ? (node * (count - 1)) / (fine - 1) : node;
      const left = Math.floor(position);
      for (const [to, weight] of [
        [left, left + 1 - position],
        [left + 1, position - left],
      ]) {
        if (weight === 0) continue;
        total[to] += weight;
        for (let k = 0; k < size; k++) values[to * size + k] += weight * moments[k];
      }
    },
    finish() {
      for (let k = 0; k < values.length; k++) values[k] /= total[Math.floor(k / size)];
      const own = coarse ? shapeNodes(count, [nodes[fine - 1]]) : nodes;
      return { nodes: own, monomials, outer, inner, values };
    },
  };
}

/**
 * Coefficients C_m [monomials, outer, pairs] of one node from pooled coordinates [count, width, rank] of its centred
 * responses. One product over the fields for each pair of responses.
 */
export function nodeThirdMoments(coordinates: tf.Tensor3D, outer: number, inner: number): Float32Array {
  const [count, width] = coordinates.shape;
  const all = triples(width);
  const index = new Map(all.map((t, m) => [t.join(), m]));
  const pairs = (inner * (inner + 1)) / 2;
  const result = new Float32Array(all.length * outer * pairs);
  const response = (a: number, size: number): tf.Tensor2D =>
    coordinates.slice([0, a, 0], [count, 1, size]).reshape([count, size]);
  for (let b = 0; b < width; b++) {
    for (let c = b; c < width; c++) {
      const values = tf.tidy(() => {
        const product = (x: number, y: number): tf.Tensor => {
          const [left, right] = [response(x, inner), response(y, inner)];
          const rows = Array.from({ length: inner }, (_, i) =>
            left.slice([0, i], [count, 1]).mul(right.slice([0, i], [count, inner - i])),
          );
          return tf.concat(rows, 1); // pairs i <= j, row by row
        };
        // v_b v_c stands for both orders of the two responses.
        const both = b === c ? product(b, b) : product(b, c).add(product(c, b));
        const every = tf.concat(
          Array.from({ length: width }, (_, a) => response(a, outer)),
          1,
        );
        return tf.matMul(every, both as tf.Tensor2D, true, false).div(count);
      });
      const data = values.dataSync<"float32">();
      values.dispose();
      for (let a = 0; a < width; a++) {
        const m = index.get([a, b, c].sort((x, y) => x - y).join())!;
        for (let k = 0; k < outer * pairs; k++) result[m * outer * pairs + k] += data[a * outer * pairs + k];
      }
    }
  }
  return result;
}
