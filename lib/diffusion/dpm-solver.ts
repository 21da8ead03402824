/**
 * DPM-Solver++(2M) and its SDE form (Lu et al. 2022): exponential multistep integrators. In lambda = log(alpha / sigma)
 * with step h = lambda' - lambda, h_ the step before, and D = E[x_0 | x] extrapolated to the middle of the step,
 * D~ = D + (h / h_) (D - D_) / 2:
 *
 *   flow         x' = (sigma' / sigma) x + alpha' (1 - e^-h) D~
 *   reverse SDE  x' = (sigma' / sigma) e^-h x + alpha' (1 - e^-2h) D~ + sigma' (1 - e^-2h)^(1/2) z.
 *
 * One score evaluation a step. The linear part is exact, so steps may be long near both ends; best with log-ratio or
 * Karras spacing.
 */
import type { Process } from "./euler-heun";
import { type Scheme, combine, levelIn, levelNumbers, perStep } from "./scheme";

export function dpmSolver(process: Process): Scheme {
  const noisy = process === "reverse SDE";
  return {
    evaluations: 1,
    draws: noisy ? 1 : 0,
    memory: 1, // D of the step before
    rows: (schedule, times) => {
      const lambda = Array.from(times, (t) => Math.log(schedule.alpha(t) / schedule.sigma(t)));
      return perStep(times, (t, next, i) => {
        const h = lambda[i + 1] - lambda[i];
        const power = noisy ? 2 : 1;
        const gain = -schedule.alpha(next) * Math.expm1(-power * h);
        const carry = (schedule.sigma(next) / schedule.sigma(t)) * (noisy ? Math.exp(-h) : 1);
        // the first step has no past: order 1 once
        const extrapolation = i === 0 ? 0 : h / (2 * (lambda[i] - lambda[i - 1]));
        const eta = schedule.sigma(next) * Math.sqrt(-Math.expm1(-2 * h));
        return {
          ...levelNumbers(schedule, t, "now"),
          scale: 1 / schedule.alpha(t),
          spread: schedule.sigma(t) ** 2 / schedule.alpha(t),
          carry,
          now: gain * (1 + extrapolation),
          past: -gain * extrapolation,
          eta,
        };
      });
    },
    step: ([x, before], row, [z], score) => {
      const { scale, spread, carry, now, past, eta } = row;
      const clean = combine([scale, x], [spread, score(x, levelIn(row, "now"))]);
      const next = combine([carry, x], [now, clean], [past, before]);
      return [z ? next.add(z.mul(eta)) : next, clean];
    },
  };
}
