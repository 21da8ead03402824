/**
 * Self-calibration of a flow in whitened modes. At every level of noise and at every condition the true noisy modes are centred and
 * white: E y = 0, E y y^T = I. A network's flow drifts from that. A trial ensemble of N trajectories, in pairs that start at y and -y,
 * measures the drift after each step j,
 *   m_j = mean(y),   C_j = I + cov(y) - cov(y_start),
 * where the start's own sampling error, which the flow mostly carries along, is taken out; from then on y <- C_j^(-1/2) (y - m_j), in the trial ensemble as in every
 * later sample at that condition. Only what the conditional Gaussian knows is imposed, no solver field enters, and given the maps samples are
 * independent. Mean, spread and spectrum of calibrated samples therefore say little about the network; skewness and distances do.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

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

/** Mean and C^(-1/2) of trial coordinates y [N, K] that started at `start` [N, K]. Refuses a drift that no correction should hide. */
export function measureDrift(
  y: Float32Array,
  start: Float32Array,
  modes: number,
): { shift: Float64Array; map: Float64Array } {
  const { mean: shift, covariance } = secondMoments(y, modes);
  const initial = secondMoments(start, modes).covariance;
  const C = covariance.map((v, i) => v - initial[i] + (i % (modes + 1) === 0 ? 1 : 0));
  const rows = Array.from({ length: modes }, (_, k) => C.subarray(k * modes, (k + 1) * modes));
  const { realEigenvalues, eigenvectorMatrix: U } = new EigenvalueDecomposition(new Matrix(rows), {
    assumeSymmetric: true,
  });
  const worst = realEigenvalues.find((value) => !(value > 0.1 && value < 10));
  if (worst !== undefined) {
    throw new RangeError(
      `self-calibration: the variance of a combination of modes is ${worst} instead of 1: this flow is not near the data's law. ` +
        "Remedy: train longer, or sample without calibration.",
    );
  }
  const map = new Float64Array(modes * modes);
  for (let i = 0; i < modes; i++) {
    for (let j = 0; j < modes; j++) {
      for (let k = 0; k < modes; k++) map[i * modes + j] += (U.get(i, k) * U.get(j, k)) / Math.sqrt(realEigenvalues[k]);
    }
  }
  return { shift, map };
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

function secondMoments(y: Float32Array, K: number): { mean: Float64Array; covariance: Float64Array } {
  const N = y.length / K;
  const mean = new Float64Array(K);
  const covariance = new Float64Array(K * K);
  for (let n = 0; n < N; n++) {
    for (let i = 0; i < K; i++) {
      const yi = y[n * K + i];
      mean[i] += yi / N;
      for (let j = 0; j <= i; j++) covariance[i * K + j] += (yi * y[n * K + j]) / N;
    }
  }
  for (let i = 0; i < K; i++) {
    for (let j = 0; j <= i; j++) {
      covariance[i * K + j] -= mean[i] * mean[j];
      covariance[j * K + i] = covariance[i * K + j];
    }
  }
  return { mean, covariance };
}
