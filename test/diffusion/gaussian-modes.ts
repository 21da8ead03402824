/**
 * A sampler applied to a Gaussian score is affine, x' = A x + B z + c, mode by mode. Following the affine map instead
 * of samples gives mean and variance of the generated law without sampling error: one row of the batch starts at zero,
 * one at the offset one, and each noise tensor enters a row of its own.
 */
import { tf } from "../../lib/graph/tensorflow";
import { type EigenGaussian, gaussianScore } from "../../lib/diffusion/exact-score";
import type { Schedule } from "../../lib/diffusion/schedule";
import { scalars, type Scheme } from "../../lib/diffusion/scheme";
import { denoised, noiseLevel } from "../../lib/diffusion/score";

/** Independent modes with these means and variances, in the standard basis. */
export function diagonalGaussian(mean: readonly number[], variance: readonly number[]): EigenGaussian {
  const d = mean.length;
  const modes = Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0));
  return { dimension: d, rank: d, mean: Float64Array.from(mean), modes, variance: Float64Array.from(variance) };
}

export interface Propagated {
  readonly mean: number[];
  readonly variance: number[];
}

/** Mean and variance of each mode that `scheme` generates from a start of given mean and variance (per mode). */
export function propagate(
  scheme: Scheme,
  schedule: Schedule,
  times: ArrayLike<number>,
  law: EigenGaussian,
  start: Propagated,
  { denoise = false } = {},
): Propagated {
  const d = law.dimension;
  const steps = times.length - 1;
  const noises = steps * scheme.draws;
  // Rows: the mean; the response to a unit of the start; the response to a unit of each noise tensor.
  const batch = 2 + noises;
  return tf.tidy(() => {
    const score = gaussianScore(law);
    const rows = scheme.rows(schedule, times);
    const first = [start.mean, start.mean.map((m) => m + 1), ...Array<number[]>(noises).fill([...start.mean])];
    let state: tf.Tensor2D[] = [tf.tensor2d(first, [batch, d])];
    for (let k = 0; k < scheme.memory; k++) state.push(tf.zeros([batch, d]));
    for (let i = 0; i < steps; i++) {
      state = tf.tidy(() => {
        const noise = Array.from({ length: scheme.draws }, (_, j) => {
          const z = new Float32Array(batch * d);
          z.fill(1, (2 + i * scheme.draws + j) * d, (3 + i * scheme.draws + j) * d);
          return tf.tensor2d(z, [batch, d]);
        });
        return scheme.step(state, scalars(rows[i]), noise, score);
      });
    }
    const end = denoise ? denoised(score, state[0], noiseLevel(schedule, times[steps])) : state[0];
    const values = end.arraySync();
    score.dispose();
    const mean = values[0];
    const variance = mean.map((m, k) =>
      values.slice(1).reduce((sum, row, r) => sum + (row[k] - m) ** 2 * (r === 0 ? start.variance[k] : 1), 0),
    );
    return { mean, variance };
  });
}

/** Least-squares slope of log(error) against log(step). */
export function observedOrder(steps: readonly number[], errors: readonly number[]): number {
  const x = steps.map((n) => -Math.log(n));
  const y = errors.map(Math.log);
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  return x.reduce((sum, xi, i) => sum + (xi - mx) * (y[i] - my), 0) / x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0);
}
