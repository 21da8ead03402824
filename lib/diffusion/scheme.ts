/**
 * One step of a sampler, as a pure function of tensors. Everything that depends on time is a number: it is computed
 * beforehand in double precision (differences of times and noise levels lose nothing) and handed to the step as a row
 * of scalars. So the same step runs eagerly, inside a compiled loop, and in a test that follows its coefficients.
 */
import { tf } from "../graph/tensorflow";
import type { Schedule } from "./schedule";
import type { NoiseLevel } from "./score";

/** A score whose constants are bound. */
export type BoundScore = (x: tf.Tensor2D, at: NoiseLevel) => tf.Tensor2D;

export interface Scheme {
  /** Score evaluations and normal tensors [batch, d] per step. */
  readonly evaluations: number;
  readonly draws: number;
  /** Tensors [batch, d] carried from step to step beside x; they start as zeros. */
  readonly memory: number;
  /** One row of numbers for each step, all of one length. `times` descend. */
  rows(schedule: Schedule, times: ArrayLike<number>): number[][];
  /** state [x, ...memory] -> the state at the next time. */
  step(
    state: readonly tf.Tensor2D[],
    row: readonly tf.Scalar[],
    noise: readonly tf.Tensor2D[],
    score: BoundScore,
  ): tf.Tensor2D[];
}

/** The four numbers of a noise level, as they stand in a row. */
export function levelNumbers(schedule: Schedule, t: number): number[] {
  return [t, schedule.beta(t), schedule.alpha(t), schedule.sigma(t)];
}

/** The noise level that begins at `offset` in a row. */
export function levelIn(row: readonly tf.Scalar[], offset: number): NoiseLevel {
  const [t, beta, alpha, sigma] = row.slice(offset, offset + 4);
  return { t, beta, alpha, sigma };
}

/** One row per step, made from the times at its two ends. */
export function perStep(times: ArrayLike<number>, row: (t: number, next: number, i: number) => number[]): number[][] {
  return Array.from({ length: times.length - 1 }, (_, i) => row(times[i], times[i + 1], i));
}

/** sum_k a_k x_k; the scalars may come from a row. */
export function combine(...terms: readonly (readonly [tf.Scalar, tf.Tensor2D])[]): tf.Tensor2D {
  return terms.map(([a, x]) => x.mul<tf.Tensor2D>(a)).reduce((sum, term) => sum.add(term));
}
