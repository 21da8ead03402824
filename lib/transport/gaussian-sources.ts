/**
 * The family of sources s(x; c, w) = exp(-((x - c) / w)^2 / 2) in few fixed functions: with the singular value
 * decomposition of a sample of its members on a fine grid, s = sum_b s_b(c, w) e_b(x), e_b orthonormal and s_b = (s,
 * e_b). The singular values fall faster than geometrically, so that some twenty functions hold every member to the
 * accuracy of a discretised equation. At any x the e_b are the members' own combinations: e_b(x) = sum_m U_mb s(x;
 * z_m) / sigma_b.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

export interface SourceFamily {
  readonly length: number;
  readonly centre: readonly [number, number];
  readonly width: readonly [number, number];
}

export interface SourceSeries {
  readonly count: number;
  /** s_b(c, w) [count]. */
  coefficients(centre: number, width: number): Float64Array;
  /** e_b(x) [count]. */
  functions(x: number): Float64Array;
}

/** Members of the sample along centre and ln width, and points of the inner product. */
const [centres, widths, points] = [24, 12, 160];

/** The first `count` functions of the family. About 0.2 s; keep the result. */
export function sourceSeries(family: SourceFamily, count: number): SourceSeries {
  const along = ([from, to]: readonly [number, number], k: number, of: number): number =>
    from + ((to - from) * k) / (of - 1);
  const lnWidth = family.width.map(Math.log) as [number, number];
  const members = Array.from({ length: centres * widths }, (_, m) => ({
    centre: along(family.centre, m % centres, centres),
    width: Math.exp(along(lnWidth, Math.floor(m / centres), widths)),
  }));
  const grid = Array.from({ length: points }, (_, q) => ((q + 0.5) * family.length) / points);
  const weight = family.length / points;
  const values = new Matrix(members.map((m) => grid.map((x) => member(x, m.centre, m.width))));
  const gram = values.transpose().mmul(values).mul(weight);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, k) => k).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const kept = order.slice(0, count);
  // e_b on the grid, and what turns the members into e_b elsewhere: U_b / sigma_b = values e_b weight / sigma_b^2.
  const onGrid = kept.map((k) => eigenvectorMatrix.getColumn(k).map((e) => e / Math.sqrt(weight)));
  const shares = kept.map((k, b) =>
    members.map(
      (_, m) => (weight * onGrid[b].reduce((sum, e, q) => sum + e * values.get(m, q), 0)) / realEigenvalues[k],
    ),
  );
  return {
    count,
    coefficients(centre, width) {
      const source = grid.map((x) => member(x, centre, width));
      return Float64Array.from(onGrid, (e) => weight * e.reduce((sum, v, q) => sum + v * source[q], 0));
    },
    functions(x) {
      const all = members.map((m) => member(x, m.centre, m.width));
      return Float64Array.from(shares, (share) => share.reduce((sum, u, m) => sum + u * all[m], 0));
    },
  };
}

function member(x: number, centre: number, width: number): number {
  const s = (x - centre) / width;
  return Math.exp(-0.5 * s * s);
}
