/**
 * The principal modes of a conditional Gaussian as the network sees them: rows ordered cell by cell with the channels inside, as a
 * convolution wants them, and the reciprocal spread of the field at each cell.
 */
import type { GaussianLaw, GaussianStatistics } from "../diffusion/conditional-gaussian";
import { thirdCumulantsAt } from "../diffusion/third-cumulants";
import { conditionFeatures } from "../ensemble/conditions";
import type { Condition, Problem } from "../transport/problem";

/** One condition: basis [dimension, K], std [K], inverseSpread [dimension], features [P], cumulants [M^2, K]. */
export interface ModeArrays {
  readonly basis: Float32Array;
  readonly std: Float32Array;
  readonly inverseSpread: Float32Array;
  readonly features: Float32Array;
  readonly cumulants: Float32Array;
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
  return modeGeometry(law, modes, problem.channels.length, conditionFeatures(problem, condition), cumulants);
}

/** The first `modes` modes of a law (channel by channel) in the network's order. A cell without spread has reciprocal 0. */
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
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < cells; i++) {
      const from = channel * cells + i;
      const to = i * channels + channel;
      let total = 0;
      for (let k = 0; k < rank; k++) total += variance[k] * law.modes[from * rank + k] ** 2;
      spread[to] = Math.sqrt(total);
      for (let k = 0; k < modes; k++) basis[to * modes + k] = law.modes[from * rank + k];
    }
  }
  const largest = spread.reduce((a, b) => Math.max(a, b), 0);
  return {
    basis,
    std: Float32Array.from({ length: modes }, (_, k) => Math.sqrt(variance[k])),
    features: Float32Array.from(features),
    inverseSpread: Float32Array.from(spread, (s) => (s > 1e-6 * largest ? 1 / s : 0)),
    cumulants,
  };
}
