/**
 * Euler and Heun steps of the reverse process, from t down to t' = t - dt:
 *
 *   reverse SDE        dx = (f x - g^2 s) dt + g dW      (Anderson 1982)
 *   probability flow   dx = (f x - g^2 s / 2) dt         (Song et al. 2021)
 *
 * Heun: predictor x^ = x - dt F(x, t) + eta z, corrector x' = x - dt (F(x, t) + F(x^, t')) / 2 + eta z, with the same
 * noise z in both. The noise is additive, so eta^2 = integral of g^2 over the step makes mean and variance second
 * order; eta^2 = g(t)^2 dt, the choice of the original study, leaves the variance first order.
 */
import type { tf } from "../graph/tensorflow";
import { type Scheme, combine, levelIn, levelNumbers, perStep } from "./scheme";
import type { Schedule } from "./schedule";

export type Process = "reverse SDE" | "probability flow";
export type NoiseRule = "interval" | "left";

const scoreShare = (process: Process): number => (process === "reverse SDE" ? 1 : 0.5);

/** Integral of g^2 over [next, t]: Simpson's rule, exact for a linear or quadratic g^2. */
function diffusionOver(schedule: Schedule, t: number, next: number): number {
  return ((t - next) / 6) * (schedule.beta(t) + 4 * schedule.beta((t + next) / 2) + schedule.beta(next));
}

/** x' = a x + b s(x, t) + eta z. First order. */
export function euler(process: Process): Scheme {
  const noisy = process === "reverse SDE";
  return {
    evaluations: 1,
    draws: noisy ? 1 : 0,
    memory: 0,
    rows: (schedule, times) =>
      perStep(times, (t, next) => {
        const dt = t - next;
        const beta = schedule.beta(t);
        return {
          ...levelNumbers(schedule, t, "now"),
          a: 1 - schedule.drift(t) * dt,
          b: scoreShare(process) * beta * dt,
          eta: Math.sqrt(beta * dt),
        };
      }),
    step: ([x], row, [z], score) => {
      const { a, b, eta } = row;
      return [combine([a, x], [b, score(x, levelIn(row, "now"))], ...noiseTerm(eta, z))];
    },
  };
}

/** Two evaluations a step; second order (weakly, for the SDE with noise rule "interval"). */
export function heun(process: Process, rule: NoiseRule = "interval"): Scheme {
  const noisy = process === "reverse SDE";
  return {
    evaluations: 2,
    draws: noisy ? 1 : 0,
    memory: 0,
    rows: (schedule, times) =>
      perStep(times, (t, next) => {
        const dt = t - next;
        const [f, fNext] = [schedule.drift(t) * dt, schedule.drift(next) * dt];
        const [b, bNext] = [t, next].map((s) => scoreShare(process) * schedule.beta(s) * dt);
        const eta = Math.sqrt(rule === "left" ? schedule.beta(t) * dt : diffusionOver(schedule, t, next));
        const levels = { ...levelNumbers(schedule, t, "now"), ...levelNumbers(schedule, next, "next") };
        const corrector = { c: 1 - f / 2, cNext: -fNext / 2, d: b / 2, dNext: bNext / 2 };
        return { ...levels, a: 1 - f, b, ...corrector, eta };
      }),
    step: ([x], row, [z], score) => {
      const { a, b, c, cNext, d, dNext, eta } = row;
      const noise = noiseTerm(eta, z);
      const s = score(x, levelIn(row, "now"));
      const predicted = combine([a, x], [b, s], ...noise);
      const sNext = score(predicted, levelIn(row, "next"));
      return [combine([c, x], [cNext, predicted], [d, s], [dNext, sNext], ...noise)];
    },
  };
}

function noiseTerm(eta: tf.Scalar, z: tf.Tensor2D | undefined): (readonly [tf.Scalar, tf.Tensor2D])[] {
  return z ? [[eta, z]] : [];
}
