/**
 * The stochastic Heun sampler of Karras et al. 2022 (Alg. 2), for any schedule. In the variable y = x / alpha with
 * noise-to-signal ratio r = sigma / alpha, the probability flow is dy/dr = (y - E[x_0]) / r = -sigma s. A step from r
 * to r' < r first adds noise up to r^ = r (1 + min(churn / steps, 2^(1/2) - 1)) where minRatio <= r <= maxRatio, then
 * takes a Heun step of the flow from r^ to r'. Without churn it is a deterministic scheme of order 2. Best with Karras
 * spacing.
 */
import { type Scheme, combine, levelIn, levelNumbers, perStep } from "./scheme";

export function edmHeun({ churn = 0, minRatio = 0, maxRatio = Infinity, noiseScale = 1 } = {}): Scheme {
  if (!(churn >= 0)) throw new RangeError(`edmHeun: churn must not be negative, got ${churn}`);
  return {
    evaluations: 2,
    draws: churn > 0 ? 1 : 0,
    memory: 0,
    rows: (schedule, times) => {
      const ratioMax = schedule.sigma(schedule.tMax) / schedule.alpha(schedule.tMax);
      return perStep(times, (t, next) => {
        const r = schedule.sigma(t) / schedule.alpha(t);
        const gamma = r >= minRatio && r <= maxRatio ? Math.min(churn / (times.length - 1), Math.SQRT2 - 1) : 0;
        // Never above the top level: a network knows no larger noise.
        const raised = Math.max(r, Math.min(r * (1 + gamma), ratioMax));
        const tRaised = gamma > 0 && raised > r ? schedule.timeAt(raised) : t;
        const rHat = schedule.sigma(tRaised) / schedule.alpha(tRaised);
        const [alpha, alphaHat, alphaNext] = [t, tRaised, next].map(schedule.alpha);
        const dr = schedule.sigma(next) / alphaNext - rHat;
        const slope = -alphaNext * dr;
        return {
          ...levelNumbers(schedule, tRaised, "now"),
          ...levelNumbers(schedule, next, "next"),
          lift: alphaHat / alpha,
          eta: alphaHat * noiseScale * Math.sqrt(Math.max(0, rHat * rHat - r * r)),
          a: alphaNext / alphaHat,
          b: slope * schedule.sigma(tRaised),
          bNext: slope * schedule.sigma(next),
        };
      });
    },
    step: ([x], row, [z], score) => {
      const { lift, eta, a, b, bNext } = row;
      const raised = z ? combine([lift, x], [eta, z]) : x;
      const s = score(raised, levelIn(row, "now"));
      const predicted = combine([a, raised], [b, s]);
      const sNext = score(predicted, levelIn(row, "next"));
      return [combine([a, raised], [b.mul(0.5), s], [bNext.mul(0.5), sNext])];
    },
  };
}
