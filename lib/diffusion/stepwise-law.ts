/**
 * What a sampler with finite steps makes of Gaussian data, without sampling. With an exact Gaussian score every step is affine, mode by mode,
 *   x' = a x + b z + c mu     (mu the mode's mean),
 * so mean and variance of the generated law follow by recursion, m' = a m + c mu, v' = a^2 v + b^2: no Monte-Carlo error, and what separates them
 * from lib/diffusion/prior-mismatch is the time discretisation alone. a, b and c are read off the scheme itself, which is given three rows:
 * (x, z) = (0, 0), (1, 0) and (0, 1), at mu = 1; they have single precision, the recursion double.
 */
import { tf } from "../graph/tensorflow";
import { type EigenGaussian, gaussianScore } from "./exact-score";
import type { GeneratedLaw } from "./prior-mismatch";
import type { Schedule } from "./schedule";
import type { Scheme } from "./scheme";
import { denoised, noiseLevel } from "./score";

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

/** Law that the scheme generates for the Gaussian `law`. Schemes that carry memory from step to step are not covered. */
export function stepwiseLaw(law: EigenGaussian, options: StepwiseOptions): GeneratedLaw {
  const { scheme, schedule, times, start = {}, denoise = true } = options;
  if (scheme.memory > 0) throw new RangeError("stepwiseLaw: a scheme with memory is not one affine map a step");
  const { dimension, rank, mean, modes } = law;
  const [alpha, sigma] = [schedule.alpha(times[0]), schedule.sigma(times[0])];
  const lambda = [...law.variance, 0]; // the last stands for every direction in which the data do not vary
  const maps = followed(lambda, { scheme, schedule, times, denoise });
  const startMean = (i: number): number =>
    start === "matched" ? alpha * mean[i] : start.mean !== undefined ? start.mean[i] : 0;
  const startVariance = (l: number): number =>
    start === "matched" ? alpha * alpha * l + sigma * sigma : (start.variance ?? schedule.priorStd ** 2);
  const biasOf = (map: AffineMap, m: number, mu: number): number => map.gain * m + (map.shift - 1) * mu;
  const varianceOf = (map: AffineMap, l: number): number => map.gain ** 2 * startVariance(l) + map.noise;

  const outside = maps[rank];
  const bias = Float64Array.from(mean, (mu, i) => biasOf(outside, startMean(i), mu));
  const spread = new Float64Array(dimension).fill(varianceOf(outside, 0));
  const modeBias = new Float64Array(rank);
  const modeVariance = new Float64Array(rank);
  for (let k = 0; k < rank; k++) {
    let m = 0;
    let mu = 0;
    for (let i = 0; i < dimension; i++) {
      m += modes[i * rank + k] * startMean(i);
      mu += modes[i * rank + k] * mean[i];
    }
    modeBias[k] = biasOf(maps[k], m, mu);
    modeVariance[k] = varianceOf(maps[k], lambda[k]);
    for (let i = 0; i < dimension; i++) {
      const v = modes[i * rank + k];
      bias[i] += v * (modeBias[k] - biasOf(outside, m, mu));
      spread[i] += v * v * (modeVariance[k] - varianceOf(outside, 0));
    }
  }
  return { modeBias, modeVariance, bias, variance: spread };
}

/** The end is gain * start + shift * mu + noise of variance `noise`. */
interface AffineMap {
  readonly gain: number;
  readonly shift: number;
  readonly noise: number;
}

function followed(
  lambda: readonly number[],
  { scheme, schedule, times, denoise }: Required<Pick<StepwiseOptions, "scheme" | "schedule" | "times" | "denoise">>,
): AffineMap[] {
  const d = lambda.length;
  const score = gaussianScore({
    dimension: d,
    rank: d,
    mean: new Float64Array(d).fill(1),
    modes: Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? 1 : 0)),
    variance: Float64Array.from(lambda),
  });
  const gain = new Float64Array(d).fill(1);
  const shift = new Float64Array(d);
  const noise = new Float64Array(d);
  /** `rows` [2 + draws, d]: images of 0, of x = 1, and of each noise = 1. */
  const advance = (rows: Float32Array): void => {
    for (let k = 0; k < d; k++) {
      const c = rows[k];
      const a = rows[d + k] - c;
      gain[k] *= a;
      shift[k] = a * shift[k] + c;
      noise[k] *= a * a;
      for (let j = 0; j < scheme.draws; j++) noise[k] += (rows[(2 + j) * d + k] - c) ** 2;
    }
  };
  const batch = 2 + scheme.draws;
  const unit = (row: number): tf.Tensor2D => {
    const values = new Float32Array(batch * d);
    if (row < batch) values.fill(1, row * d, (row + 1) * d);
    return tf.tensor2d(values, [batch, d]);
  };
  try {
    for (const row of scheme.rows(schedule, times)) {
      const images = tf.tidy(() => {
        const noises = Array.from({ length: scheme.draws }, (_, j) => unit(2 + j));
        const scalars = row.map((value) => tf.scalar(value));
        return scheme.step([unit(1)], scalars, noises, score)[0].dataSync() as Float32Array;
      });
      advance(images);
    }
    if (denoise) {
      const level = (): ReturnType<typeof noiseLevel> => noiseLevel(schedule, times[times.length - 1]);
      advance(tf.tidy(() => denoised(score, unit(1), level()).dataSync() as Float32Array).slice(0, batch * d));
      // A denoising step draws nothing: its rows for the noises are images of 0 and add none.
    }
  } finally {
    score.dispose();
  }
  return Array.from(gain, (g, k) => ({ gain: g, shift: shift[k], noise: noise[k] }));
}
