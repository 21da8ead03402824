/**
 * The principal modes of a conditional Gaussian as the network sees them: rows ordered cell by cell with the channels
 * inside, as a convolution wants them, and the reciprocal spread of the field at each cell, in the units of the modes.
 *
 * White noise in network units has the same variance in every cell: its modes are those of the covariance. Noise that
 * is graded by mode may be added in any modes: there those of the correlation matrix serve, which resolve the fields
 * where they vary least.
 */
import type { Components, GaussianLaw, GaussianStatistics } from "../gaussian/conditional-gaussian";
import { responseDirectionCount, responseDirections } from "../gaussian/response-directions";
import { thirdCumulantsAt } from "../gaussian/third-cumulants";
import { encodedCondition, encodedCount } from "../ensemble/conditions";
import { cellByCell } from "../fields/shape";
import type { Condition, Problem } from "../transport/problem";

/** One condition: basis [dimension, K], std [K], inverseSpread [dimension], features [P], cumulants [M^2, K]. */
export interface ModeArrays {
  readonly basis: Float32Array;
  readonly std: Float32Array;
  readonly inverseSpread: Float32Array;
  readonly features: Float32Array;
  readonly cumulants: Float32Array;
}

/** Rates of the angles [K]: tan theta_k = rate_k s / lambda_1^(1/2), rate_k = (lambda_1 / lambda_k)^(gamma / 2). */
export function angleRates({ std }: ModeArrays, gamma: number): Float64Array {
  return Float64Array.from(std, (own) => (std[0] / own) ** gamma);
}

/** M: the modes whose products skew all others; those beyond add little and are known less well. */
export const skewingModes = (modes: number): number => Math.min(16, modes);

/** All that the network is told of the modes at a condition; `law` is the conditional Gaussian there. */
export function modeArraysAt(
  statistics: GaussianStatistics,
  problem: Problem,
  condition: Condition,
  law: GaussianLaw,
  modes: number,
): ModeArrays {
  const cumulants = thirdCumulantsAt(statistics, problem, condition, law, { modes, innerModes: skewingModes(modes) });
  return modeGeometry(law, modes, problem.channels.length, networkFeatures(statistics, problem, condition), cumulants);
}

/** The components for noise of a grading gamma, see lib/model/mode-angles. */
export const componentsFor = (gamma: number): Components => (gamma === 1 ? "covariance" : "correlation");

/** What a network of modes is told of its condition: the scaled values, and what the fields are made of there. */
function networkFeatures(statistics: GaussianStatistics, problem: Problem, condition: Condition): number[] {
  return [...encodedCondition(problem, condition), ...responseDirections(statistics, problem, condition)];
}

/** The length of `networkFeatures`. */
export function networkFeatureCount(problem: Problem): number {
  return encodedCount(problem) + responseDirectionCount(problem);
}

/**
 * The first `modes` modes of a law (channel by channel) in the network's order. A cell without spread has reciprocal 0.
 * Modes that the law does not have are zeros with the spread of its last: whatever their coordinates, they are no part
 * of a field.
 */
export function modeGeometry(
  law: GaussianLaw,
  modes: number,
  channels: number,
  features: readonly number[],
  cumulants: Float32Array,
): ModeArrays {
  const { dimension, rank, variance } = law;
  const cells = dimension / channels;
  const basis = new Float32Array(dimension * modes);
  const spread = new Float64Array(dimension);
  for (let i = 0; i < dimension; i++) {
    const to = cellByCell(i, channels, cells);
    let total = 0;
    for (let k = 0; k < rank; k++) total += variance[k] * law.modes[i * rank + k] ** 2;
    spread[to] = Math.sqrt(total);
    for (let k = 0; k < Math.min(modes, rank); k++) basis[to * modes + k] = law.modes[i * rank + k];
  }
  const largest = spread.reduce((a, b) => Math.max(a, b), 0);
  return {
    basis,
    std: Float32Array.from({ length: modes }, (_, k) => Math.sqrt(variance[Math.min(k, rank - 1)])),
    features: Float32Array.from(features),
    inverseSpread: Float32Array.from(spread, (s) => (s > 1e-6 * largest ? 1 / s : 0)),
    cumulants,
  };
}
