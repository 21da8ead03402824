/** The one loop over the steps of a scheme: it owns iteration, memory and the event loop's turn. */
import { setImmediate } from "node:timers/promises";
import { tf } from "../graph/tensorflow";
import type { BoundScore, Scheme } from "./scheme";

export interface Integration {
  readonly scheme: Scheme;
  /** Coefficients of each step, from scheme.rows. */
  readonly rows: readonly (readonly number[])[];
  /** [batch, d]; kept. */
  readonly start: tf.Tensor2D;
  readonly score: BoundScore;
  /** The j-th standard normal tensor [batch, d] of step i. */
  readonly noise: (step: number, j: number) => tf.Tensor2D;
  readonly signal?: AbortSignal;
  /** Receives the finished fraction. */
  readonly onProgress?: (fraction: number) => void;
}

/** Runs all steps and returns x at the last time [batch, d]; the caller disposes it. Aborting throws the signal's reason. */
export async function integrate({
  scheme,
  rows,
  start,
  score,
  noise,
  signal,
  onProgress,
}: Integration): Promise<tf.Tensor2D> {
  let state = [start.clone(), ...Array.from({ length: scheme.memory }, () => tf.zerosLike(start))];
  try {
    for (let i = 0; i < rows.length; i++) {
      signal?.throwIfAborted();
      const next = tf.tidy(() =>
        scheme.step(
          state,
          rows[i].map((value) => tf.scalar(value)),
          Array.from({ length: scheme.draws }, (_, j) => noise(i, j)),
          score,
        ),
      );
      tf.dispose(state);
      state = next;
      onProgress?.((i + 1) / rows.length);
      await setImmediate();
    }
    return state[0].clone();
  } finally {
    tf.dispose(state);
  }
}
