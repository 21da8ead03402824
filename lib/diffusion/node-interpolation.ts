/**
 * Interpolation between nodes s_j in [-1, 1]^d of the conditions that do not enter affinely.
 * Means: a polynomial of bounded total degree in products of Legendre polynomials. Covariances: convex weights, so that a
 * combination of positive semi-definite matrices stays so. In one dimension the nodes are equidistant, each covariance is averaged
 * with its neighbours by (1/4, 1/2, 1/4), and linear in between; in more dimensions a Gaussian kernel of the nodes' mean spacing.
 */

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

/** The nodes [count, dimensions]: equidistant including both ends in one dimension, a Kronecker sequence in more. */
export function shapeNodes(count: number, dimensions: number): Float64Array {
  if (dimensions === 1)
    return Float64Array.from({ length: count }, (_, j) => (count === 1 ? 0 : (2 * j) / (count - 1) - 1));
  // Generalised golden ratio: the root of g^(d+1) = g + 1 gives a low-discrepancy Kronecker sequence in d dimensions.
  let g = 2;
  for (let k = 0; k < 60; k++) g = (1 + g) ** (1 / (dimensions + 1));
  const nodes = new Float64Array(count * dimensions);
  for (let j = 0; j < count; j++) {
    for (let d = 0; d < dimensions; d++) nodes[j * dimensions + d] = 2 * ((0.5 + (j + 1) * g ** -(d + 1)) % 1) - 1;
  }
  return nodes;
}

/** Convex weights of the nodes at s: node index -> weight, summing to 1. */
export function nodeWeights(nodes: Float64Array, s: readonly number[]): Map<number, number> {
  const d = s.length;
  const count = d === 0 ? 1 : nodes.length / d;
  const weights = new Map<number, number>();
  if (count === 1) return weights.set(0, 1);
  const add = (node: number, weight: number): void => {
    const inside = Math.min(count - 1, Math.max(0, node));
    weights.set(inside, (weights.get(inside) ?? 0) + weight);
  };
  if (d === 1) {
    const position = Math.min(count - 1, Math.max(0, ((s[0] + 1) / 2) * (count - 1)));
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
  const bandwidth = 2 * count ** (-1 / d);
  let total = 0;
  const raw = Array.from({ length: count }, (_, j) => {
    let distance = 0;
    for (let k = 0; k < d; k++) distance += ((nodes[j * d + k] - s[k]) / bandwidth) ** 2;
    const weight = Math.exp(-0.5 * distance);
    total += weight;
    return weight;
  });
  raw.forEach((weight, j) => {
    if (weight > 1e-6 * total) weights.set(j, weight / total);
  });
  const kept = [...weights.values()].reduce((sum, w) => sum + w, 0);
  for (const [j, weight] of weights) weights.set(j, weight / kept);
  return weights;
}
