/**
 * A normal law in principal components of its covariance S, or of its correlation matrix diag(s)^(-1) S diag(s)^(-1), s
 * the spread at each cell:
 *   x = mu + diag(s) V diag(lambda)^(1/2) y.
 * Near a fixed value the fields hardly vary, and only the latter see how they do there.
 */
import { principalAxes } from "../numerics/linear-algebra";
import { addCombination, multiply, scalarProduct } from "../numerics/row-products";
import { rowAt, transposed } from "../numerics/rows";

/** What is left of a variance below this share of the largest is rounding of single-precision covariances. */
const rounding = 1e-12;

/** Of what the principal components are taken. */
export type Components = "covariance" | "correlation";

/**
 * N(mean, D modes diag(variance) modes^T D) in network units, D = diag(spread) where it is given and the identity
 * otherwise; modes [dimension, rank] row-major with orthonormal columns, variance descending.
 */
export interface GaussianLaw {
  readonly dimension: number;
  readonly rank: number;
  readonly mean: Float64Array;
  readonly modes: Float64Array;
  readonly variance: Float64Array;
  /**
   * Spread at each cell [dimension], 1 where the field is certain; given for the components of the correlation matrix.
   */
  readonly spread?: Float64Array;
  /**
   * W [rank, stored] with y = W e, where the law was given as x = mu + F e, e of unit covariance, and is large
   * (`factoredLaw`).
   */
  readonly innovations?: Float64Array;
}

/** S = left right^T, both [dimension, stored]. */
export interface Factored {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly dimension: number;
  readonly stored: number;
}

/**
 * N(mean, S) in principal components. `rank` bounds their number: the first half of them are then those of the whole
 * matrix to well below their own spread, and cost a fraction. The caller owns the arrays.
 */
export function principalLaw(
  mean: Float64Array,
  covariance: Factored,
  options: { rank?: number; components?: Components },
): GaussianLaw {
  const { dimension } = covariance;
  const correlation = options.components === "correlation";
  const spread = correlation ? spreadOf(covariance) : undefined;
  const G = pivotedCholesky(covariance, spread, Math.min(options.rank ?? dimension, dimension));
  const rank = G.length / dimension;
  // G^T G u = lambda u: then G u / lambda^(1/2) is a unit eigenvector of G G^T for the same lambda.
  const { modes: rotation, variance } = principalAxes(gramOf(G, dimension), rank);
  const modes = new Float64Array(dimension * rank);
  const mode = new Float64Array(dimension);
  const column = new Float64Array(rank);
  for (let k = 0; k < rank; k++) {
    mode.fill(0);
    for (let r = 0; r < rank; r++) column[r] = rotation[r * rank + k];
    addCombination(mode, column, rank, G);
    const norm = Math.sqrt(variance[k]) || 1;
    for (let i = 0; i < dimension; i++) modes[i * rank + k] = mode[i] / norm;
  }
  return { dimension, rank, mean, modes, variance, ...(spread ? { spread } : {}) };
}

/**
 * N(mean, F F^T) for a factor F [dimension, stored] of few columns beside its rows, as of fields in many cells: with
 * D^(-1) F = V diag(lambda)^(1/2) W, the rows of W are the principal axes of F^T D^(-2) F, which is small, and
 * y = W e. All components are those of the whole matrix; `rank` only bounds their number. The caller owns the arrays.
 */
export function factoredLaw(
  mean: Float64Array,
  factor: Float64Array,
  options: { rank?: number; components?: Components },
): GaussianLaw {
  const dimension = mean.length;
  const stored = factor.length / dimension;
  const spread = options.components === "correlation" ? spreadOf({ left: factor, right: factor, dimension, stored }) : undefined; // prettier-ignore
  const scaled = factor.slice();
  if (spread)
    for (let i = 0, at = 0; i < dimension; i++) for (let p = 0; p < stored; p++, at++) scaled[at] /= spread[i];
  const axes = principalAxes(multiply(transposed(scaled, stored), scaled, stored), stored);
  const known = axes.variance.findIndex((v) => !(v > rounding * axes.variance[0]));
  const rank = Math.min(options.rank ?? stored, known < 0 ? stored : known);
  const variance = axes.variance.slice(0, rank);
  const innovations = new Float64Array(rank * stored);
  const turned = new Float64Array(stored * rank);
  for (let k = 0; k < rank; k++) {
    const std = Math.sqrt(variance[k]);
    for (let p = 0; p < stored; p++) {
      const along = (innovations[k * stored + p] = axes.modes[p * stored + k]);
      turned[p * rank + k] = along / std;
    }
  }
  const modes = multiply(scaled, turned, rank);
  return { dimension, rank, mean, modes, variance, innovations, ...(spread ? { spread } : {}) };
}

