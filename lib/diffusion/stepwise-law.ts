/**
 * What a sampler with finite steps makes of Gaussian data, without sampling. With an exact Gaussian score every step is
 * affine and the modes do not mix, so that the generated law follows mode by mode (propagated-law.ts): no Monte-Carlo
 * error, and what separates it from prior-mismatch.ts is the time discretisation alone. Away from the span of the modes
 * the data do not vary, and every component of the field goes one and the same way,
 *   x -> g x + h mu + noise of variance n.
 */
import type { EigenGaussian } from "./exact-score";
import type { GeneratedLaw } from "./prior-mismatch";
import { denoisedLaw, propagatedLaw, type ModeLaw } from "./propagated-law";
import type { Schedule } from "./schedule";
import type { Scheme } from "./scheme";

export interface StepwiseOptions {
  readonly scheme: Scheme;
  readonly schedule: Schedule;
  /** Descending; see timeGrid. */
  readonly times: ArrayLike<number>;
  /** Start N(mean, variance I); default N(0, priorStd^2 I). "matched" starts where the forward process arrives. */
  readonly start?: "matched" | { readonly mean?: Float64Array; readonly variance?: number };
  /** End with E[x_0 | x]; default true. */
  readonly denoise?: boolean;
}

/** Law that the scheme generates for the Gaussian `law`. */
export function stepwiseLaw(law: EigenGaussian, options: StepwiseOptions): GeneratedLaw {
  const { scheme, schedule, times, start = {}, denoise = true } = options;
  const { dimension, rank, mean, modes } = law;
  const [alpha, sigma] = [schedule.alpha(times[0]), schedule.sigma(times[0])];
  const startMean = Float64Array.from(mean, (mu, i) => (start === "matched" ? alpha * mu : (start.mean?.[i] ?? 0)));
  const startVariance = (lambda: number): number =>
    start === "matched" ? alpha * alpha * lambda + sigma * sigma : (start.variance ?? schedule.priorStd ** 2);
  const along = (x: Float64Array): Float64Array =>
    Float64Array.from({ length: rank }, (_, k) => x.reduce((sum, v, i) => sum + modes[i * rank + k] * v, 0));

  // Behind the modes two directions without variance, which tell g (from 1 to 0) and h (from 0 to 1).
  const data: ModeLaw = { mean: joined(along(mean), 0, 1), variance: joined(law.variance, 0, 0) };
  const from: ModeLaw = { mean: joined(along(startMean), 1, 0), variance: data.variance.map(startVariance) };
  const end = propagatedLaw(scheme, schedule, times, data, from);
  const generated = denoise ? denoisedLaw(end, data, schedule, times[times.length - 1]) : end;

  const [g, h, outside] = [generated.mean[rank], generated.mean[rank + 1], generated.variance[rank]];
  const biasOutside = (x: number, mu: number): number => g * x + (h - 1) * mu;
  const modeBias = generated.mean.slice(0, rank).map((m, k) => m - data.mean[k]);
  const modeVariance = generated.variance.slice(0, rank);
  const bias = mean.map((mu, i) => biasOutside(startMean[i], mu));
  const spread = new Float64Array(dimension).fill(outside);
  for (let k = 0; k < rank; k++) {
    const beyond = modeBias[k] - biasOutside(from.mean[k], data.mean[k]);
    for (let i = 0; i < dimension; i++) {
      const v = modes[i * rank + k];
      bias[i] += v * beyond;
      spread[i] += v * v * (modeVariance[k] - outside);
    }
  }
  return { modeBias, modeVariance, bias, variance: spread };
}

const joined = (x: Float64Array, ...more: number[]): Float64Array => Float64Array.from([...x, ...more]);
