/**
 * The conditional Gaussian N(mu(z), S(z)) of the fields given the operating conditions z: the model without a network.
 *
 * Part of the conditions enters the fields affinely (for the published electrode U0 and F_right): with u in [-1, 1] their scaled
 * values and v = (1, u),   x = sum_a v_a r_a,   hence   mu = sum_a v_a m_a(s),   S = sum_ab v_a v_b C_ab(s),
 * where r_a are the responses and s stands for the remaining conditions (the correlation length). m_a(s) is a polynomial fitted to
 * the node means; C_ab(s) is a convex combination of the node covariances, so that S stays positive semi-definite.
 * Covariances are kept in a pooled principal basis B with scales d:  C = B diag(d) K diag(d) B^T, in which all entries of K are
 * of order one and single precision loses nothing. Fields are in network units throughout (one mean and one std per channel).
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Normalisation } from "../ensemble/normalisation";
import { conditionFeatures } from "../ensemble/conditions";
import type { Condition, Problem } from "../transport/problem";
import { legendreProducts, nodeWeights } from "./node-interpolation";
import type { ThirdCumulants } from "./third-cumulants";

/** What a fit stores; plain arrays, so that a model file can hold it. */
export interface GaussianStatistics {
  readonly problem: string;
  readonly cells: number;
  readonly normalisation: Normalisation;
  /** Non-affine features of the nodes [nodes, shapeDimensions], each in [-1, 1]. */
  readonly nodes: Float64Array;
  readonly shapeDimensions: number;
  /** Total degree of the polynomials of the mean. */
  readonly degree: number;
  /** Coefficients of the mean [polynomials, 1 + affine, dimension], network units. */
  readonly mean: Float64Array;
  /** Pooled principal basis [dimension, rank], orthonormal columns, and the scale [rank] of each. */
  readonly basis: Float64Array;
  readonly scale: Float64Array;
  /** Scaled covariances K [nodes, pairs a <= b, rank, rank]. */
  readonly covariance: Float32Array;
  /** What the law has beyond a Gaussian to third order; the law of this file does not use it. */
  readonly cumulants: ThirdCumulants;
}

/** N(mean, modes diag(variance) modes^T) in network units; modes [dimension, rank] row-major, variance descending. */
export interface GaussianLaw {
  readonly dimension: number;
  readonly rank: number;
  readonly mean: Float64Array;
  readonly modes: Float64Array;
  readonly variance: Float64Array;
}

/** Indices of the problem's conditions that enter affinely and of those that do not, in the problem's order. */
export function splitConditions(problem: Problem): { affine: number[]; shape: number[] } {
  const affine: number[] = [];
  const shape: number[] = [];
  problem.conditions.forEach((range, i) => (problem.affineIn.includes(range.name) ? affine : shape).push(i));
  return { affine, shape };
}

/**
 * The law of the fields at a condition. Costs one eigen-decomposition of the size of the basis; `rank` takes only the
 * first directions of the pooled basis, which is enough where only the leading modes are asked for. The caller owns the arrays.
 */
export function gaussianAt(
  statistics: GaussianStatistics,
  problem: Problem,
  condition: Condition,
  options: { rank?: number } = {},
): GaussianLaw {
  if (problem.name !== statistics.problem) {
    throw new RangeError(`gaussianAt: statistics of problem "${statistics.problem}", got problem "${problem.name}"`);
  }
  const { basis, scale } = statistics;
  const features = conditionFeatures(problem, condition);
  const { affine, shape } = splitConditions(problem);
  const v = [1, ...affine.map((i) => features[i])];
  const s = shape.map((i) => features[i]);
  const stored = scale.length;
  const rank = Math.min(stored, options.rank ?? stored);
  const dimension = basis.length / stored;

  const mean = new Float64Array(dimension);
  legendreProducts(s, statistics.degree).forEach((p, k) => {
    v.forEach((va, a) => {
      const offset = (k * v.length + a) * dimension;
      for (let i = 0; i < dimension; i++) mean[i] += p * va * statistics.mean[offset + i];
    });
  });

  const scaled = combinePairs(statistics, v, nodeWeights(statistics.nodes, s), rank);
  for (let i = 0; i < rank; i++) for (let j = 0; j < rank; j++) scaled[i * rank + j] *= scale[i] * scale[j];
  const { modes: rotation, variance } = principalAxes(scaled, rank);

  const modes = new Float64Array(dimension * rank);
  for (let i = 0; i < dimension; i++) {
    for (let r = 0; r < rank; r++) {
      const b = basis[i * stored + r];
      if (b === 0) continue;
      for (let k = 0; k < rank; k++) modes[i * rank + k] += b * rotation[r * rank + k];
    }
  }
  return { dimension, rank, mean, modes, variance };
}

/** sum over nodes and pairs of weight v_a v_b K: the scaled covariance [rank, rank]. */
function combinePairs(
  statistics: GaussianStatistics,
  v: number[],
  weights: Map<number, number>,
  rank: number,
): Float64Array {
  const stored = statistics.scale.length;
  const pairs = (v.length * (v.length + 1)) / 2;
  const total = new Float64Array(rank * rank);
  for (const [node, weight] of weights) {
    let pair = 0;
    for (let a = 0; a < v.length; a++) {
      for (let b = a; b < v.length; b++, pair++) {
        const w = weight * v[a] * v[b];
        for (let i = 0; i < rank; i++) {
          const row = ((node * pairs + pair) * stored + i) * stored;
          for (let j = 0; j < rank; j++) total[i * rank + j] += w * statistics.covariance[row + j];
        }
      }
    }
  }
  return total;
}

/** Eigen-decomposition of a symmetric matrix [n, n], descending; tiny negative variances, which are rounding, become 0. */
export function principalAxes(matrix: Float64Array, n: number): { modes: Float64Array; variance: Float64Array } {
  const rows = Array.from({ length: n }, (_, i) => matrix.subarray(i * n, (i + 1) * n));
  const decomposition = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true });
  const values = decomposition.realEigenvalues;
  const vectors = decomposition.eigenvectorMatrix;
  const order = values.map((_, k) => k).sort((a, b) => values[b] - values[a]);
  const modes = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) modes[i * n + k] = vectors.get(i, order[k]);
  return { modes, variance: Float64Array.from(order, (k) => Math.max(0, values[k])) };
}
