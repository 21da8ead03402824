import { denoisedLaw, lawDistance, type ModeLaw, noisedLaw, propagatedLaw } from "../../lib/diffusion/propagated-law";
import { dpmSolver } from "../../lib/diffusion/dpm-solver";
import { edmHeun } from "../../lib/diffusion/edm-heun";
import { heun } from "../../lib/diffusion/euler-heun";
import { predictorCorrector } from "../../lib/diffusion/predictor-corrector";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { timeGrid } from "../../lib/diffusion/time-grid";
import { assertClose } from "../assert-close";
import { diagonalGaussian, propagate } from "./gaussian-modes";

const schedule = variancePreserving({ betaMax: 3, tMin: 0.01 });
const data: ModeLaw = { mean: Float64Array.of(2, -1, 0.3), variance: Float64Array.of(1.5, 0.3, 1e-4) };
const start = noisedLaw(data, schedule, 1);

describe("the law that a sampler generates from an exact Gaussian score", () => {
  for (const { name, scheme } of [
    { name: "Heun, reverse SDE", scheme: heun("reverse SDE") },
    { name: "Heun, flow", scheme: heun("probability flow") },
    { name: "predictor-corrector", scheme: predictorCorrector({ corrections: 2 }) },
    { name: "EDM Heun with churn", scheme: edmHeun({ churn: 3 }) },
    { name: "SDE-DPM-Solver++(2M), which remembers a step", scheme: dpmSolver("reverse SDE") },
  ]) {
    it(`${name}: recursion of mean and covariance agrees with following each noise to the end`, () => {
      const times = timeGrid(schedule, 12, "log-ratio");
      const got = propagatedLaw(scheme, schedule, times, data, start);
      const law = diagonalGaussian([...data.mean], [...data.variance]);
      const plain = propagate(scheme, schedule, times, law, { mean: [...start.mean], variance: [...start.variance] });
      data.mean.forEach((_, k) => {
        assertClose(`mean of mode ${k}`, got.mean[k], plain.mean[k], { within: 2e-5 });
        assertClose(`variance of mode ${k}`, got.variance[k], plain.variance[k], { within: 2e-5 });
      });
    });
  }

  it("the exact process stopped at tMin and denoised loses lambda sigma^2 / (alpha^2 lambda + sigma^2) of each variance", () => {
    const end = denoisedLaw(noisedLaw(data, schedule, schedule.tMin), data, schedule, schedule.tMin);
    const [a, s] = [schedule.alpha(schedule.tMin), schedule.sigma(schedule.tMin)];
    data.variance.forEach((v, k) => {
      assertClose("mean", end.mean[k], data.mean[k], { within: 1e-14 });
      assertClose("variance", v - end.variance[k], (v * s * s) / (a * a * v + s * s), { within: 1e-14 });
    });
  });

  it("distance: means and spreads in units of the reference's spread", () => {
    const law = { mean: Float64Array.of(3, 0), variance: Float64Array.of(9, 16) };
    const moved = { mean: Float64Array.of(3, 2), variance: Float64Array.of(16, 16) };
    const { mean, spread, total } = lawDistance(moved, law);
    assertClose("mean", mean, 2 / 5, { within: 1e-15 });
    assertClose("spread", spread, 1 / 5, { within: 1e-15 });
    assertClose("total", total, Math.sqrt(5) / 5, { within: 1e-15 });
  });

  it("a start variance that is 10 % off is seen, not absorbed", () => {
    const times = timeGrid(schedule, 200, "log-ratio");
    const wide = { mean: start.mean, variance: start.variance.map((v) => 1.1 * v) };
    const [right, wrong] = [start, wide].map(
      (from) =>
        lawDistance(
          propagatedLaw(heun("probability flow"), schedule, times, data, from),
          noisedLaw(data, schedule, schedule.tMin),
        ).spread,
    );
    // the flow hands a factor of the start's deviation on: sqrt(1.1) - 1
    assertClose("spread", wrong, Math.sqrt(1.1) - 1, { within: 2 * right + 1e-5 });
  });
});
