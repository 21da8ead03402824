/**
 * The conditional Gaussian N(mu(z), S(z)) of the fields given the operating conditions z: the model without a network.
 *
 * Part of the conditions enters the fields affinely (for the published electrode U0 and F_right): with u their values in units of half their
 * range and v = (1, u),   x = sum_a v_a r_a,   hence   mu = sum_a v_a m_a(s),   S = sum_ab v_a v_b C_ab(s),
 * where r_a are the responses and s stands for the remaining conditions (the correlation length). m_a(s) is a local polynomial through the means at
 * nodes of s; C_ab(s) is a convex combination of the node covariances, so that S stays positive semi-definite.
 * Covariances are kept in a pooled principal basis B with scales d:  C = B diag(d) K diag(d) B^T, in which all entries of K are
 * of order one and single precision loses nothing. Fields are in network units throughout (one mean and one std per channel).
 *
 * Principal components are those of the covariance, or of the correlation matrix diag(s)^(-1) S diag(s)^(-1), s the spread at each cell:
 * a field x = mu + diag(s) V diag(lambda)^(1/2) y. Near a fixed value the fields hardly vary, and only the latter see how they do there.
 */
import type { Normalisation } from "../fields/units";
import { checkModelled, conditionFeatures } from "../ensemble/conditions";
import { affineOf } from "../transport/affine";
import type { Condition, Problem } from "../transport/problem";
import { principalAxes } from "../numerics/linear-algebra";
import { addCombination, multiply, scalarProduct } from "../numerics/row-products";
import { nodeWeights, regressionWeights } from "./node-interpolation";
import type { ThirdCumulants } from "./stored-cumulants";

/** What a fit stores; plain arrays, so that a model file can hold it. */
export interface GaussianStatistics {
  readonly problem: string;
  readonly cells: number;
  readonly normalisation: Normalisation;
  /** Non-affine features of the nodes [nodes, shapeDimensions], some a little beyond [-1, 1]. */
  readonly nodes: Float64Array;
  readonly shapeDimensions: number;
  /** Means of the responses at the nodes [nodes, 1 + affine, dimension], network units. */
  readonly mean: Float64Array;
  /** Pooled basis B = diag(spread) V [dimension, rank], V the principal components of the pooled correlation matrix; and the scale [rank] of each. */
  readonly basis: Float64Array;
  readonly scale: Float64Array;
  /** Spread at each cell, pooled over conditions [dimension]; 0 where the field is certain. */
  readonly spread: Float64Array;
  /** Scaled covariances K [nodes, pairs a <= b, rank, rank]. */
  readonly covariance: Float32Array;
  /** Sum over a channel's cells of Cov(r_a, r_b) [nodes, channels, pairs a <= b]; for a < b both orders together. */
  readonly power: Float64Array;
  /** What the law has beyond a Gaussian to third order; the law of this file does not use it. */
  readonly cumulants: ThirdCumulants;
}

/** What is left of a variance below this share of the largest is rounding of single-precision covariances. */
const rounding = 1e-12;

/** Of what the principal components are taken. */
export type Components = "covariance" | "correlation";

/**
 * N(mean, D modes diag(variance) modes^T D) in network units, D = diag(spread) where it is given and the identity otherwise;
 * modes [dimension, rank] row-major with orthonormal columns, variance descending.
 */
export interface GaussianLaw {
  readonly dimension: number;
  readonly rank: number;
  readonly mean: Float64Array;
  readonly modes: Float64Array;
  readonly variance: Float64Array;
  /** Spread at each cell [dimension], 1 where the field is certain; given for the components of the correlation matrix. */
  readonly spread?: Float64Array;
}

/** Indices of the problem's conditions that enter affinely and of those that do not, in the problem's order. */
export function splitConditions(problem: Problem): { affine: number[]; shape: number[] } {
  const affine: number[] = [];
  const shape: number[] = [];
  const { conditions } = affineOf(problem);
  problem.conditions.forEach((range, i) => (conditions.includes(range.name) ? affine : shape).push(i));
  return { affine, shape };
}

/**
 * v = (1, u). The values are not shifted to the middle of their range: where a condition is near 0 its response leaves the fields, and would otherwise
 * do so by cancelling against a constant, which single precision would not survive.
 */
export function affineValues(problem: Problem, condition: Condition): number[] {
  return [
    1,
    ...splitConditions(problem).affine.map(
      (index) => affineUnit(problem, index) * condition[problem.conditions[index].name],
    ),
  ];
}

/** u = affineUnit * value. */
function affineUnit(problem: Problem, index: number): number {
  const { min, max } = problem.conditions[index];
  return 2 / (max - min);
}

/**
 * The law of the fields at a condition, in principal components of its covariance or correlation matrix. `rank` bounds their number: the first half
 * of them are then those of the whole matrix to well below their own spread, and cost a fraction. The caller owns the arrays.
 */
export function gaussianAt(
  statistics: GaussianStatistics,
  problem: Problem,
  condition: Condition,
  options: { rank?: number; components?: Components } = {},
): GaussianLaw {
  if (problem.name !== statistics.problem) {
    throw new RangeError(`gaussianAt: statistics of problem "${statistics.problem}", got problem "${problem.name}"`);
  }
  checkModelled(problem, condition);
  const features = conditionFeatures(problem, condition);
  const { shape } = splitConditions(problem);
  const v = affineValues(problem, condition);
  const s = shape.map((i) => features[i]);
  const dimension = statistics.spread.length;

  const mean = new Float64Array(dimension);
  for (const [node, weight] of regressionWeights(statistics.nodes, s)) {
    v.forEach((va, a) => {
      const offset = (node * v.length + a) * dimension;
      for (let i = 0; i < dimension; i++) mean[i] += weight * va * statistics.mean[offset + i];
    });
  }

  const covariance = factored(statistics, combinePairs(statistics, v, nodeWeights(statistics.nodes, s)));
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

/** S = left right^T, both [dimension, stored]. */
interface Factored {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly dimension: number;
  readonly stored: number;
}

/** B diag(d) K diag(d) B^T of scaled pooled covariances K. */
function factored({ basis, scale, spread }: GaussianStatistics, K: Float64Array): Factored {
  const stored = scale.length;
  const dimension = spread.length;
  const left = basis.map((b, at) => b * scale[at % stored]);
  return { left, right: multiply(left, K, stored), dimension, stored };
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
 * G [dimension, rank], column by column, with G G^T = diag(s)^(-1) S diag(s)^(-1), up to what is left after so many steps of the Cholesky
 * factorisation with the largest remaining diagonal entry as the next pivot (Harbrecht, Peters & Schneider 2012). It ends early where only rounding
 * is left.
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
    const column = G.subarray(rank * dimension, (rank + 1) * dimension);
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

/** sum over nodes and pairs of weight v_a v_b K: the scaled covariance [rank, rank]. */
function combinePairs(statistics: GaussianStatistics, v: number[], weights: Map<number, number>): Float64Array {
  const rank = statistics.scale.length;
  const pairs = (v.length * (v.length + 1)) / 2;
  const total = new Float64Array(rank * rank);
  for (const [node, weight] of weights) {
    let pair = 0;
    for (let a = 0; a < v.length; a++) {
      for (let b = a; b < v.length; b++, pair++) {
        const w = weight * v[a] * v[b];
        const offset = (node * pairs + pair) * rank * rank;
        for (let k = 0; k < total.length; k++) total[k] += w * statistics.covariance[offset + k];
      }
    }
  }
  return total;
}
