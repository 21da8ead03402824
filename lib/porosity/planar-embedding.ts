/**
 * Samples of a stationary Gaussian field on nx x ny cells in N log N operations: its covariance is the corner of a
 * matrix on a periodic grid of Mx x My cells, a circulant along each axis. A covariance that is even in each axis makes
 * these circulants symmetric, so that the Hartley transforms along the axes, real from end to end, diagonalise it
 * together:
 *   g = first nx x ny cells of  (Mx My)^(-1/2) (Hx x Hy) diag(sqrt(lambda)) z,   z ~ N(0, I).
 * (A complex transform gives two independent fields, its real and its imaginary part; the Hartley transform is a
 * complex one of half the length, so it costs the same for each field, and no field shares its normals with another.)
 * Periods that are too short give negative eigenvalues. They are lengthened until these, set to zero, hold less than
 * 1e-9 of the variance. A smooth covariance has nearly all of its variance in the lowest frequencies: normals are drawn
 * and transforms done for those only, as long as the rest holds less than 1e-9 of the variance too.
 * Source: Dietrich & Newsam, "Fast and exact simulation of stationary Gaussian processes through circulant embedding of
 * the covariance matrix", SIAM J. Sci. Comput. 18 (1997).
 */
import { transformLength } from "../numerics/fourier";
import { hartleyTransform, type HartleyTransform } from "../numerics/hartley";
import { rowAt } from "../numerics/rows";

export interface PlanarEmbedding {
  /** Mx, My. */
  readonly periods: readonly [number, number];
  /** The number of normals that a sample takes. */
  readonly size: number;
  /** z [size] -> g [nx][ny] at `at` in `into`. */
  colour(z: Float64Array, into: Float64Array, at: number): void;
}

type Pair = readonly [number, number];

const LONGEST_PERIOD = 16; // in grid lengths
/** Of the variance: what negative eigenvalues, and the frequencies that are left out, may hold. */
const NEGLIGIBLE = 1e-9;
/** A covariance below this part of the variance is none in double precision. */
const NOTHING = 1e-17;
/** From one trial of a period to the next. */
const LONGER = 1.1;

/**
 * The embedding for `covariance(lagX, lagY)` (lags in cells, from 0); undefined where no period up to 16 grid lengths
 * serves.
 */
export function planarEmbedding(
  [nx, ny]: Pair,
  covariance: (lagX: number, lagY: number) => number,
): PlanarEmbedding | undefined {
  // The periods must be so long that no cell meets the image of another: the grid, and as far as the covariance
  // reaches.
  const least = (n: number, along: (lag: number) => number): number => {
    let reach = 0;
    while (reach < n - 1 && Math.abs(along(reach)) > NOTHING * along(0)) reach++;
    return evenLength(n + reach);
  };
  let [mx, my] = [least(nx, (lag) => covariance(lag, 0)), least(ny, (lag) => covariance(0, lag))];
  for (;;) {
    const found = embeddingOf([nx, ny], [mx, my], covariance);
    if (found) return found;
    [mx, my] = [evenLength(LONGER * mx), evenLength(LONGER * my)];
    if (mx > LONGEST_PERIOD * evenLength(nx) || my > LONGEST_PERIOD * evenLength(ny)) return undefined;
  }
}

/** A length that the Hartley transform takes. */
function evenLength(least: number): number {
  return 2 * transformLength(Math.max(2, Math.ceil(least / 2)));
}

