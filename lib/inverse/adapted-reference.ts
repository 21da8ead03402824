/**
 * A better Gaussian to start from. Where the model is bent, the posterior of its linearisation misses it: few of its
 * draws have any weight. Draws that have found the posterior, however few count as independent, tell its mean m and
 * covariance in the coordinates that matter: the directions that the readings see and the leading ones, with which a
 * bent model mixes them. There the reference becomes N(m, 1.2 C), elsewhere it stays N(0, I). It serves as a proposal
 * only, so that its own errors cost draws and not truth.
 */

import { gram, symmetricEigen } from "../numerics/linear-algebra";
import { rowsOf } from "../numerics/rows";
import type { GaussianReference } from "./linear-posterior";

/** Leading coordinates that are adapted. */
const leading = 12;
const widening = 1.2;

/** From draws y [count, d]; `reference` gives the directions that readings see. */
export function adaptedReference(y: Float64Array, { directions, mean }: GaussianReference): GaussianReference {
  const d = mean.length;
  const count = y.length / d;
  const basis = orthonormal([...unitRows(Math.min(leading, d), d), ...rowsOf(directions, d)]);
  const p = basis.length;
  const along = new Float64Array(count * p);
  const centre = new Float64Array(p);
  for (let n = 0; n < count; n++) {
    basis.forEach((row, k) => {
      for (let i = 0; i < d; i++) along[n * p + k] += row[i] * y[n * d + i];
      centre[k] += along[n * p + k] / count;
    });
  }
  const deviations = along.map((v, i) => v - centre[i % p]);
  const { values, vectors } = symmetricEigen(
    gram(deviations, count, p).map((v) => v / (count - 1)),
    p,
  );
  const factors = Float64Array.from(values, (v) => Math.min(1.5, Math.sqrt(widening * Math.max(v, 1e-6))));
  const adapted = new Float64Array(p * d);
  for (let q = 0; q < p; q++) {
    basis.forEach((row, k) => {
      for (let i = 0; i < d; i++) adapted[q * d + i] += vectors[q * p + k] * row[i];
    });
  }
  const middle = new Float64Array(d);
  basis.forEach((row, k) => row.forEach((v, i) => (middle[i] += centre[k] * v)));
  const logScale = factors.reduce((sum, f) => sum + Math.log(f), 0);
  return { mean: middle, directions: adapted, shrinkage: factors, logScale };
}

function unitRows(count: number, d: number): Float64Array[] {
  return Array.from({ length: count }, (_, k) => Float64Array.from({ length: d }, (_unused, i) => (i === k ? 1 : 0)));
}

/** Gram-Schmidt, twice for its rounding; rows that the others span already are left out. */
function orthonormal(rows: readonly Float64Array[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const row of rows) {
    const rest = row.slice();
    for (const known of [...basis, ...basis]) {
      const along = known.reduce((sum, v, i) => sum + v * rest[i], 0);
      known.forEach((v, i) => (rest[i] -= along * v));
    }
    const norm = Math.hypot(...rest);
    if (norm > 1e-6) basis.push(rest.map((v) => v / norm));
  }
  return basis;
}
