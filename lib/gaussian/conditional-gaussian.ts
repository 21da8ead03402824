/**
 * The conditional Gaussian N(mu(z), S(z)) of the fields given the operating conditions z: the model without a network.
 *
 * Part of the conditions enters the fields affinely (for the published electrode U0 and F_right): with u their values
 * in units of half their
 * range and v = (1, u),   x = sum_a v_a r_a,   hence   mu = sum_a v_a m_a(s),   S = sum_ab v_a v_b C_ab(s),
 * where r_a are the responses and s stands for the remaining conditions (the correlation length). m_a(s) is a local
 * polynomial through the means at nodes of s; C_ab(s) is a convex combination of the node covariances, so that S stays
 * positive semi-definite.
 * Covariances are kept in a pooled principal basis B with scales d:  C = B diag(d) K diag(d) B^T,
 * in which all entries of K are of order one and single precision loses nothing. Fields
 * are in network units throughout (one mean and one std per channel).
 *
 * Principal components are those of the covariance, or of the correlation matrix diag(s)^(-1) S diag(s)^(-1), s the
 * spread at each cell:
 * a field x = mu + diag(s) V diag(lambda)^(1/2) y. Near a fixed value the fields hardly vary, and only the latter see
 * how they do there.
 */
import type { Cells } from "../fields/grid";
import type { Normalisation } from "../fields/units";
import { checkModelled, conditionFeatures } from "../ensemble/conditions";
import { affineOf } from "../transport/affine";
import type { Condition, Problem } from "../transport/problem";
import { multiply } from "../numerics/row-products";
import type { GaussianQuality } from "./gaussian-quality";
import { jointFactor, type JointStatistics, weakestLearned } from "./joint-gaussian";
import { nodeWeights, regressionWeights } from "./node-interpolation";
import {
  type Components,
  type Factored,
  factoredLaw,
  type GaussianLaw,
  leadingPart,
  principalLaw,
} from "./principal-law";
import type { ThirdCumulants } from "./stored-cumulants";

export type { Components, GaussianLaw };

/**
 * What a fit stores: covariances of pairs of responses for one correlation length, or the joint law of the responses
 * for any conditions.
 */
export type GaussianStatistics = PairStatistics | JointStatistics;

/** The grid of the fields, as problems take it. */
export const gridCells = ({ along, cells }: GaussianStatistics): Cells => along ?? cells;

/** Plain arrays, so that a model file can hold them. */
export interface PairStatistics {
  readonly kind: "pairs";
  readonly dimension: number;
  readonly quality?: GaussianQuality;
  readonly problem: string;
  /** Of the grid, all axes together. */
  readonly cells: number;
  /** Along each axis, where there are several. */
  readonly along?: readonly number[];
  readonly normalisation: Normalisation;
  /** Non-affine features of the nodes [nodes, shapeDimensions], some a little beyond [-1, 1]. */
  readonly nodes: Float64Array;
  readonly shapeDimensions: number;
  /** Means of the responses at the nodes [nodes, 1 + affine, dimension], network units. */
  readonly mean: Float64Array;
  /**
   * Pooled basis B = diag(spread) V [dimension, rank], V the principal components of the pooled correlation matrix; and
   * the scale [rank] of each.
   */
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

/** Indices of the problem's conditions that enter affinely and of those that do not, in the problem's order. */
export function splitConditions(problem: Problem): { affine: number[]; shape: number[] } {
  const affine: number[] = [];
  const shape: number[] = [];
  const { conditions } = affineOf(problem);
  problem.conditions.forEach((range, i) => (conditions.includes(range.name) ? affine : shape).push(i));
  return { affine, shape };
}

/**
 * v = (1, u). The values are not shifted to the middle of their range: where a condition is near 0 its response leaves
 * the fields, and would otherwise do so by cancelling against a constant, which single precision would not survive.
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
 * The law of the fields at a condition, in principal components of its covariance or correlation matrix. `rank` bounds
 * their number: the first half of them are then those of the whole matrix to well below their own spread, and cost a
 * fraction. The caller owns the arrays.
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
  if (statistics.kind === "joint") {
    const { mean, factor } = jointFactor(statistics, problem, condition);
    const { dimension, lift } = statistics;
    if (lift) return factoredLaw(mean, factor, options); // all columns lie in few directions
    return principalLaw(mean, { left: factor, right: factor, dimension, stored: factor.length / dimension }, options);
  }
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
  return principalLaw(mean, covariance, options);
}

/**
 * The part of a law whose modes are known well enough for a network to learn what they lack. Of the joint law these are
 * the modes of at least some share of the first one's spread: weaker ones come out of the cancellation of fitted
 * numbers, may be off by a factor, and in their units the fields would be far from anything that can be learned. They
 * stay Gaussian.
 */
export function knownPart(statistics: GaussianStatistics, law: GaussianLaw): GaussianLaw {
  if (statistics.kind === "pairs") return law;
  const { variance } = law;
  const least = weakestLearned(statistics) ** 2 * variance[0];
  const known = variance.findIndex((v) => !(v > least));
  return known < 0 ? law : leadingPart(law, known);
}

/** B diag(d) K diag(d) B^T of scaled pooled covariances K. */
function factored({ basis, scale, spread }: PairStatistics, K: Float64Array): Factored {
  const stored = scale.length;
  const dimension = spread.length;
  const left = basis.map((b, at) => b * scale[at % stored]);
  return { left, right: multiply(left, K, stored), dimension, stored };
}

/** sum over nodes and pairs of weight v_a v_b K: the scaled covariance [rank, rank]. */
function combinePairs(statistics: PairStatistics, v: number[], weights: Map<number, number>): Float64Array {
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