function embeddingOf(
  cells: Pair,
  [mx, my]: Pair,
  covariance: (lagX: number, lagY: number) => number,
): PlanarEmbedding | undefined {
  const lambda = new Float64Array(mx * my);
  for (let i = 0; 2 * i <= mx; i++) {
    for (let j = 0; 2 * j <= my; j++) lambda[i * my + j] = covariance(i, j);
    for (let j = my / 2 + 1; j < my; j++) lambda[i * my + j] = lambda[i * my + my - j];
  }
  for (let i = mx / 2 + 1; i < mx; i++) lambda.copyWithin(i * my, (mx - i) * my, (mx - i + 1) * my);
  const variance = lambda[0];
  const transforms = [hartleyTransform(mx), mx === my ? undefined : hartleyTransform(my)] as const;
  const both = [transforms[0], transforms[1] ?? transforms[0]] as const;
  transformPlane(lambda, both);
  let negative = 0;
  for (let k = 0; k < lambda.length; k++) {
    negative -= Math.min(0, lambda[k]);
    lambda[k] = Math.max(0, lambda[k]) / lambda.length;
  }
  if (negative > NEGLIGIBLE * variance * lambda.length) return undefined;
  return coloured(cells, both, lambda, cutoff([mx, my], lambda, NEGLIGIBLE * variance));
}

/** Transforms every row, then every column, in place. */
function transformPlane(plane: Float64Array, [x, y]: readonly [HartleyTransform, HartleyTransform]): void {
  const column = new Float64Array(x.size);
  for (let i = 0; i < x.size; i++) y.inPlace(rowAt(plane, i, y.size));
  for (let j = 0; j < y.size; j++) {
    for (let i = 0; i < x.size; i++) column[i] = plane[i * y.size + j];
    x.inPlace(column);
    for (let i = 0; i < x.size; i++) plane[i * y.size + j] = column[i];
  }
}

/**
 * The least [kx, ky] such that the variances [Mx][My] of all frequencies with |k| > kx along the first axis, and those
 * with |k| > ky along the second, hold no more than half of `allowed` each.
 */
function cutoff([mx, my]: Pair, variances: Float64Array, allowed: number): Pair {
  const [alongX, alongY] = [new Float64Array(mx / 2 + 1), new Float64Array(my / 2 + 1)];
  for (let i = 0; i < mx; i++) {
    for (let j = 0; j < my; j++) {
      alongX[Math.min(i, mx - i)] += variances[i * my + j];
      alongY[Math.min(j, my - j)] += variances[i * my + j];
    }
  }
  const [kx, ky] = [alongX, alongY].map((sums) => {
    let k = sums.length - 1;
    for (let rest = sums[k]; k > 0 && rest <= 0.5 * allowed; rest += sums[k]) k--;
    return k;
  });
  return [kx, ky];
}

/** Places of the frequencies up to |k| on a period. */
function places(k: number, period: number): number[] {
  return Array.from({ length: period }, (_, i) => i).filter((i) => Math.min(i, period - i) <= k);
}

function coloured(
  [nx, ny]: Pair,
  [transformX, transformY]: readonly [HartleyTransform, HartleyTransform],
  variances: Float64Array,
  [kx, ky]: Pair,
): PlanarEmbedding {
  const [mx, my] = [transformX.size, transformY.size];
  const [atX, atY] = [places(kx, mx), places(ky, my)];
  // Column by column, as the transforms along x take them.
  const weights = Float64Array.from(atY.flatMap((j) => atX.map((i) => Math.sqrt(variances[i * my + j]))));
  const [column, row] = [new Float64Array(mx), new Float64Array(my)];
  const half = new Float64Array(nx * atY.length); // [nx][frequencies along y]
  return {
    periods: [mx, my],
    size: weights.length,
    colour(z, into, at) {
      for (let q = 0, from = 0; q < atY.length; q++) {
        column.fill(0);
        for (let p = 0; p < atX.length; p++, from++) column[atX[p]] = weights[from] * z[from];
        transformX.inPlace(column);
        for (let i = 0; i < nx; i++) half[i * atY.length + q] = column[i];
      }
      for (let i = 0; i < nx; i++) {
        row.fill(0);
        for (let q = 0; q < atY.length; q++) row[atY[q]] = half[i * atY.length + q];
        transformY.inPlace(row);
        for (let j = 0; j < ny; j++) into[at + i * ny + j] = row[j];
      }
    },
  };
}
