import { tf } from "../../lib/graph/tensorflow";
import { empiricalScore, scoreInPlane } from "../../lib/diffusion/exact-score";
import { euler, heun } from "../../lib/diffusion/euler-heun";
import { generatedLaw } from "../../lib/diffusion/prior-mismatch";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { noiseLevel } from "../../lib/diffusion/score";
import { stepwiseLaw } from "../../lib/diffusion/stepwise-law";
import { timeGrid } from "../../lib/diffusion/time-grid";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { diagonalGaussian, propagate } from "./gaussian-modes";

const mu = [2, -1, 0.5];
const lambda = [1.5, 0.3, 0.02];
const law = diagonalGaussian(mu, lambda);
const schedule = variancePreserving({ betaMax: 3, betaMin: 0.1, tMin: 0.01 });
const ones = { mean: [0, 0, 0], variance: [1, 1, 1] };

describe("law of a sampler with finite steps", () => {
  for (const { name, scheme } of [
    { name: "Euler for the SDE", scheme: euler("reverse SDE") },
    { name: "Heun for the SDE, noise of the left end", scheme: heun("reverse SDE", "left") },
    { name: "Heun for the flow", scheme: heun("probability flow") },
  ]) {
    it(`${name}: mean and variance are those that the steps themselves give`, () => {
      const times = timeGrid(schedule, 20);
      for (const denoise of [false, true]) {
        const followed = propagate(scheme, schedule, times, law, ones, { denoise });
        const { modeBias, modeVariance } = stepwiseLaw(law, { scheme, schedule, times, denoise });
        for (let k = 0; k < 3; k++) {
          // Single precision, 20 steps of numbers of order 2.
          assertClose("mean", mu[k] + modeBias[k], followed.mean[k], { within: 2e-5 });
          assertClose("variance", modeVariance[k], followed.variance[k], { within: 2e-5 });
        }
      }
    });
  }

  it("approaches the closed form as the square of the step", () => {
    const limit = generatedLaw(law, { schedule, sampler: "reverse SDE", end: "tMin, denoised" });
    const error = (steps: number): number => {
      const found = stepwiseLaw(law, { scheme: heun("reverse SDE"), schedule, times: timeGrid(schedule, steps) });
      return Math.abs(found.modeBias[0] - limit.modeBias[0]);
    };
    assertClose("ratio of errors", error(20) / error(40), 4, { within: 1.2 });
  });
});

describe("a score in a plane", () => {
  it("is the ensemble's own where the ensemble lies in that plane", () => {
    const w = Float32Array.from(stream(4).normals(12)); // six members, two coordinates
    const c = Math.SQRT1_2;
    const plane = {
      dimension: 3,
      rank: 2,
      mean: Float64Array.of(0.3, -0.2, 0.1),
      modes: Float64Array.of(c, 0, c, 0, 0, 1),
    };
    const members = Array.from({ length: 6 }, (_, n) => [0.3 + c * w[2 * n], -0.2 + c * w[2 * n], 0.1 + w[2 * n + 1]]);
    const whole = empiricalScore(tf.tensor2d(members));
    const inPlane = scoreInPlane(empiricalScore(tf.tensor2d(w, [6, 2])), plane);
    const x = tf.tensor2d(Float32Array.from(stream(5).normals(12)), [4, 3]);
    for (const t of [0.2, 1]) {
      const level = noiseLevel(schedule, t);
      const [a, b] = [whole(x, level).dataSync(), inPlane(x, level).dataSync()];
      const size = Math.max(...a.map(Math.abs));
      a.forEach((v, k) => assertClose("score", b[k], v, { within: 1e-4 * size }));
    }
  });
});
