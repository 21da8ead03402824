/**
 * Adaptive Runge-Kutta of order 5(4) (Dormand & Prince 1980) for the probability flow, in the variables in which it is
 * smoothest:
 * y = x / alpha against rho = log(sigma / alpha) obeys  dy/drho = -(sigma^2 / alpha) s = y - E[x_0 | x].
 * A step is accepted where the rms over the batch of (difference of the two orders) / (absolute + relative |y|) is
 * below 1. The slope at the end of a step is the first of the next. Times are found from rho by the schedule, in double
 * precision.
 */
import { setImmediate } from "node:timers/promises";
import { tf } from "../graph/tensorflow";
import type { Schedule } from "./schedule";
import type { BoundScore } from "./scheme";
import { noiseLevel } from "./score";

export interface Tolerances {
  /** In network units, at the level of clean data; single precision ends near 1e-6. */
  readonly absolute?: number;
  readonly relative?: number;
  readonly maxSteps?: number;
}

// prettier-ignore
const tableau = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
const nodes = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
/** Weights of order 5 minus those of order 4. */
const difference = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

export interface AdaptiveOptions {
  readonly score: BoundScore;
  readonly schedule: Schedule;
  /** x at tMax [batch, d]; kept. */
  readonly start: tf.Tensor2D;
  readonly tolerances?: Tolerances;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  /** Told the number of score evaluations at the end. */
  readonly onFinished?: (evaluations: number) => void;
}

/** x at tMin [batch, d]; the caller disposes it. Throws where maxSteps do not suffice. */
export async function dormandPrince(options: AdaptiveOptions): Promise<tf.Tensor2D> {
  const { score, schedule, start, signal } = options;
  const { absolute = 1e-5, relative = 1e-5, maxSteps = 1000 } = options.tolerances ?? {};
  if (!(absolute > 0 && relative >= 0)) {
    throw new RangeError(`dormandPrince: tolerances must be positive, got absolute ${absolute}, relative ${relative}`);
  }
  const rhoAt = (t: number): number => Math.log(schedule.sigma(t) / schedule.alpha(t));
  const first = rhoAt(schedule.tMax);
  const last = rhoAt(schedule.tMin);
  let evaluations = 0;
  const slope = (y: tf.Tensor2D, rho: number): tf.Tensor2D =>
    tf.tidy(() => {
      evaluations++;
      const at = noiseLevel(schedule, schedule.timeAt(Math.exp(rho)));
      return score(y.mul(at.alpha), at).mul(at.sigma.square().div(at.alpha).neg());
    });

  let rho = first;
  let h = -0.1;
  let y = tf.tidy(() => start.div<tf.Tensor2D>(schedule.alpha(schedule.tMax)));
  let k0 = slope(y, rho);
  try {
    for (let n = 0; rho > last; n++) {
      signal?.throwIfAborted();
      if (n >= maxSteps) {
        throw new Error(
          `dormandPrince: not at tMin after ${maxSteps} steps (log ratio ${rho} of ${last}); loosen the tolerances`,
        );
      }
      const reaches = rho + h <= last;
      if (reaches) h = last - rho;
      const [yNext, kNext, error] = trial(slope, y, k0, rho, h, { absolute, relative });
      const size = (await error.data())[0];
      error.dispose();
      if (!Number.isFinite(size)) {
        tf.dispose([yNext, kNext]);
        throw new Error(`dormandPrince: the score is not finite near log ratio ${rho}`);
      }
      if (size <= 1) {
        tf.dispose([y, k0]);
        [y, k0] = [yNext, kNext];
        rho = reaches ? last : rho + h;
        options.onProgress?.((first - rho) / (first - last));
      } else {
        tf.dispose([yNext, kNext]);
      }
      h *= Math.min(5, Math.max(0.2, 0.9 * Math.max(size, 1e-10) ** -0.2));
      await setImmediate();
    }
    options.onFinished?.(evaluations);
    return tf.tidy(() => y.mul<tf.Tensor2D>(schedule.alpha(schedule.tMin)));
  } finally {
    tf.dispose([y, k0]);
  }
}

/** y and its slope after a step h from rho, and the error in units of the tolerance; `k0` is the slope at y. */
function trial(
  slope: (y: tf.Tensor2D, rho: number) => tf.Tensor2D,
  y: tf.Tensor2D,
  k0: tf.Tensor2D,
  rho: number,
  h: number,
  { absolute, relative }: { readonly absolute: number; readonly relative: number },
): [tf.Tensor2D, tf.Tensor2D, tf.Scalar] {
  return tf.tidy(() => {
    const k = [k0];
    let stage = y;
    for (let s = 1; s < 7; s++) {
      stage = y.add(weighted(k, tableau[s], h));
      k.push(slope(stage, rho + nodes[s] * h));
    }
    const scale = tf.maximum(y.abs(), stage.abs()).mul(relative).add(absolute);
    const ratio = weighted(k, difference, h).div(scale);
    return [stage, k[6], ratio.square().mean<tf.Scalar>().sqrt()];
  });
}

function weighted(k: readonly tf.Tensor2D[], weights: readonly number[], h: number): tf.Tensor2D {
  return weights
    .map((w, i) => [w, k[i]] as const)
    .filter(([w]) => w !== 0)
    .map(([w, ki]) => ki.mul<tf.Tensor2D>(w * h))
    .reduce((sum, term) => sum.add(term));
}
