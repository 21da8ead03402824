/**
 * Self-calibration of a flow in whitened modes. At every level of noise and at every condition the true noisy modes are
 * centred and white: E y = 0, E y y^T = I. A network's flow drifts from that. A trial ensemble of N trajectories, in
 * pairs that start at y and -y, measures the drift after each step j,
 *   m_j = mean(y),   C_j = I + D,   D the shrunk estimate of cov(y) - cov(y_start),
 * where the start's own sampling error, which the flow mostly carries along, is taken out. K^2 entries that are mostly
 * noise would roughen every sample more than they correct: diagonal and rest of D are each shrunk to 0 by 1 - (sum of
 * the entries' sampling variances) / (sum of their squares), or wholly where that is negative (James & Stein 1961;
 * Schaefer & Strimmer 2005). From then on y <- C_j^(-1/2) (y - m_j), in the trial ensemble as in every later sample at
 * that condition. Maps that do not bring fields which were held back from them nearer to the known moments are not used
 * (`squaredDrift`):
 * where a flow hardly drifts, what was measured may be chance. Only what the conditional Gaussian knows is imposed, no
 * solver field enters, and given the maps samples are independent. Mean, spread and spectrum of calibrated samples
 * therefore say little about the network; skewness and distances do.
 */
import { symmetricEigen } from "../numerics/linear-algebra";
import { sumOfSquares } from "../numerics/statistics";
import type { Stream } from "../random/stream";

/** Row-major; one entry for each step of the flow. Owned by the caller. */
export interface Calibration {
  /** m_j [steps, K] */
  readonly shift: Float32Array;
  /** C_j^(-1/2) [steps, K, K], symmetric. */
  readonly map: Float32Array;
}

/** The calibration that changes nothing. */
export function noCalibration(steps: number, modes: number): Calibration {
  const map = new Float32Array(steps * modes * modes);
  for (let j = 0; j < steps; j++) for (let k = 0; k < modes; k++) map[(j * modes + k) * modes + k] = 1;
  return { shift: new Float32Array(steps * modes), map };
}

/** Standard normal starts [count, K], the second half the opposites of the first. */
export function antithetic(stream: Stream, count: number, K: number): Float32Array {
  const half = stream.normals((count * K) / 2);
  return Float32Array.from({ length: count * K }, (_, i) => (i < half.length ? half[i] : -half[i - half.length]));
}

/**
 * Mean and C^(-1/2) of trial coordinates y [N, K] that started at `start` [N, K], whose second half are the first
 * half's opposites. Refuses a drift that no correction should hide.
 */
export function measureDrift(
  y: Float32Array,
  start: Float32Array,
  modes: number,
): { shift: Float64Array; map: Float64Array } {
  const shift = meanOf(y, modes);
  const C = shrunk(covarianceDrift(y, start, shift, meanOf(start, modes)), modes);
  for (let k = 0; k < modes; k++) C[k * modes + k] += 1;
  const { values, vectors: U } = symmetricEigen(C, modes);
  const worst = values.find((value) => !(value > 0.1 && value < 10));
  if (worst !== undefined) {
    throw new RangeError(
      `self-calibration: the variance of a combination of modes is ${worst} instead of 1: this flow is not near ` +
        "the data's law. Remedy: train longer, or sample without calibration.",
    );
  }
  const map = new Float64Array(modes * modes);
  for (let i = 0; i < modes; i++) {
    for (let j = 0; j < modes; j++) {
      // from the smallest eigenvalue on
      for (let at = (modes - 1) * modes, k = modes - 1; k >= 0; k--, at -= modes) {
        map[i * modes + j] += (U[at + i] * U[at + j]) / Math.sqrt(values[k]);
      }
    }
  }
  return { shift, map };
}

/**
 * How far the moments of coordinates y [N, K] are from those of the noisy modes, |mean|^2 + |cov(y) - cov(y_start)|^2,
 * less what chance makes of the second (so it may be negative). Pairs as in `measureDrift`.
 */
export function squaredDrift(y: Float32Array, start: Float32Array, modes: number): number {
  const mean = meanOf(y, modes);
  const { drift, variance } = covarianceDrift(y, start, mean, meanOf(start, modes));
  let sum = sumOfSquares(mean);
  for (let i = 0; i < modes; i++) {
    for (let j = 0; j <= i; j++) {
      const at = i * modes + j;
      sum += (i === j ? 1 : 2) * (drift[at] ** 2 - variance[at]);
    }
  }
  return sum;
}

/** (y - shift) map for rows y [N, K], in place. */
export function correct(y: Float32Array, { shift, map }: { shift: Float64Array; map: Float64Array }): void {
  const K = shift.length;
  const row = new Float64Array(K);
  for (let start = 0; start < y.length; start += K) {
    for (let k = 0; k < K; k++) row[k] = y[start + k] - shift[k];
    for (let k = 0; k < K; k++) {
      let sum = 0;
      for (let i = 0; i < K; i++) sum += row[i] * map[i * K + k];
      y[start + k] = sum;
    }
  }
}

function meanOf(y: Float32Array, K: number): Float64Array {
  const mean = new Float64Array(K);
  for (let at = 0; at < y.length; at++) mean[at % K] += y[at];
  return mean.map((sum) => (sum * K) / y.length);
}

/**
 * cov(y) - cov(start) [K, K], lower triangle, and the sampling variance of each of its entries. The two members of an
 * antithetic pair are not independent: the variance is that of their average.
 */
function covarianceDrift(
  y: Float32Array,
  start: Float32Array,
  mean: Float64Array,
  startMean: Float64Array,
): { drift: Float64Array; variance: Float64Array } {
  const K = mean.length;
  const pairs = y.length / K / 2;
  const [drift, square] = [new Float64Array(K * K), new Float64Array(K * K)];
  const centred = (row: Float64Array, values: Float32Array, about: Float64Array, n: number): void => {
    for (let k = 0; k < K; k++) row[k] = values[n * K + k] - about[k];
  };
  const [y1, y2, s1, s2] = Array.from({ length: 4 }, () => new Float64Array(K));
  for (let n = 0; n < pairs; n++) {
    centred(y1, y, mean, n);
    centred(y2, y, mean, n + pairs);
    centred(s1, start, startMean, n);
    centred(s2, start, startMean, n + pairs);
    for (let i = 0; i < K; i++) {
      for (let j = 0; j <= i; j++) {
        const u = 0.5 * (y1[i] * y1[j] - s1[i] * s1[j] + y2[i] * y2[j] - s2[i] * s2[j]);
        drift[i * K + j] += u / pairs;
        square[i * K + j] += (u * u) / pairs;
      }
    }
  }
  const variance = square.map((v, at) => (v - drift[at] ** 2) / (pairs - 1));
  return { drift, variance };
}

/** The symmetric matrix of the shrunk entries. */
function shrunk({ drift, variance }: { drift: Float64Array; variance: Float64Array }, K: number): Float64Array {
  const result = new Float64Array(K * K);
  for (const diagonal of [true, false]) {
    let [noise, size] = [0, 0];
    const each = (f: (i: number, j: number) => void): void => {
      for (let i = 0; i < K; i++) for (let j = diagonal ? i : 0; j < (diagonal ? i + 1 : i); j++) f(i, j);
    };
    each((i, j) => {
      noise += variance[i * K + j];
      size += drift[i * K + j] ** 2;
    });
    const kept = size > noise ? 1 - noise / size : 0;
    each((i, j) => (result[i * K + j] = result[j * K + i] = kept * drift[i * K + j]));
  }
  return result;
}
