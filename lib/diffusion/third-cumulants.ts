/**
 * Third cumulants of the fields given the operating conditions: what skews the law, as far as moments of third order say it.
 *
 * In the pooled coordinates q of the conditional Gaussian, x = mu + B diag(d) q (conditional-gaussian.ts), fields are affine, x = sum_a v_a r_a
 * with v = (1, u), so that for given non-affine conditions s
 *   E[q_p q_i q_j] = sum_{abc} v_a v_b v_c E[q_ap q_bi q_cj] = sum_m v^m C_m(s)[p, i, j],   m the monomials of degree 3 in v,
 * and C_m is estimated at nodes of s like the covariance. With y = A^T q the whitened principal coordinates at one condition,
 *   T[k, i, j] = E[y_k y_i y_j] = sum A[p, k] A[p', i] A[p'', j] E[q_p q_p' q_p''],
 * and the density is the Gaussian's times 1 + T : He3(y) / 6 to first order (the Edgeworth expansion).
 */
import { tf } from "../graph/tensorflow";
import { conditionFeatures } from "../ensemble/conditions";
import type { Condition, Problem } from "../transport/problem";
import { affineValues, type GaussianLaw, type GaussianStatistics, splitConditions } from "./conditional-gaussian";
import { nodeWeights, shapeNodes } from "./node-interpolation";

/** As stored: nodes, and for each node the coefficients [monomials, outer, pairs i <= j of inner]. */
export interface ThirdCumulants {
  /** Non-affine features of the nodes [nodes, dimensions]. */
  readonly nodes: Float64Array;
  readonly monomials: number;
  /** Pooled directions of the index p, and of the indices i and j. */
  readonly outer: number;
  readonly inner: number;
  readonly values: Float32Array;
}

/** Exponents of v_0 .. v_(width - 1) in the monomials of degree 3, as sorted triples a <= b <= c. */
function triples(width: number): [number, number, number][] {
  const all: [number, number, number][] = [];
  for (let a = 0; a < width; a++) for (let b = a; b < width; b++) for (let c = b; c < width; c++) all.push([a, b, c]);
  return all;
}

/** Pooled directions kept for the first index and for the two others; what the weaker ones add is below the sampling error. */
const outerDirections = 64;
const innerDirections = 32;
/** Nodes in one dimension: the cumulants turn more slowly with s than they scatter, so that fewer nodes hold more fields each. */
const nodesInOneDimension = 16;
/** Of every node at most so many of the fit's fields serve: enough for moments that are smoothed over nodes. */
const fieldsPerNode = 2304;

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
 * Coefficients C_m [monomials, outer, pairs] of one node from pooled coordinates [count, width, rank] of its centred responses.
 * One product over the fields for each pair of responses.
 */
function nodeThirdMoments(coordinates: tf.Tensor3D, outer: number, inner: number): Float32Array {
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

/**
 * T [inner modes^2, modes] of the whitened principal coordinates at a condition: E[y_i y_j y_k] in row i * innerModes + j, column k.
 * `law` is the conditional Gaussian there. Modes beyond those of the law have zeros.
 */
export function thirdCumulantsAt(
  statistics: GaussianStatistics,
  problem: Problem,
  condition: Condition,
  law: GaussianLaw,
  { modes, innerModes }: { modes: number; innerModes: number },
): Float32Array {
  const { outer, inner } = statistics.cumulants;
  const pooled = atConditionPooled(statistics, problem, condition);
  const A = whitening(statistics, law, outer, modes);
  // One index after the other: j, then i, then p.
  const pairs = (inner * (inner + 1)) / 2;
  const byJ = new Float64Array(outer * inner * innerModes); // [p, i, J]
  for (let p = 0; p < outer; p++) {
    for (let i = 0, k = 0; i < inner; i++) {
      for (let j = i; j < inner; j++, k++) {
        const t = pooled[p * pairs + k];
        const [rowI, rowJ] = [(p * inner + i) * innerModes, (p * inner + j) * innerModes];
        for (let J = 0; J < innerModes; J++) byJ[rowI + J] += t * A[j * modes + J];
        if (i !== j) for (let J = 0; J < innerModes; J++) byJ[rowJ + J] += t * A[i * modes + J];
      }
    }
  }
  const square = innerModes * innerModes;
  const result = new Float64Array(square * modes);
  const row = new Float64Array(square);
  for (let p = 0; p < outer; p++) {
    row.fill(0);
    for (let i = 0; i < inner; i++) {
      for (let I = 0; I < innerModes; I++) {
        const a = A[i * modes + I];
        for (let J = 0; J < innerModes; J++) row[I * innerModes + J] += a * byJ[(p * inner + i) * innerModes + J];
      }
    }
    for (let ij = 0; ij < square; ij++) {
      for (let k = 0; k < modes; k++) result[ij * modes + k] += row[ij] * A[p * modes + k];
    }
  }
  return Float32Array.from(result);
}

/** sum_m v^m C_m(s) [outer, pairs] at a condition. */
function atConditionPooled(statistics: GaussianStatistics, problem: Problem, condition: Condition): Float64Array {
  const { nodes, outer, inner, values } = statistics.cumulants;
  const features = conditionFeatures(problem, condition);
  const { shape } = splitConditions(problem);
  const v = affineValues(problem, condition);
  const weights = nodeWeights(
    nodes,
    shape.map((i) => features[i]),
  );
  const all = triples(v.length);
  const size = (outer * inner * (inner + 1)) / 2;
  const pooled = new Float64Array(size);
  for (const [node, weight] of weights) {
    all.forEach(([a, b, c], m) => {
      const w = weight * v[a] * v[b] * v[c];
      const offset = (node * all.length + m) * size;
      for (let k = 0; k < size; k++) pooled[k] += w * values[offset + k];
    });
  }
  return pooled;
}

/** A [directions, modes] with y = A^T q: pooled scale times direction against mode, over the mode's standard deviation. */
function whitening(statistics: GaussianStatistics, law: GaussianLaw, directions: number, modes: number): Float64Array {
  const { basis, scale } = statistics;
  const stored = scale.length;
  const A = new Float64Array(directions * modes);
  const known = Math.min(modes, law.rank);
  for (let i = 0; i < law.dimension; i++) {
    const s = law.spread?.[i] ?? 1;
    for (let p = 0; p < directions; p++) {
      const b = (basis[i * stored + p] * scale[p]) / s;
      for (let k = 0; k < known; k++) A[p * modes + k] += b * law.modes[i * law.rank + k];
    }
  }
  for (let p = 0; p < directions; p++) {
    for (let k = 0; k < known; k++) {
      const std = Math.sqrt(law.variance[k]);
      A[p * modes + k] = std > 0 ? A[p * modes + k] / std : 0;
    }
  }
  return A;
}
