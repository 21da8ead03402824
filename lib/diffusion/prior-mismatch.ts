/**
 * What a perfect score makes of a wrong start. Gaussian data N(mu, S), mode by mode with variance lambda;
 * V(t) = alpha^2 lambda + sigma^2. The reverse process is started at time tMax from N(m, P) instead of N(alpha_1 mu,
 * V_1), and is affine in its start:
 *
 *   reverse SDE        x_t | x_1 is the forward process' own posterior:  gain G = (alpha_1 / alpha_t) V_t / V_1,
 *                      mean alpha_t mu + G (m - alpha_1 mu),   variance V_t + G^2 (P - V_1)
 *   probability flow   a deterministic map:  gain G = (V_t / V_1)^(1/2), same mean,
 *                      variance G^2 P = V_t + G^2 (P - V_1).
 *
 * At t = 0 with m = 0: bias -alpha_1^2 lambda mu / V_1 (SDE), -alpha_1 (lambda / V_1)^(1/2) mu (flow): second against
 * first order in alpha_1. A last denoising step at t replaces x by E[x_0 | x] = mu + (alpha_t lambda / V_t)(x - alpha_t
 * mu): it scales bias and deviation alike.
 */
import type { EigenGaussian } from "./exact-score";
import type { Schedule } from "./schedule";

export interface MismatchOptions {
  readonly schedule: Schedule;
  readonly sampler: "reverse SDE" | "probability flow";
  /**
   * Mean [dimension] (default zero) and variance (one number: isotropic) of the start; default N(0, priorStd^2 I).
   * "matched" has no mismatch.
   */
  readonly start?: "matched" | { readonly mean?: Float64Array; readonly variance?: number };
  /**
   * Where the reverse process ends: at t = 0 (default), or at schedule.tMin, there with or without the last denoising
   * step.
   */
  readonly end?: "zero" | "tMin" | "tMin, denoised";
}

/** Law of the generated fields: its mean minus mu and its variance, by mode and by component of the field. */
export interface GeneratedLaw {
  readonly modeBias: Float64Array;
  readonly modeVariance: Float64Array;
  readonly bias: Float64Array;
  readonly variance: Float64Array;
}

/** Closed form of the generated law for exact-score sampling of the Gaussian `law`, in its units. */
export function generatedLaw(law: EigenGaussian, options: MismatchOptions): GeneratedLaw {
  const { schedule, sampler, start = {}, end = "zero" } = options;
  const { dimension, rank, mean, modes, variance } = law;
  const alpha1 = schedule.alpha(schedule.tMax);
  const sigma1 = schedule.sigma(schedule.tMax);
  const [alpha, sigma] = end === "zero" ? [1, 0] : [schedule.alpha(schedule.tMin), schedule.sigma(schedule.tMin)];
  const startMean = (start !== "matched" && start.mean) || new Float64Array(dimension);
  if (startMean.length !== dimension) {
    throw new RangeError(`generatedLaw: the start's mean must have length ${dimension}, got ${startMean.length}`);
  }
  /** Bias per unit of (start mean - alpha_1 mu) and variance of one mode. */
  const propagate = (lambda: number): { gain: number; variance: number } => {
    const total1 = alpha1 * alpha1 * lambda + sigma1 * sigma1;
    const total = alpha * alpha * lambda + sigma * sigma;
    const P = start === "matched" ? total1 : (start.variance ?? schedule.priorStd ** 2);
    const gain = sampler === "reverse SDE" ? ((alpha1 / alpha) * total) / total1 : Math.sqrt(total / total1);
    const shrink = end === "tMin, denoised" ? (alpha * lambda) / total : 1;
    return { gain: shrink * gain, variance: shrink * shrink * (total + gain * gain * (P - total1)) };
  };
  // Away from the span of the modes lambda = 0.
  const outside = propagate(0);
  const offset = Float64Array.from(mean, (mu, i) => (start === "matched" ? 0 : startMean[i] - alpha1 * mu));
  // Without denoising the process ends at alpha mu + ..., not at mu.
  const truncation = end === "tMin" ? alpha - 1 : 0;
  const bias = Float64Array.from(offset, (d, i) => outside.gain * d + truncation * mean[i]);
  const spread = new Float64Array(dimension).fill(outside.variance);
  const modeBias = new Float64Array(rank);
  const modeVariance = new Float64Array(rank);
  for (let k = 0; k < rank; k++) {
    const { gain, variance: generated } = propagate(variance[k]);
    let along = 0;
    let meanAlong = 0;
    for (let i = 0; i < dimension; i++) {
      along += modes[i * rank + k] * offset[i];
      meanAlong += modes[i * rank + k] * mean[i];
    }
    modeBias[k] = gain * along + truncation * meanAlong;
    modeVariance[k] = generated;
    for (let i = 0; i < dimension; i++) {
      const v = modes[i * rank + k];
      bias[i] += v * (gain - outside.gain) * along;
      spread[i] += v * v * (generated - outside.variance);
    }
  }
  return { modeBias, modeVariance, bias, variance: spread };
}
