import { dpmSolver } from "../../lib/diffusion/dpm-solver";
import { edmHeun } from "../../lib/diffusion/edm-heun";
import { euler, heun } from "../../lib/diffusion/euler-heun";
import { predictorCorrector } from "../../lib/diffusion/predictor-corrector";
import { generatedLaw } from "../../lib/diffusion/prior-mismatch";
import { type Schedule, sigmaSpace, variancePreserving } from "../../lib/diffusion/schedule";
import { timeGrid } from "../../lib/diffusion/time-grid";
import { assertClose } from "../assert-close";
import { diagonalGaussian, observedOrder, propagate } from "./gaussian-modes";

const law = diagonalGaussian([2, -1], [1.5, 0.3]);
const steps = [48, 96];

// The law that each generates for a Gaussian score, followed without sampling. Started from the matched law where the
// limit is the data's law whatever the amount of noise; from N(0, I) where the closed form says what the limit of that
// very process is.
const sde = { sampler: "reverse SDE", matched: false } as const;
const flow = { sampler: "probability flow", matched: false } as const;
const any = { sampler: "reverse SDE", matched: true } as const;
const table = [
  { name: "reverse SDE, Euler-Maruyama", scheme: euler("reverse SDE"), mean: 1, variance: 1, ...sde },
  { name: "reverse SDE, Heun", scheme: heun("reverse SDE"), mean: 2, variance: 2, ...sde },
  {
    name: "reverse SDE, Heun, noise of the left end",
    scheme: heun("reverse SDE", "left"),
    mean: 2,
    variance: 1,
    ...sde,
  },
  { name: "predictor-corrector", scheme: predictorCorrector(), mean: 1, variance: 1, ...any },
  { name: "probability flow, Euler", scheme: euler("probability flow"), mean: 1, variance: 1, ...flow },
  { name: "probability flow, Heun", scheme: heun("probability flow"), mean: 2, variance: 2, ...flow },
  { name: "EDM Heun", scheme: edmHeun(), mean: 2, variance: 2, ...flow },
  { name: "EDM Heun with churn", scheme: edmHeun({ churn: 3 }), mean: 2, variance: 2, ...any },
  { name: "DPM-Solver++(2M)", scheme: dpmSolver("probability flow"), mean: 2, variance: 2, ...flow },
  { name: "SDE-DPM-Solver++(2M)", scheme: dpmSolver("reverse SDE"), mean: "exact", variance: 2, ...sde },
] as const;

const axes: readonly (readonly [Schedule, "log-ratio" | "quadratic"])[] = [
  [variancePreserving({ betaMax: 3, betaMin: 0.1, tMin: 0.05 }), "log-ratio"],
  [sigmaSpace({ sigmaMin: 0.2, sigmaMax: 5 }), "log-ratio"],
];

for (const [schedule, spacing] of axes) {
  describe(`samplers on the ${schedule.name} axis`, () => {
    for (const { name, scheme, mean, variance, sampler, matched } of table) {
      it(`${name}: mean of order ${mean}, variance of order ${variance} in the step`, () => {
        const [a, s] = [schedule.alpha(schedule.tMax), schedule.sigma(schedule.tMax)];
        const P = schedule.priorStd ** 2;
        const start = matched
          ? { mean: [...law.mean].map((m) => a * m), variance: [...law.variance].map((l) => a * a * l + s * s) }
          : { mean: [0, 0], variance: [P, P] };
        const exact = generatedLaw(law, { schedule, sampler, start: matched ? "matched" : {}, end: "tMin" });
        const results = steps.map((n) => propagate(scheme, schedule, timeGrid(schedule, n, spacing), law, start));
        // Errors summed over the modes: one mode's may change sign on the way down. Where it is exact, rounding is
        // left.
        const errors = (what: "mean" | "variance"): number[] =>
          results.map((result) =>
            [0, 1].reduce((sum, k) => {
              const expected = what === "mean" ? law.mean[k] + exact.modeBias[k] : exact.modeVariance[k];
              return sum + Math.abs(result[what][k] - expected);
            }, 0),
          );
        for (const [what, order] of [
          ["mean", mean],
          ["variance", variance],
        ] as const) {
          // prettier-ignore
          const found = errors(what);
          if (order === "exact" || Math.max(...found) < 5e-6)
            found.forEach((e) => assertClose(what, e, 0, { within: 5e-6 }));
          else
            assertClose(`order of the ${what} (errors ${found.join(", ")})`, observedOrder(steps, found), order, {
              within: 0.35,
            });
        }
      });
    }
  });
}
