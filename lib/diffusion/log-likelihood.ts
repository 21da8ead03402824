/**
 * Log density of fields under a score, by following the probability flow from tMin up to tMax (Chen et al. 2018; Song
 * et al. 2021). In the variables of the adaptive sampler, y = x / alpha and rho = log(sigma / alpha):
 *
 *   dy/drho = v = -(sigma^2 / alpha) s(alpha y),   d log p(y) / drho = -div v = sigma^2 tr(ds/dx),
 *   log p_tMin(x) = log p_tMax(x_1) + d (log alpha_1 - log alpha_0) - integral of sigma^2 tr(ds/dx) drho.
 *
 * The trace is exact: the diagonal of the Jacobian by reverse differentiation of every component, d evaluations a
 * field. Classical Runge-Kutta of order 4, equidistant in rho. The result is the density of x_0 with the noise of tMin,
 * in network units.
 */
import { setImmediate } from "node:timers/promises";
import { tf } from "../graph/tensorflow";
import type { Schedule } from "./schedule";
import { type NoiseLevel, type Score, noiseLevel } from "./score";
import { type Start, startLaw } from "./start";

export interface LikelihoodOptions {
  readonly score: Score;
  readonly schedule: Schedule;
  /** Law at tMax. "matched moments" is exact for Gaussian data. */
  readonly start: Start;
  readonly steps?: number;
  /** Rows differentiated at once; bounds the memory. */
  readonly rowsAtOnce?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
}

/** Natural logarithm of the density at each row of x [count, dimension]. */
export async function logLikelihood(x: tf.Tensor2D, options: LikelihoodOptions): Promise<Float64Array> {
  const { score, schedule, steps = 64, rowsAtOnce = 4096, signal } = options;
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`logLikelihood: steps must be a positive integer, got ${steps}`);
  }
  const [count, dimension] = x.shape;
  const { tMin, tMax } = schedule;
  const rhoAt = (t: number): number => Math.log(schedule.sigma(t) / schedule.alpha(t));
  const [from, to] = [rhoAt(tMin), rhoAt(tMax)];
  const h = (to - from) / steps;
  /** v [count, d] and sigma^2 tr(ds/dx) [count, 1]. */
  const slopes = (y: tf.Tensor2D, rho: number): [tf.Tensor2D, tf.Tensor2D] =>
    tf.tidy(() => {
      const at = noiseLevel(schedule, schedule.timeAt(Math.exp(rho)));
      const field = y.mul<tf.Tensor2D>(at.alpha);
      const variance = at.sigma.square();
      const velocity = score(field, at).mul<tf.Tensor2D>(variance.div(at.alpha).neg());
      return [velocity, jacobianTrace(score, field, at, rowsAtOnce).mul(variance)];
    });

  let y: tf.Tensor2D = tf.tidy(() => x.div(schedule.alpha(tMin)));
  const gained = new Float64Array(count);
  const start = startLaw(options.start, schedule, dimension);
  try {
    for (let n = 0; n < steps; n++) {
      signal?.throwIfAborted();
      const rho = from + n * h;
      const [next, rate] = tf.tidy(() => {
        const [v1, g1] = slopes(y, rho);
        const [v2, g2] = slopes(y.add(v1.mul(h / 2)), rho + h / 2);
        const [v3, g3] = slopes(y.add(v2.mul(h / 2)), rho + h / 2);
        const [v4, g4] = slopes(y.add(v3.mul(h)), rho + h);
        const mean = <T extends tf.Tensor>(a: T, b: T, c: T, d: T): T =>
          a
            .add<T>(b.mul(2))
            .add<T>(c.mul(2))
            .add<T>(d)
            .mul(1 / 6);
        return [y.add<tf.Tensor2D>(mean(v1, v2, v3, v4).mul(h)), mean(g1, g2, g3, g4)];
      });
      y.dispose();
      y = next;
      const values = await rate.data();
      rate.dispose();
      for (let i = 0; i < count; i++) gained[i] += h * values[i]; // summed in double precision
      options.onProgress?.((n + 1) / steps);
      await setImmediate();
    }
    const last = tf.tidy(() => y.mul(schedule.alpha(tMax)));
    const values = Float64Array.from(await last.data());
    last.dispose();
    const volume = dimension * Math.log(schedule.alpha(tMax) / schedule.alpha(tMin));
    return start.logDensity(values).map((logDensity, i) => logDensity + volume - gained[i]);
  } finally {
    y.dispose();
    start.dispose();
  }
}

/** tr(ds/dx) of each row [count, 1]: every row is repeated once for each component that is differentiated. */
function jacobianTrace(score: Score, x: tf.Tensor2D, at: NoiseLevel, rowsAtOnce: number): tf.Tensor2D {
  const [count, d] = x.shape;
  const perChunk = Math.max(1, Math.floor(rowsAtOnce / d));
  const traces: tf.Tensor2D[] = [];
  for (let first = 0; first < count; first += perChunk) {
    const n = Math.min(perChunk, count - first);
    traces.push(
      tf.tidy(() => {
        const component = tf.eye(d).tile([n, 1]);
        const repeated = x
          .slice([first, 0], [n, d])
          .expandDims(1)
          .tile([1, d, 1])
          .reshape<tf.Tensor2D>([n * d, d]);
        const rows = tf.grad((z: tf.Tensor) =>
          score(z as tf.Tensor2D, at)
            .mul(component)
            .sum(),
        )(repeated);
        return rows
          .mul(component)
          .reshape([n, d * d])
          .sum<tf.Tensor2D>(1, true);
      }),
    );
  }
  return tf.concat2d(traces, 0);
}
