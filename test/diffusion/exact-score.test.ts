import assert from "node:assert";
import { type EigenGaussian, empiricalScore, gaussianScore } from "../../lib/diffusion/exact-score";
import { noised } from "../../lib/diffusion/noising";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { type ResidentScore, noiseLevel } from "../../lib/diffusion/score";
import { tf } from "../../lib/graph/tensorflow";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { gaussianMixtureScore } from "./gaussian-mixture";

/**
 * Denoising score matching (Vincent 2011). With x_t = alpha x_0 + sigma z, the conditional score is
 * -z / sigma, and
 *
 *   E | s(x_t, t) + z / sigma |^2 w(t)   is smallest at the true score, for every weight w > 0.
 *
 * Two targets are in use: the score itself with weight sigma^2 (so that all levels weigh alike: the loss equals |sigma
 * s + z|^2), and the noise, F = E[z | x_t] = -sigma s, with weight 1. They are the same loss in different units; their
 * sum over the dimension is (dimension) at s = 0.
 */
type MatchingTarget = "score" | "noise";

/** The regression target [batch, dimension] and the weight of its squared error (a scalar or [batch, 1]). */
function matchingTarget(
  kind: MatchingTarget,
  z: tf.Tensor2D,
  sigma: tf.Tensor,
): { target: tf.Tensor2D; weight: tf.Tensor } {
  return kind === "score"
    ? { target: z.neg().div(sigma), weight: sigma.square() }
    : { target: z, weight: tf.scalar(1) };
}

/** Mean over batch and dimension of weight |output - target|^2. */
function matchingLoss(output: tf.Tensor2D, target: tf.Tensor2D, weight: tf.Tensor): tf.Scalar {
  return output.sub(target).square().mul(weight).mean();
}

const schedule = variancePreserving();
const s = stream(11);

/** A Gaussian of the given variances with random mean and random orthonormal modes (Gram-Schmidt). */
function randomGaussian(dimension: number, variance: readonly number[], name: string): EigenGaussian {
  const rank = variance.length;
  const g = s.child(name).normals(dimension * rank);
  for (let k = 0; k < rank; k++) {
    const entry = (j: number, i: number): number => g[i * rank + j];
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < k; j++) {
        let dot = 0;
        for (let i = 0; i < dimension; i++) dot += entry(j, i) * entry(k, i);
        for (let i = 0; i < dimension; i++) g[i * rank + k] -= dot * entry(j, i);
      }
    }
    let norm = 0;
    for (let i = 0; i < dimension; i++) norm += entry(k, i) ** 2;
    for (let i = 0; i < dimension; i++) g[i * rank + k] /= Math.sqrt(norm);
  }
  return {
    dimension,
    rank,
    mean: s.child(name).child("mean").normals(dimension),
    modes: g,
    variance: Float64Array.from(variance),
  };
}

/** log p_t(x) in double precision up to a constant of the dimension. */
function logDensity(law: EigenGaussian, x: ArrayLike<number>, alpha: number, sigma: number): number {
  const r = Float64Array.from(x, (v, i) => v - alpha * law.mean[i]);
  let result = 0;
  let rest = r.reduce((sum, v) => sum + v * v, 0);
  for (let k = 0; k < law.rank; k++) {
    const y = r.reduce((sum, v, i) => sum + v * law.modes[i * law.rank + k], 0);
    const total = alpha ** 2 * law.variance[k] + sigma ** 2;
    result -= 0.5 * (y ** 2 / total + Math.log(total));
    rest -= y * y;
  }
  return result - 0.5 * (rest / sigma ** 2 + (law.dimension - law.rank) * Math.log(sigma ** 2));
}

/**
 * Largest deviation of the score from central differences of a log density, in units of the typical score 1 / sigma.
 */
