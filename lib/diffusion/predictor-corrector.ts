/**
 * Predictor-corrector sampling (Song et al. 2021, Alg. 1 and 4): an Euler-Maruyama step of the reverse SDE to t', then
 * Langevin steps x <- x + eps s(x, t') + (2 eps)^(1/2) z, which leave the law at t' (nearly) in place and pull an
 * erroneous one towards it. Here eps = strength g(t)^2 dt / 2: the corrector spends as much noise as the predictor
 * times `strength`, its own discretisation error vanishes with the step, and the scheme keeps order 1 (the
 * signal-to-noise rule of the reference leaves a fixed error).
 */
import { type Scheme, combine, levelIn, levelNumbers, perStep } from "./scheme";

export function predictorCorrector({ corrections = 1, strength = 1 } = {}): Scheme {
  if (!Number.isInteger(corrections) || corrections < 1) {
    throw new RangeError(`predictorCorrector: corrections must be a positive integer, got ${corrections}`);
  }
  if (!(strength > 0)) throw new RangeError(`predictorCorrector: strength must be positive, got ${strength}`);
  return {
    evaluations: 1 + corrections,
    draws: 1 + corrections,
    memory: 0,
    rows: (schedule, times) =>
      perStep(times, (t, next) => {
        const dt = t - next;
        const spent = schedule.beta(t) * dt;
        const eps = (strength * spent) / 2;
        return {
          ...levelNumbers(schedule, t, "now"),
          ...levelNumbers(schedule, next, "next"),
          a: 1 - schedule.drift(t) * dt,
          b: spent,
          eta: Math.sqrt(spent),
          eps,
          amplitude: Math.sqrt(2 * eps),
        };
      }),
    step: ([x], row, [z, ...corrective], score) => {
      const { a, b, eta, eps, amplitude } = row;
      let y = combine([a, x], [b, score(x, levelIn(row, "now"))], [eta, z]);
      for (const w of corrective) y = y.add(combine([eps, score(y, levelIn(row, "next"))], [amplitude, w]));
      return [y];
    },
  };
}
