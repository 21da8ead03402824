/**
 * What a trained velocity F loses of the variance, and the linear term that gives it back. Along the true flow every
 * whitened mode keeps the variance 1,
 *   d E[y_k^2] / dtheta_k = 2 E[y_k F_k] = 0  at every level of noise.
 * A trained network comes near that. What is left adds up over the levels, most in weak modes, which then come out some
 * per cent too narrow, by much the same at all conditions whose law is skewed. So one number for each mode and level
 * makes it vanish on average over conditions z,
 *   F'_k = F_k + t c_k(u) y_k,   c_k = -sum_z t d_k / sum_z t^2,   d_k(z) = E[y_k F_k] / E[y_k^2],
 *   t = |T|^2 / (1 + |T|^2),
 * with T the third cumulants. It is measured level by level on trial fields that themselves go along with F'. Between
 * levels c_k is linear in u = log s, and for Gaussian data (t = 0) nothing changes. No solver's field enters, and no
 * condition at which fields are asked for.
 */
import { rowAt } from "../numerics/rows";
import type { Stream } from "../random/stream";
import { adamsCoefficients } from "./flow-steps";
import { flowVelocity } from "./flow-velocity";
import { angleRates, type ModeArrays } from "./mode-geometry";
import { logLevels, skewedness } from "./mode-velocity";
import { antithetic } from "./self-calibration";
import type { TrainedModes } from "./trained-modes";

export interface TermOptions {
  /** Trial fields at each condition, an even number. */
  readonly count: number;
  /** Levels of noise at which the drift is measured. Default 20. */
  readonly levels?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * c [levels, K] at levels equidistant in log s over the trained range, from the largest down. Cost: levels x conditions
 * x count evaluations. Condition i draws its trial fields from stream.child(i).
 */
export async function measureVarianceTerm(
  trained: TrainedModes,
  conditions: readonly ModeArrays[],
  stream: Stream,
  { count, levels = 20, onProgress, signal }: TermOptions,
): Promise<Float32Array> {
  const { modes: K, range, gamma } = trained;
  const u = logLevels(range, levels);
  const term = new Float32Array(levels * K);
  const velocity = flowVelocity(trained, count);
  const clouds = conditions.map((arrays, i) => {
    const [y, size] = [antithetic(stream.child(i), count, K), skewedness(arrays)];
    const rates = angleRates(arrays, gamma);
    return { arrays, size, rates, y, before: new Float32Array(count * K), older: new Float32Array(count * K) };
  });
  const scale = clouds.reduce((sum, { size }) => sum + size ** 2, 0);
  try {
    for (let j = 0; j < levels; j++) {
      const c = rowAt(term, j, K);
      const found: Float32Array[] = [];
      for (const { arrays, size, rates, y } of clouds) {
        signal?.throwIfAborted();
        const F = await velocity.at(arrays, y, u[j], rates);
        found.push(F);
        if (scale > 0) shares(y, F, K).forEach((d, k) => (c[k] -= (size * d) / scale));
      }
      clouds.forEach(({ size, rates, y, before, older }, i) => {
        const F = found[i];
        const steps = Array.from(rates, (rate) => adamsCoefficients(u, j, rate));
        for (let at = 0; at < y.length; at++) {
          const [now, then, earlier] = steps[at % K];
          F[at] += c[at % K] * size * y[at];
          y[at] += now * F[at] + then * before[at] + earlier * older[at];
        }
        older.set(before);
        before.set(F);
      });
      onProgress?.(j + 1, levels);
    }
  } finally {
    velocity.dispose();
  }
  return term;
}

/** E[y_k F_k] / E[y_k^2] for rows y and F [n, K]. */
function shares(y: Float32Array, F: Float32Array, K: number): Float64Array {
  const [product, square] = [new Float64Array(K), new Float64Array(K)];
  for (let at = 0; at < y.length; at++) {
    product[at % K] += y[at] * F[at];
    square[at % K] += y[at] ** 2;
  }
  return product.map((p, k) => p / square[k]);
}