function deviation(
  score: ResidentScore,
  x: Float32Array,
  t: number,
  log: (x: ArrayLike<number>, alpha: number, sigma: number) => number,
): number {
  const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
  const got = tf.tidy(() => score(tf.tensor2d(x, [1, x.length]), noiseLevel(schedule, t)).dataSync());
  const h = 1e-3 * sigma;
  return Math.max(
    ...got.map((value, i) => {
      const shifted = (by: number): Float64Array => Float64Array.from(x, (v, j) => (j === i ? v + by : v));
      const expected = (log(shifted(h), alpha, sigma) - log(shifted(-h), alpha, sigma)) / (2 * h);
      return Math.abs(value - expected) * sigma;
    }),
  );
}

const levels = [1e-4, 0.01, 0.2, 1];

describe("exact scores", () => {
  for (const [what, variance] of [
    ["of full rank, variances over eight decades", [1, 1e-2, 1e-4, 1e-6, 1e-8]],
    ["without variance in two directions", [2, 0.5, 1e-3]],
  ] as const) {
    const law = randomGaussian(5, variance, what);
    for (const t of levels) {
      it(`the Gaussian's, ${what}, is the slope of its log density at t = ${t}`, () => {
        const score = gaussianScore(law);
        const z = s.child(`${what} ${t}`).normals(5);
        const x = Float32Array.from(law.mean, (mu, i) => schedule.alpha(t) * mu + schedule.sigma(t) * z[i]);
        // x itself is known to 2^-24 |x|: that much over sigma is lost in any single-precision score
        const within = 4e-7 / schedule.sigma(t) + 2e-5;
        assertClose(
          "score * sigma",
          deviation(score, x, t, (y, a, b) => logDensity(law, y, a, b)),
          0,
          { within },
        );
        score.dispose();
      });
    }
  }

  for (const t of levels) {
    it(`a mixture's is the slope of its log density at t = ${t}`, () => {
      const laws = ["a", "b", "c"].map((name) => randomGaussian(3, [0.3, 0.05, 0.01], name));
      const weights = [1, 2, 0.5];
      const score = gaussianMixtureScore(laws.map((law, k) => ({ law, weight: weights[k] })));
      const log = (y: ArrayLike<number>, a: number, b: number): number => {
        const logs = laws.map((law, k) => Math.log(weights[k]) + logDensity(law, y, a, b));
        const top = Math.max(...logs);
        return top + Math.log(logs.reduce((sum, l) => sum + Math.exp(l - top), 0));
      };
      const middle = Float32Array.from(laws[0].mean, (m, i) => (schedule.alpha(t) * (m + laws[1].mean[i])) / 2);
      assertClose("score * sigma", deviation(score, middle, t, log), 0, { within: 4e-6 / schedule.sigma(t) + 2e-5 });
      score.dispose();
    });

    it(`a finite ensemble's is the slope of its log density at t = ${t}, far from the origin too`, () => {
      const [n, d] = [40, 6];
      const fields = Float32Array.from(s.child("ensemble").normals(n * d), (z) => 5 + z);
      const tensor = tf.tensor2d(fields, [n, d]);
      const score = empiricalScore(tensor);
      const log = (y: ArrayLike<number>, a: number, b: number): number => {
        const logs = Array.from({ length: n }, (_, m) => {
          let square = 0;
          for (let i = 0; i < d; i++) square += (y[i] - a * fields[m * d + i]) ** 2;
          return -square / (2 * b * b);
        });
        const top = Math.max(...logs);
        return top + Math.log(logs.reduce((sum, l) => sum + Math.exp(l - top), 0));
      };
      const z = s.child(`start ${t}`).normals(d);
      const x = Float32Array.from(z, (zi, i) => schedule.alpha(t) * fields[i] + schedule.sigma(t) * zi);
      assertClose("score * sigma", deviation(score, x, t, log), 0, { within: 2e-6 / schedule.sigma(t) + 1e-4 });
      score.dispose();
      tensor.dispose();
    });
  }

  it("an ensemble drawn from a Gaussian has nearly the Gaussian's score", () => {
    const n = 4000;
    const tensor = tf.tensor2d(Float32Array.from(s.child("draws").normals(2 * n)), [n, 2]);
    const law: EigenGaussian = {
      dimension: 2,
      rank: 2,
      mean: new Float64Array(2),
      modes: Float64Array.of(1, 0, 0, 1),
      variance: Float64Array.of(1, 1),
    };
    const [exact, empirical] = [gaussianScore(law), empiricalScore(tensor)];
    tf.tidy(() => {
      const at = noiseLevel(schedule, 0.4);
      const x = tf.tensor2d([[0.3, -0.5], [1, 1]]); // prettier-ignore
      const difference = exact(x, at).sub(empirical(x, at)).abs().max().dataSync()[0];
      assertClose("difference", difference, 0, { within: 0.1 }); // some sigma / sqrt(n times the share within reach)
    });
    tf.dispose([exact.constants, empirical.constants, tensor]);
  });

  it("refuse laws of the wrong size, negative variances, and no data", () => {
    const law = randomGaussian(3, [1, 1], "bad");
    assert.throws(() => gaussianScore({ ...law, rank: 3 }), /gaussianScore: expected mean \[3\]/);
    assert.throws(() => gaussianScore({ ...law, variance: Float64Array.of(1, -1) }), /-1 in mode 1/);
    assert.throws(() => empiricalScore(tf.zeros([0, 2]) as tf.Tensor2D), /at least one field/);
  });
});

