import assert from "node:assert";
import { heun } from "../../lib/diffusion/euler-heun";
import { generatedLaw } from "../../lib/diffusion/prior-mismatch";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { timeGrid } from "../../lib/diffusion/time-grid";
import { assertClose } from "../assert-close";
import { diagonalGaussian, propagate } from "./gaussian-modes";

const mu = [2, -1, 0.5];
const lambda = [1.5, 0.3, 0.02];
const law = diagonalGaussian(mu, lambda);

describe("prior mismatch", () => {
  for (const betaMax of [3, 20]) {
    const schedule = variancePreserving({ betaMax });
    const [a, v] = [schedule.alpha(1), schedule.sigma(1) ** 2];

    it(`started from N(0, I) at beta_max = ${betaMax} the reverse SDE has bias -a^2 S (a^2 S + v)^-1 mu`, () => {
      const { bias, variance } = generatedLaw(law, { schedule, sampler: "reverse SDE" });
      mu.forEach((m, k) => {
        const total = a * a * lambda[k] + v;
        assertClose("bias", bias[k], (-a * a * lambda[k] * m) / total, { within: 1e-14 });
        const expected = lambda[k] + ((a * lambda[k]) / total) ** 2 * (1 - total);
        assertClose("variance", variance[k], expected, { within: 1e-14 });
      });
    });

    it(`and the probability flow -a S^(1/2) (a^2 S + v)^(-1/2) mu, variance S / (a^2 S + v)`, () => {
      const { bias, variance } = generatedLaw(law, { schedule, sampler: "probability flow" });
      mu.forEach((m, k) => {
        const total = a * a * lambda[k] + v;
        assertClose("bias", bias[k], -a * Math.sqrt(lambda[k] / total) * m, { within: 1e-14 });
        assertClose("variance", variance[k], lambda[k] / total, { within: 1e-14 });
      });
    });

    it(`at beta_max = ${betaMax} a matched start leaves no bias and the right variance`, () => {
      for (const sampler of ["reverse SDE", "probability flow"] as const) {
        const { bias, variance } = generatedLaw(law, { schedule, sampler, start: "matched" });
        lambda.forEach((l, k) => {
          assertClose("bias", bias[k], 0, { within: 0 });
          assertClose("variance", variance[k], l, { within: 1e-15 });
        });
      }
    });
  }

  // The closed form against the samplers themselves, taken to the limit of small steps (Richardson for the second-order
  // ones).
  const schedule = variancePreserving({ betaMax: 3, betaMin: 0.1, tMin: 0.01 });
  const ones = { mean: [0, 0, 0], variance: [1, 1, 1] };
  for (const sampler of ["reverse SDE", "probability flow"] as const) {
    for (const end of ["tMin", "tMin, denoised"] as const) {
      it(`the ${sampler} integrated to ${end} generates mean and variance of the closed form`, () => {
        const run = (steps: number): ReturnType<typeof propagate> =>
          propagate(heun(sampler), schedule, timeGrid(schedule, steps, "log-ratio"), law, ones, {
            denoise: end === "tMin, denoised",
          });
        const [coarse, fine] = [run(60), run(120)];
        const expected = generatedLaw(law, { schedule, sampler, end });
        for (let k = 0; k < 3; k++) {
          const limit = (what: "mean" | "variance"): number => (4 * fine[what][k] - coarse[what][k]) / 3;
          assertClose("mean", limit("mean"), mu[k] + expected.modeBias[k], { within: 3e-5 });
          assertClose("variance", limit("variance"), expected.modeVariance[k], { within: 3e-5 });
        }
      });
    }
  }

  it("the formula of one sampler does not pass for the other", () => {
    const sde = generatedLaw(law, { schedule, sampler: "reverse SDE", end: "tMin" });
    const flow = propagate(heun("probability flow"), schedule, timeGrid(schedule, 60, "log-ratio"), law, ones);
    assert(Math.abs(flow.mean[0] - mu[0] - sde.modeBias[0]) > 0.1);
  });

  it("in a rotated basis gives the rotated bias, and none where the data do not vary", () => {
    const c = Math.SQRT1_2;
    const rotated = {
      dimension: 2,
      rank: 1,
      mean: Float64Array.of(1, 0),
      modes: Float64Array.of(c, c),
      variance: Float64Array.of(0.8),
    };
    const { bias, variance } = generatedLaw(rotated, { schedule, sampler: "reverse SDE" });
    const [a2, v] = [schedule.alpha(1) ** 2, schedule.sigma(1) ** 2];
    const along = (-a2 * 0.8 * c) / (a2 * 0.8 + v);
    assertClose("bias 0", bias[0], along * c, { within: 1e-14 });
    assertClose("bias 1", bias[1], along * c, { within: 1e-14 });
    assertClose("variance", variance[0], variance[1], { within: 1e-14 });
  });
});
