/**
 * Interpolation between nodes s_j of a box around [-1, 1]^d of the conditions that do not enter affinely.
 * Covariances: convex weights, so that a combination of positive semi-definite matrices stays so. In one dimension the
 * nodes are equidistant, each covariance is averaged with its neighbours by (1/4, 1/2, 1/4), and linear in between (in
 * more dimensions the joint law serves, joint-gaussian.ts). Means: local polynomial regression (Cleveland 1979), a
 * polynomial fitted to the nodes around s by weighted least squares. It has to be local: nodes far away have their
 * scatter in directions in which the fields at s hardly vary, and there even a small weight of theirs drowns the mean.
 */
import { Matrix, solve } from "ml-matrix";

/** Products of Legendre polynomials of total degree <= degree at s, constant first. */
export function legendreProducts(s: readonly number[], degree: number): number[] {
  const values = s.map((x) => {
    const p = [1, x];
    for (let n = 1; n < degree; n++) p.push(((2 * n + 1) * x * p[n] - n * p[n - 1]) / (n + 1));
    return p;
  });
  const products: number[] = [];
  const extend = (axis: number, left: number, product: number): void => {
    if (axis === s.length) {
      products.push(product);
      return;
    }
    for (let n = 0; n <= left; n++) extend(axis + 1, left - n, product * values[axis][n]);
  };
  extend(0, degree, 1);
  return products;
}

/**
 * The nodes [count, dimensions] within +-reach: equidistant including both ends in one dimension, a Kronecker sequence
 * in more.
 */
export function shapeNodes(count: number, reach: readonly number[]): Float64Array {
  const dimensions = reach.length;
  if (dimensions === 1)
    return Float64Array.from({ length: count }, (_, j) => (count === 1 ? 0 : reach[0] * ((2 * j) / (count - 1) - 1)));
  // Generalised golden ratio: the root of g^(d+1) = g + 1 gives a low-discrepancy Kronecker sequence in d dimensions.
  let g = 2;
  for (let k = 0; k < 60; k++) g = (1 + g) ** (1 / (dimensions + 1));
  const nodes = new Float64Array(count * dimensions);
  for (let j = 0; j < count; j++) {
    for (let d = 0; d < dimensions; d++)
      nodes[j * dimensions + d] = reach[d] * (2 * ((0.5 + (j + 1) * g ** -(d + 1)) % 1) - 1);
  }
  return nodes;
}

/** Convex weights of the nodes at s, of one dimension at most: node index -> weight, summing to 1. */
export function nodeWeights(nodes: Float64Array, s: readonly number[]): Map<number, number> {
  const d = s.length;
  const count = d === 0 ? 1 : nodes.length / d;
  const weights = new Map<number, number>();
  if (count === 1) return weights.set(0, 1);
  const add = (node: number, weight: number): void => {
    const inside = Math.min(count - 1, Math.max(0, node));
    weights.set(inside, (weights.get(inside) ?? 0) + weight);
  };
  const along = (s[0] - nodes[0]) / (nodes[count - 1] - nodes[0]);
  const position = Math.min(count - 1, Math.max(0, along * (count - 1)));
  const left = Math.min(count - 2, Math.floor(position));
  for (const [node, share] of [
    [left, left + 1 - position],
    [left + 1, position - left],
  ]) {
    add(node - 1, share / 4);
    add(node, share / 2);
    add(node + 1, share / 4);
  }
  return weights;
}

/**
 * Nodes that a local polynomial is fitted to: in one dimension half of them, if they are enough for that, in more all.
 */
const windowOf = (nodes: number, dimensions: number): number =>
  dimensions === 1 ? Math.min(nodes, Math.max(17, Math.ceil(nodes / 2))) : nodes;

/** Degree with at least three nodes for each polynomial, up to 6. */
function polynomialDegree(nodes: number, dimensions: number): number {
  if (nodes === 1) return 0;
  const polynomials = (degree: number): number =>
    legendreProducts(new Array<number>(dimensions).fill(0), degree).length;
  let degree = 1;
  while (degree < 6 && 3 * polynomials(degree + 1) <= nodes) degree++;
  return degree;
}

/** Weights w_j of the nodes at s, summing to 1: sum_j w_j m_j is the value at s of the local polynomial through m_j. */
export function regressionWeights(nodes: Float64Array, s: readonly number[]): Map<number, number> {
  const d = s.length;
  const count = d === 0 ? 1 : nodes.length / d;
  if (count === 1) return new Map([[0, 1]]);
  const distance = Array.from({ length: count }, (_, j) =>
    Math.max(...s.map((x, k) => Math.abs(nodes[j * d + k] - x))),
  );
  const nearest = distance.map((_, j) => j).sort((a, b) => distance[a] - distance[b]);
  const used = nearest.slice(0, windowOf(count, d));
  const local = used.length < count;
  const bandwidth = distance[nearest[local ? used.length : count - 1]];
  const degree = polynomialDegree(used.length, d);
  // Polynomials on the box that the nodes in use fill: those about s would grow with its distance from them, where s
  // lies far outside.
  const [centre, half] = [1, -1].map((sign) =>
    s.map((_, k) => {
      const along = used.map((j) => nodes[j * d + k]);
      return (Math.max(...along) + sign * Math.min(...along)) / 2;
    }),
  );
  const polynomials = (at: (k: number) => number): number[] =>
    legendreProducts(
      s.map((_, k) => (at(k) - centre[k]) / half[k]),
      degree,
    );
  const rows = used.map((j) => polynomials((k) => nodes[j * d + k]));
  const kernel = used.map((j) => (local ? (1 - (distance[j] / bandwidth) ** 3) ** 3 : 1));
  const design = new Matrix(rows);
  const weighted = new Matrix(rows.map((row, k) => row.map((x) => x * kernel[k])));
  const here = Matrix.columnVector(polynomials((k) => s[k]));
  const weights = weighted.mmul(solve(weighted.transpose().mmul(design), here)).to1DArray();
  return new Map(used.map((j, k) => [j, weights[k]]));
}
