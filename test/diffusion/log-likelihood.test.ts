import { type EigenGaussian, gaussianScore } from "../../lib/diffusion/exact-score";
import { logLikelihood } from "../../lib/diffusion/log-likelihood";
import { type Schedule, sigmaSpace, variancePreserving } from "../../lib/diffusion/schedule";
import { matchedTo } from "../../lib/diffusion/start";
import { tf } from "../../lib/graph/tensorflow";
import { assertClose } from "../assert-close";
import { diagonalGaussian } from "./gaussian-modes";
import { gaussianMixtureScore } from "./gaussian-mixture";

const normal = (law: EigenGaussian, x: ArrayLike<number>, schedule: Schedule): number => {
  const [a, s] = [schedule.alpha(schedule.tMin), schedule.sigma(schedule.tMin)];
  return law.variance.reduce((sum, l, k) => {
    const total = a * a * l + s * s;
    return sum - 0.5 * ((x[k] - a * law.mean[k]) ** 2 / total + Math.log(2 * Math.PI * total));
  }, 0);
};

describe("log-likelihood along the flow", () => {
  const law = diagonalGaussian([1, -2, 0.5], [0.5, 0.04, 2]);
  const rows = [[1, -2, 0.5], [0.3, -1.9, 2], [2.5, -2.5, -1]]; // prettier-ignore
  for (const schedule of [variancePreserving(), sigmaSpace({ sigmaMin: 0.01, sigmaMax: 10 })]) {
    it(`equals the closed form for a Gaussian (${schedule.name}, beta ${schedule.beta(schedule.tMax)})`, async () => {
      const score = gaussianScore(law);
      const x = tf.tensor2d(rows);
      const got = await logLikelihood(x, { score, schedule, start: matchedTo(law), steps: 96, rowsAtOnce: 6 });
      rows.forEach((row, i) => assertClose("log density", got[i], normal(law, row, schedule), { within: 2e-4 }));
      score.dispose();
      x.dispose();
    });
  }

  it("of a mixture of two narrow Gaussians equals its logarithm, between and at the modes", async () => {
    const schedule = variancePreserving({ betaMax: 20, tMin: 1e-3 });
    const laws = [diagonalGaussian([1, 0], [0.05, 0.1]), diagonalGaussian([-1, 0.5], [0.1, 0.05])];
    const score = gaussianMixtureScore(laws.map((component) => ({ weight: 1, law: component })));
    const points = [[1, 0], [-0.9, 0.4], [0.1, 0.2]]; // prettier-ignore
    const x = tf.tensor2d(points);
    const got = await logLikelihood(x, { score, schedule, start: { law: "standard normal" }, steps: 48 });
    points.forEach((point, i) => {
      const expected = Math.log(
        laws.reduce((sum, component) => sum + 0.5 * Math.exp(normal(component, point, schedule)), 0),
      );
      // N(0, I) is not quite the law at t = 1: its mean and variance differ by alpha^2 = 4.5e-5 and alpha = 7e-3
      assertClose("log density", got[i], expected, { within: 0.02 });
    });
    score.dispose();
    x.dispose();
  });
});
