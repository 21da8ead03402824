/**
 * The score s(x, t) = grad log p_t(x) of the noised data, the one quantity that samplers ask for. Equivalent forms,
 * with x = alpha x_0 + sigma z:
 *
 *   E[z | x] = -sigma s,    E[x_0 | x] = (x + sigma^2 s) / alpha   (Tweedie).
 *
 * A score is a function of tensors made of plain tensor operations, so that it runs eagerly, differentiates, and can be
 * recorded into a graph.
 */
import { tf } from "../graph/tensorflow";
import type { Schedule } from "./schedule";

/** The schedule at one time, as scalars; x_t = alpha x_0 + sigma z. */
export interface NoiseLevel {
  readonly t: tf.Scalar;
  readonly beta: tf.Scalar;
  readonly alpha: tf.Scalar;
  readonly sigma: tf.Scalar;
}

export type Constants = Readonly<Record<string, tf.Tensor>>;

/**
 * x [batch, dimension] in network units -> score [batch, dimension]. A plain function (x, at) => ... is a Score when it
 * captures numbers only; a score that needs tensors (weights, matrices) declares them as `constants` and takes them as
 * third argument: see `withConstants`.
 */
export interface Score {
  (x: tf.Tensor2D, at: NoiseLevel, constants?: Constants): tf.Tensor2D;
  readonly constants?: Constants;
}

/** A score that owns tensors. `dispose` releases them. */
export interface ResidentScore extends Score {
  readonly constants: Constants;
  dispose(): void;
}

/**
 * Binds `constants` to a score: a call without them uses these; a compiled loop hands in its own resident copies. Takes
 * ownership of them.
 */
export function withConstants<C extends Constants>(
  constants: C,
  evaluate: (x: tf.Tensor2D, at: NoiseLevel, constants: C) => tf.Tensor2D,
): ResidentScore {
  Object.values(constants).forEach((tensor) => tf.keep(tensor));
  const score = (x: tf.Tensor2D, at: NoiseLevel, given?: Constants): tf.Tensor2D =>
    evaluate(x, at, (given ?? constants) as C);
  return Object.assign(score, { constants, dispose: () => tf.dispose(Object.values(constants)) });
}

/** The four scalars at time t. The caller disposes them (or is inside tf.tidy). */
export function noiseLevel(schedule: Schedule, t: number): NoiseLevel {
  return {
    t: tf.scalar(t),
    beta: tf.scalar(schedule.beta(t)),
    alpha: tf.scalar(schedule.alpha(t)),
    sigma: tf.scalar(schedule.sigma(t)),
  };
}

/** E[x_0 | x], the mean of the clean data given the noised ones. */
export function denoised(score: Score, x: tf.Tensor2D, at: NoiseLevel, constants?: Constants): tf.Tensor2D {
  return x.add(score(x, at, constants).mul(at.sigma.square())).div(at.alpha);
}
