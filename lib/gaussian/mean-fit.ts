/**
 * Means of the responses over the conditions. Where the size of a response follows a condition over decades, a
 * polynomial through its means errs everywhere by what is little where the response is large, and that is many spreads
 * where it is small. In units of its own spread a response is of one size:
 *   m(s) = b + u(s) P(s),   u(s) = exp(mean of ln d(s) over the cells of a channel),
 * b the nodes' mean with weights 1 / u^2, the value that is left where the response does not vary. With b = 0 and u = 1
 * it is the plain polynomial. Each response of each channel has the form that predicts nodes which were left out
 * better, in units of u.
 */
import { rowAt } from "../numerics/rows";
import { type PolynomialFit, polynomialAt, polynomialFit } from "./polynomial-fit";

export interface MeanFit {
  /** P [functions * dimension]. */
  readonly mean: PolynomialFit;
  /** b [functions * dimension]. */
  readonly meanBase: Float64Array;
  /** 1 where u is the spread, 0 where it is 1 [functions * channels]. */
  readonly meanUnits: Float64Array;
}

/** m(s) [functions * dimension] for ln d(s). */
export function meanAt(
  { mean, meanBase, meanUnits }: MeanFit,
  s: readonly number[],
  logSpread: Float64Array,
): Float64Array {
  const cells = meanBase.length / meanUnits.length;
  const values = polynomialAt(mean, s);
  meanUnits.forEach((scaled, block) => {
    const u = scaled ? unitOf(logSpread, block, cells) : 1;
    const base = rowAt(meanBase, block, cells);
    rowAt(values, block, cells).forEach((x, i, own) => (own[i] = base[i] + u * x));
  });
  return values;
}

const unitOf = (logSpread: Float64Array, block: number, cells: number): number =>
  Math.exp(rowAt(logSpread, block, cells).reduce((sum, l) => sum + l, 0) / cells);

/**
 * Fits means [functions * dimension] at each of the nodes, with polynomials of a degree; ln d as it was fitted to the
 * same nodes.
 */
export function fitMeans(
  { nodes, reach, cells, degree }: { nodes: Float64Array; reach: readonly number[]; cells: number; degree: number },
  means: readonly Float64Array[],
  logSpread: PolynomialFit,
): MeanFit {
  const size = means[0].length;
  const blocks = size / cells;
  const places = means.map((_, j) => reach.map((_r, k) => nodes[j * reach.length + k]));
  const units = places.map((s) => {
    const l = polynomialAt(logSpread, s);
    return Float64Array.from({ length: blocks }, (_, block) => unitOf(l, block, cells));
  });
  const base = weightedMean(means, units, cells);
  const plain = polynomialFit(nodes, reach, degree, size, means.length);
  const scaled = polynomialFit(nodes, reach, degree, size, means.length);
  means.forEach((m, j) => {
    plain.add(j, m);
    scaled.add(j, m.map((x, i) => (x - base[i]) / units[j][Math.floor(i / cells)])); // prettier-ignore
  });
  const better = new Float64Array(blocks); // squared error of the plain form less that of the other
  means.forEach((m, j) => {
    const [p, q] = [plain, scaled].map(({ fit }) => polynomialAt(fit, places[j]));
    const left = Math.max(1e-6, 1 - plain.leverage[j]);
    for (let i = 0; i < size; i++) {
      const u = units[j][Math.floor(i / cells)];
      const [off, other] = [(m[i] - p[i]) / u, (m[i] - base[i]) / u - q[i]];
      better[Math.floor(i / cells)] += (off ** 2 - other ** 2) / left ** 2;
    }
  });
  const meanUnits = better.map((gain) => (gain > 0 ? 1 : 0));
  const at = (i: number): boolean => meanUnits[Math.floor((i % size) / cells)] === 1;
  return {
    mean: {
      reach,
      degree,
      coefficients: plain.fit.coefficients.map((c, i) => (at(i) ? scaled.fit.coefficients[i] : c)),
    },
    meanBase: base.map((b, i) => (at(i) ? b : 0)),
    meanUnits,
  };
}

/** Over the nodes, with weights 1 / u^2. */
function weightedMean(means: readonly Float64Array[], units: readonly Float64Array[], cells: number): Float64Array {
  const total = new Float64Array(units[0].length);
  const sum = new Float64Array(means[0].length);
  means.forEach((m, j) => {
    units[j].forEach((u, block) => (total[block] += u ** -2));
    m.forEach((x, i) => (sum[i] += x * units[j][Math.floor(i / cells)] ** -2));
  });
  return sum.map((x, i) => x / total[Math.floor(i / cells)]);
}
