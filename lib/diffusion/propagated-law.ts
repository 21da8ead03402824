/**
 * The law that a sampler generates from the exact score of Gaussian data, followed without drawing anything. In the
 * data's principal modes the score is affine and the modes do not mix, so a step of any scheme is, mode by mode,
 *   y' = A y + B z + c,   y = (x, memory),  z ~ N(0, I) the step's noises,
 * and mean and covariance obey  m' = A m + c,  P' = A P A^T + B B^T.
 * A, B and c are read off the library's own step, evaluated at the unit vectors in single precision; m and P are
 * carried in double. So a sampler's error is known to about 1e-6 of a standard deviation.
 *
 * Distance of two Gaussians with common modes (Wasserstein-2):  W^2 = |m - m'|^2 + sum_k (s_k - s'_k)^2,
 * s_k the standard deviations.
 */
import { tf } from "../graph/tensorflow";
import { rowAt } from "../numerics/rows";
import type { NoiseLevel } from "./score";
import type { Schedule } from "./schedule";
import { type BoundScore, scalars, type Scheme } from "./scheme";

/** Means and variances of independent modes. */
export interface ModeLaw {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Score of N(alpha mean, alpha^2 variance + sigma^2) with a mean for each row, [rows, modes]. */
function modeScore(mean: tf.Tensor2D, variance: tf.Tensor2D): BoundScore {
  return (x: tf.Tensor2D, { alpha, sigma }: NoiseLevel) => {
    const total = variance.mul(alpha.square()).add(sigma.square());
    return x.sub(mean.mul(alpha)).div<tf.Tensor2D>(total).neg();
  };
}

/** The forward process' own law at time t. */
export function noisedLaw({ mean, variance }: ModeLaw, schedule: Schedule, t: number): ModeLaw {
  const [a, s] = [schedule.alpha(t), schedule.sigma(t)];
  return { mean: mean.map((m) => a * m), variance: variance.map((v) => a * a * v + s * s) };
}

/** x -> E[x_0 | x] at time t, applied to a law. */
export function denoisedLaw(law: ModeLaw, data: ModeLaw, schedule: Schedule, t: number): ModeLaw {
  const [a, s] = [schedule.alpha(t), schedule.sigma(t)];
  const gain = data.variance.map((v) => (a * v) / (a * a * v + s * s));
  return {
    mean: law.mean.map((m, k) => data.mean[k] + gain[k] * (m - a * data.mean[k])),
    variance: law.variance.map((v, k) => gain[k] * gain[k] * v),
  };
}

/** What `scheme` makes of `start` on the grid `times`, for data of law `data`; before any last denoising step. */
export function propagatedLaw(
  scheme: Scheme,
  schedule: Schedule,
  times: ArrayLike<number>,
  data: ModeLaw,
  start: ModeLaw,
): ModeLaw {
  const d = data.mean.length;
  if ([data.variance, start.mean, start.variance].some((v) => v.length !== d)) {
    throw new RangeError(`propagatedLaw: data and start need mean and variance of each of the ${d} modes`);
  }
  const size = 1 + scheme.memory;
  const rows = 1 + size + scheme.draws; // from zero; from each unit of the state; from each unit of noise
  const table = scheme.rows(schedule, times);
  const m = new Float64Array(size * d);
  const P = new Float64Array(size * size * d); // [mode, size, size]
  m.set(start.mean);
  for (let k = 0; k < d; k++) P[k * size * size] = start.variance[k];
  const unit = (row: number): tf.Tensor2D =>
    tf.tensor2d(
      Float32Array.from({ length: rows * d }, (_, i) => (Math.floor(i / d) === row ? 1 : 0)),
      [rows, d],
    );
  const state = Array.from({ length: size }, (_, j) => unit(1 + j));
  const noise = Array.from({ length: scheme.draws }, (_, j) => unit(1 + size + j));
  // Only the row that starts from zero knows the mean: the others give A and B alone, without a difference.
  const means = tf.tensor2d(
    Float32Array.from({ length: rows * d }, (_, i) => (i < d ? data.mean[i] : 0)),
    [rows, d],
  );
  const variance = tf.tensor2d(Float32Array.from(data.variance), [1, d]);
  try {
    const score = modeScore(means, variance);
    for (const row of table) {
      const images = tf.tidy(() => {
        return tf.stack(scheme.step(state, scalars(row), noise, score));
      });
      advance(images.dataSync<"float32">(), m, P, { d, size, draws: scheme.draws });
      images.dispose();
    }
  } finally {
    tf.dispose([...state, ...noise, means, variance]);
  }
  return {
    mean: m.slice(0, d),
    variance: Float64Array.from({ length: d }, (_, k) => P[k * size * size]),
  };
}

/**
 * m <- A m + c and P <- A P A^T + B B^T from the images [size, rows, d] of zero, the state's units and the noise's
 * units.
 */
function advance(
  images: Float32Array,
  m: Float64Array,
  P: Float64Array,
  { d, size, draws }: { d: number; size: number; draws: number },
): void {
  const rows = 1 + size + draws;
  const at = (i: number, row: number, k: number): number => images[(i * rows + row) * d + k];
  const next = new Float64Array(size);
  const AP = new Float64Array(size * size);
  const Q = new Float64Array(size * size);
  for (let k = 0; k < d; k++) {
    const own = rowAt(P, k, size * size);
    for (let i = 0; i < size; i++) {
      next[i] = at(i, 0, k);
      for (let j = 0; j < size; j++) next[i] += at(i, 1 + j, k) * m[j * d + k];
      for (let j = 0; j < size; j++) {
        AP[i * size + j] = 0;
        for (let l = 0; l < size; l++) AP[i * size + j] += at(i, 1 + l, k) * own[l * size + j];
      }
    }
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        Q[i * size + j] = 0;
        for (let l = 0; l < size; l++) Q[i * size + j] += AP[i * size + l] * at(j, 1 + l, k);
        for (let r = 0; r < draws; r++) Q[i * size + j] += at(i, 1 + size + r, k) * at(j, 1 + size + r, k);
      }
    }
    for (let i = 0; i < size; i++) m[i * d + k] = next[i];
    own.set(Q);
  }
}

export interface LawDistance {
  /** |m - m'|_2, |s - s'|_2 and the root of their sum of squares, each over the reference's |s'|_2. */
  readonly mean: number;
  readonly spread: number;
  readonly total: number;
}

export function lawDistance(law: ModeLaw, reference: ModeLaw): LawDistance {
  const norm = Math.sqrt(reference.variance.reduce((a, b) => a + b, 0));
  const length = (value: (k: number) => number): number =>
    Math.sqrt(reference.mean.reduce((sum, _, k) => sum + value(k) ** 2, 0)) / norm;
  const mean = length((k) => law.mean[k] - reference.mean[k]);
  const spread = length((k) => Math.sqrt(law.variance[k]) - Math.sqrt(reference.variance[k]));
  return { mean, spread, total: Math.hypot(mean, spread) };
}