/** The law with its first `rank` components alone. */
export function leadingPart(law: GaussianLaw, rank: number): GaussianLaw {
  const { dimension, rank: all, innovations } = law;
  const modes = new Float64Array(dimension * rank);
  for (let i = 0, to = 0; i < dimension; i++) {
    for (let k = 0, from = i * all; k < rank; k++, from++, to++) modes[to] = law.modes[from];
  }
  const stored = innovations ? innovations.length / all : 0;
  return {
    ...law,
    rank,
    modes,
    variance: law.variance.subarray(0, rank),
    ...(innovations ? { innovations: innovations.subarray(0, rank * stored) } : {}),
  };
}

/** S_ij. */
function entry({ left, right, stored }: Factored, i: number, j: number): number {
  return scalarProduct(left, i * stored, right, j * stored, stored);
}

/** S_ii^(1/2); 1 where it vanishes but for rounding. */
function spreadOf(S: Factored): Float64Array {
  const variance = Float64Array.from({ length: S.dimension }, (_, i) => entry(S, i, i));
  const largest = variance.reduce((a, b) => Math.max(a, b), 0);
  return variance.map((v) => (v > 1e-12 * largest ? Math.sqrt(v) : 1));
}

/**
 * G [dimension, rank], column by column, with G G^T = diag(s)^(-1) S diag(s)^(-1), up to what is left after so many
 * steps of the Cholesky factorisation with the largest remaining diagonal entry as the next pivot (Harbrecht, Peters &
 * Schneider 2012). It ends early where only rounding is left.
 */
function pivotedCholesky(S: Factored, spread: Float64Array | undefined, most: number): Float64Array {
  const { dimension } = S;
  const unit = spread ?? new Float64Array(dimension).fill(1);
  const remaining = Float64Array.from({ length: dimension }, (_, i) => entry(S, i, i) / unit[i] ** 2);
  const largest = remaining.reduce((a, b) => Math.max(a, b), 0);
  const G = new Float64Array(dimension * most);
  const factors = new Float64Array(most);
  let rank = 0;
  for (; rank < most; rank++) {
    const pivot = remaining.reduce((best, v, i) => (v > remaining[best] ? i : best), 0);
    if (!(remaining[pivot] > rounding * largest)) break;
    const root = Math.sqrt(remaining[pivot]);
    const column = rowAt(G, rank, dimension);
    for (let i = 0; i < dimension; i++) column[i] = entry(S, i, pivot) / (unit[i] * unit[pivot]);
    for (let k = 0; k < rank; k++) factors[k] = -G[k * dimension + pivot];
    addCombination(column, factors, rank, G);
    for (let i = 0; i < dimension; i++) column[i] /= root;
    column[pivot] = root;
    for (let i = 0; i < dimension; i++) remaining[i] -= column[i] ** 2;
    remaining[pivot] = 0;
  }
  return G.subarray(0, rank * dimension);
}

/** G^T G [rank, rank] of G [dimension, rank] given column by column. */
function gramOf(G: Float64Array, dimension: number): Float64Array {
  const rank = G.length / dimension;
  const gram = new Float64Array(rank * rank);
  for (let p = 0; p < rank; p++) {
    for (let q = 0; q <= p; q++) {
      gram[p * rank + q] = gram[q * rank + p] = scalarProduct(G, p * dimension, G, q * dimension, dimension);
    }
  }
  return gram;
}
