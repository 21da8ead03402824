/**
 * The family of sources s(x, y; c) = exp(-|(x, y) - c|^2 / (2 w^2)) of one width on a rectangle in few fixed functions,
 *   s = sum_b s_b(c) e_b(x, y),
 * the best ones for the potential that a source makes and not for the source itself: with s_kl the cosine coefficients
 * of a source, k and l its wave numbers along the axes, they are the principal components of
 *   W s = s_kl / (k^2 + l^2 + 1 / Lx^2 + 1 / Ly^2),
 * which is the potential in a uniform material, over a sample of centres. Then s_b(c) = (W s(c), W e_b), and the e_b
 * are combinations of the sample's members, e_b = sum_m U_mb s(c_m) / sigma_b, so that they are known at any place.
 * With w a tenth of the side and centres from 0.2 to 0.8 of it, 25 functions hold the potential in a uniform material
 * to 4e-3 of its largest value (root mean square over centres; worst 8e-3), 36 to 1e-3 (2e-3), 45 to 4e-4 (9e-4). For
 * the source itself, 60 products of functions of x and y are needed to be as good as 36 of these.
 */
import { rowProducts, symmetricEigen } from "../numerics/linear-algebra";
import { multiply } from "../numerics/row-products";
import { rowAt, transposed } from "../numerics/rows";

type Pair<T> = readonly [T, T];

export interface PlanarSourceFamily {
  readonly lengths: Pair<number>;
  /** Ranges of the centre along each axis. */
  readonly centres: Pair<Pair<number>>;
  readonly width: number;
}

export interface PlanarSourceSeries {
  readonly count: number;
  /** s_b(c) [count]. */
  coefficients(centre: Pair<number>): Float64Array;
  /** e_b at the centres of the cells [count, nx, ny] of a grid of the rectangle. */
  functions(cells: Pair<number>): Float64Array;
}

/** Members of the sample along each axis, cosines along each axis, and points of their integrals. */
const [members, cosines, points] = [16, 24, 64];

/** The first `count` functions of the family. About half a second; keep the result. */
export function planarSourceSeries(family: PlanarSourceFamily, count: number): PlanarSourceSeries {
  const { lengths, centres, width } = family;
  const axes = [0, 1] as const;
  const sample = axes.map((axis) => {
    const [from, to] = centres[axis];
    return Array.from({ length: members }, (_, m) => from + ((to - from) * m) / (members - 1));
  });
  const along = axes.map((axis) => cosineCoefficients(lengths[axis], width));
  const each = axes.map((axis) => sample[axis].map(along[axis])); // [member][cosine]
  const size = cosines * cosines;
  const smoothing = Float64Array.from({ length: size }, (_, at) => {
    const [k, l] = [Math.floor(at / cosines) * Math.PI, (at % cosines) * Math.PI];
    return 1 / ((1 + k * k) / lengths[0] ** 2 + (1 + l * l) / lengths[1] ** 2);
  });
  const all = members * members;
  const F = Float64Array.from({ length: all * size }, (_, at) => {
    const [m, kl] = [Math.floor(at / size), at % size];
    const [k, l] = [Math.floor(kl / cosines), kl % cosines];
    return each[0][Math.floor(m / members)][k] * each[1][m % members][l] * smoothing[kl];
  });
  const { values, vectors } = symmetricEigen(rowProducts(F, all, size, F, all), all);
  const shares = Float64Array.from({ length: count * all }, (_, at) => {
    return vectors[at] / Math.sqrt(values[Math.floor(at / all)]);
  });
  // W^2 e_b [count, size]: the inner product with s is that of W s and W e_b.
  const dual = multiply(shares, F, size).map((x, at) => x * smoothing[at % size]);
  return {
    count,
    coefficients(centre) {
      const [g, h] = axes.map((axis) => along[axis](centre[axis]));
      const source = Float64Array.from({ length: size }, (_, at) => g[Math.floor(at / cosines)] * h[at % cosines]);
      return multiply(dual, source, 1);
    },
    functions([nx, ny]) {
      const X = membersOnCells(nx, lengths[0], sample[0], width); // [nx, members]
      const Y = transposed(membersOnCells(ny, lengths[1], sample[1], width), members);
      const result = new Float64Array(count * nx * ny);
      for (let b = 0; b < count; b++) {
        const share = rowAt(shares, b, all); // [members, members]
        multiply(X, multiply(share, Y, ny), ny, rowAt(result, b, nx * ny));
      }
      return result;
    },
  };
}

const member = (x: number, centre: number, width: number): number => Math.exp(-0.5 * ((x - centre) / width) ** 2);

/** Of the member with a centre along one axis: its coefficients in orthonormal cosines. */
function cosineCoefficients(length: number, width: number): (centre: number) => Float64Array {
  const x = Array.from({ length: points }, (_, q) => (q + 0.5) / points);
  const table = Array.from({ length: cosines }, (_, k) => {
    const norm = Math.sqrt((k === 0 ? 1 : 2) * length) / points;
    return x.map((t) => norm * Math.cos(k * Math.PI * t));
  });
  return (centre) => {
    const values = x.map((t) => member(t * length, centre, width));
    return Float64Array.from(table, (row) => row.reduce((sum, c, q) => sum + c * values[q], 0));
  };
}

/** The members along one axis at the centres of its cells [cells, members]. */
function membersOnCells(cells: number, length: number, centres: readonly number[], width: number): Float64Array {
  return Float64Array.from({ length: cells * members }, (_, at) =>
    member(((Math.floor(at / members) + 0.5) * length) / cells, centres[at % members], width),
  );
}
