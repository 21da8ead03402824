/**
 * One step of a sampler, as a pure function of tensors. Everything that depends on time is a number: it is computed
 * beforehand in double precision (differences of times and noise levels lose nothing) and handed to the step as a row
 * of scalars. So the same step runs eagerly, inside a compiled loop, and in a test that follows its coefficients.
 */
import { tf } from "../graph/tensorflow";
import type { Schedule } from "./schedule";
import type { NoiseLevel } from "./score";

/** The numbers of one step by their names; those of a noise level are called "now.t", "now.beta" and so on. */
export type Row<T> = Readonly<Record<string, T>>;

/** A score whose constants are bound. */
export type BoundScore = (x: tf.Tensor2D, at: NoiseLevel) => tf.Tensor2D;

export interface Scheme {
  /** Score evaluations and normal tensors [batch, d] per step. */
  readonly evaluations: number;
  readonly draws: number;
  /** Tensors [batch, d] carried from step to step beside x; they start as zeros. */
  readonly memory: number;
  /** One row of numbers for each step, all of the same names. `times` descend. */
  rows(schedule: Schedule, times: ArrayLike<number>): Row<number>[];
  /** state [x, ...memory] -> the state at the next time. */
  step(
    state: readonly tf.Tensor2D[],
    row: Row<tf.Scalar>,
    noise: readonly tf.Tensor2D[],
    score: BoundScore,
  ): tf.Tensor2D[];
}

/** The two noise levels that a step may evaluate the score at. */
export type End = "now" | "next";

/** The four numbers of a noise level, as they stand in a row. */
export function levelNumbers(schedule: Schedule, t: number, end: End): Row<number> {
  const { beta, alpha, sigma } = schedule;
  return { [`${end}.t`]: t, [`${end}.beta`]: beta(t), [`${end}.alpha`]: alpha(t), [`${end}.sigma`]: sigma(t) };
}

/** That noise level, read from the row. */
export function levelIn(row: Row<tf.Scalar>, end: End): NoiseLevel {
  return { t: row[`${end}.t`], beta: row[`${end}.beta`], alpha: row[`${end}.alpha`], sigma: row[`${end}.sigma`] };
}

/** A row as scalars, for an eager step; the caller is inside tf.tidy. */
export function scalars(row: Row<number>): Row<tf.Scalar> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, tf.scalar(value)]));
}

/** One row per step, made from the times at its two ends. */
export function perStep(
  times: ArrayLike<number>,
  row: (t: number, next: number, i: number) => Row<number>,
): Row<number>[] {
  return Array.from({ length: times.length - 1 }, (_, i) => row(times[i], times[i + 1], i));
}

/** sum_k a_k x_k; the scalars may come from a row. */
export function combine(...terms: readonly (readonly [tf.Scalar, tf.Tensor2D])[]): tf.Tensor2D {
  return terms.map(([a, x]) => x.mul<tf.Tensor2D>(a)).reduce((sum, term) => sum.add(term));
}