describe("denoising score matching", () => {
  const law: EigenGaussian = {
    dimension: 1,
    rank: 1,
    mean: Float64Array.of(0.5),
    modes: Float64Array.of(1),
    variance: Float64Array.of(0.25),
  };
  const n = 100000;

  it("is least at the true score: any constant factor on it costs its excess, to sampling error", () => {
    const score = gaussianScore(law);
    tf.tidy(() => {
      const at = noiseLevel(schedule, 0.3);
      const x0 = tf.tensor2d(
        Float32Array.from(s.child("x0").normals(n), (v) => 0.5 + 0.5 * v),
        [n, 1],
      );
      const z = tf.tensor2d(Float32Array.from(s.child("z").normals(n)), [n, 1]);
      const x = noised(x0, z, at.alpha, at.sigma);
      const { target, weight } = matchingTarget("score", z, at.sigma);
      const loss = (factor: number): number => matchingLoss(score(x, at).mul(factor), target, weight).dataSync()[0];
      // E|sigma s|^2 = sigma^2 / (alpha^2 lambda + sigma^2); the excess at factor f is (f - 1)^2 times that.
      const size = schedule.sigma(0.3) ** 2 / (schedule.alpha(0.3) ** 2 * 0.25 + schedule.sigma(0.3) ** 2);
      for (const factor of [0.8, 1.2]) {
        assertClose("excess", loss(factor) - loss(1), 0.04 * size, { within: (4 * 0.4 * 2) / Math.sqrt(n) });
        assert(loss(factor) > loss(1));
      }
    });
    score.dispose();
  });

  it("in units of the score (weight sigma^2) and of the noise is one and the same loss", () => {
    tf.tidy(() => {
      const z = tf.tensor2d(Float32Array.from(s.child("z").normals(64)), [16, 4]);
      const sigma = tf.scalar(0.37);
      const output = tf.tensor2d(Float32Array.from(s.child("output").normals(64)), [16, 4]);
      const score = matchingTarget("score", z, sigma);
      const noise = matchingTarget("noise", z, sigma);
      const inScore = matchingLoss(output, score.target, score.weight).dataSync()[0];
      const inNoise = matchingLoss(output.mul<tf.Tensor2D>(sigma).neg(), noise.target, noise.weight).dataSync()[0];
      assertClose("loss", inScore, inNoise, { within: 1e-5 * inNoise });
    });
  });
});
