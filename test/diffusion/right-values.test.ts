/** Grids, starts, coefficients and options of the samplers, by their formulas; what a run tells of itself. */
import assert from "node:assert/strict";
import { dormandPrince } from "../../lib/diffusion/dormand-prince";
import { edmHeun } from "../../lib/diffusion/edm-heun";
import { ensembleScore } from "../../lib/diffusion/ensemble-score";
import { type EigenGaussian, empiricalScore, gaussianScore } from "../../lib/diffusion/exact-score";
import { logLikelihood } from "../../lib/diffusion/log-likelihood";
import { predictorCorrector } from "../../lib/diffusion/predictor-corrector";
import { generatedLaw } from "../../lib/diffusion/prior-mismatch";
import { heun } from "../../lib/diffusion/euler-heun";
import { reversePath } from "../../lib/diffusion/reverse-path";
import { type Method, sample, schemeOf } from "../../lib/diffusion/sample";
import { sigmaSpace, variancePreserving } from "../../lib/diffusion/schedule";
import { denoised, noiseLevel, type Score } from "../../lib/diffusion/score";
import { type Start, startLaw } from "../../lib/diffusion/start";
import { stepwiseLaw } from "../../lib/diffusion/stepwise-law";
import { type Spacing, timeGrid } from "../../lib/diffusion/time-grid";
import { tf } from "../../lib/graph/tensorflow";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { diagonalGaussian, propagate } from "./gaussian-modes";

const schedule = variancePreserving({ betaMax: 3, betaMin: 0.1, tMin: 0.01 });
const law = diagonalGaussian([1, -2], [0.5, 0.04]);

describe("time grids", () => {
  const steps = 5;
  const ratio = (t: number): number => schedule.sigma(t) / schedule.alpha(t);
  const { tMin, tMax } = schedule;

  it("are equidistant in what they are named for: t, its root beyond tMin, r^(1/7), log r", () => {
    const scales: Record<Spacing, (t: number) => number> = {
      uniform: (t) => t,
      quadratic: (t) => Math.sqrt(Math.max(0, t - tMin)),
      karras: (t) => ratio(t) ** (1 / 7),
      "log-ratio": (t) => Math.log(ratio(t)),
    };
    for (const [spacing, scale] of Object.entries(scales) as [Spacing, (t: number) => number][]) {
      const [from, to] = [scale(tMax), scale(tMin)];
      timeGrid(schedule, steps, spacing).forEach((t, i) =>
        assertClose(`${spacing} ${i}`, scale(t), from + (i / steps) * (to - from), {
          within: 1e-12 * Math.abs(from) + 1e-12,
        }),
      );
    }
    assert.deepEqual(timeGrid(schedule, steps), timeGrid(schedule, steps, "quadratic"), "the default");
  });

  it("of one step are its ends; an unknown spacing and no steps are refused", () => {
    assert.deepEqual([...timeGrid(schedule, 1)], [tMax, tMin]);
    assert.throws(() => timeGrid(schedule, 2, "cubic" as Spacing), /spacing is one of .* got "cubic"/);
    assert.throws(() => timeGrid(schedule, 1.5), /steps must be a positive integer, got 1.5/);
  });
});

describe("starts", () => {
  it("the limit law has the schedule's own spread, in its values and in its density", () => {
    const wide = sigmaSpace({ sigmaMin: 0.2, sigmaMax: 5 });
    const start = startLaw({ law: "standard normal" }, wide, 2);
    const z = tf.tensor2d([[1, -2]]);
    const x = start.values(z, 0);
    assert.deepEqual([...x.dataSync()], [5, -10]);
    const density = start.logDensity(Float64Array.of(5, -10, 0, 0));
    const middle = -Math.log(2 * Math.PI * 25);
    assertClose("at (1, -2) standard deviations", density[0], middle - 2.5, { within: 1e-13 });
    assertClose("in the middle", density[1], middle, { within: 1e-13 });
    tf.dispose([z, x]);
  });

  it("given values have no density and must be of the fields' size; moments of another size are refused", () => {
    const values = tf.tensor2d([[1, 2], [3, 4]]); // prettier-ignore
    assert.throws(() => startLaw({ law: "given", values }, schedule, 3), /expected values \[count, 3\], got \[2,2\]/);
    assert.throws(() => startLaw({ law: "given", values }, schedule, 2).logDensity(new Float64Array(2)), /no density/);
    const short: Start = { law: "matched moments", mean: new Float64Array(2), covariance: new Float64Array(3) };
    assert.throws(() => startLaw(short, schedule, 2), /covariance \[2, 2\], got lengths 2 and 3/);
    values.dispose();
  });

  for (const sampler of ["reverse SDE", "probability flow"] as const) {
    it(`of any mean and variance: the ${sampler} carries both as the closed form says`, () => {
      const start = { mean: Float64Array.of(0.7, -0.4), variance: 1.6 };
      const run = (steps: number) => {
        const times = timeGrid(schedule, steps, "log-ratio");
        return propagate(heun(sampler), schedule, times, law, { mean: [0.7, -0.4], variance: [1.6, 1.6] });
      };
      const [coarse, fine] = [run(60), run(120)];
      const exact = generatedLaw(law, { schedule, sampler, start, end: "tMin" });
      for (let k = 0; k < 2; k++) {
        const limit = (what: "mean" | "variance"): number => (4 * fine[what][k] - coarse[what][k]) / 3; // Richardson
        assertClose("mean", limit("mean"), law.mean[k] + exact.modeBias[k], { within: 3e-5 });
        assertClose("bias", exact.bias[k], exact.modeBias[k], { within: 1e-14 });
        assertClose("variance", limit("variance"), exact.modeVariance[k], { within: 3e-5 });
      }
      const stepwise = stepwiseLaw(law, { scheme: heun(sampler), schedule, times: timeGrid(schedule, 60, "log-ratio"), start, denoise: false }); // prettier-ignore
      for (let k = 0; k < 2; k++) {
        assertClose("mean after 60 steps", law.mean[k] + stepwise.modeBias[k], coarse.mean[k], { within: 2e-5 });
        assertClose("variance after 60 steps", stepwise.modeVariance[k], coarse.variance[k], { within: 2e-5 });
      }
      assert.throws(
        () => generatedLaw(law, { schedule, sampler, start: { mean: new Float64Array(3) } }),
        /mean must have length 2, got 3/,
      );
    });
  }

  it("in a field's components, those beside the modes too: steps follow the closed form, matched or not", () => {
    const c = Math.SQRT1_2;
    const plane: EigenGaussian = {
      dimension: 3,
      rank: 2,
      mean: Float64Array.of(0.9, 0.1, -0.5),
      modes: Float64Array.of(c, 0, c, 0, 0, 1),
      variance: Float64Array.of(0.8, 0.3),
    };
    for (const start of ["matched", {}] as const) {
      const of = (steps: number) =>
        stepwiseLaw(plane, { scheme: heun("probability flow"), schedule, times: timeGrid(schedule, steps, "log-ratio"), start }); // prettier-ignore
      const [coarse, fine] = [of(60), of(120)];
      const exact = generatedLaw(plane, { schedule, sampler: "probability flow", start, end: "tMin, denoised" });
      for (const what of ["bias", "variance", "modeBias", "modeVariance"] as const) {
        exact[what].forEach((value, i) =>
          assertClose(`${what} ${i}`, (4 * fine[what][i] - coarse[what][i]) / 3, value, { within: 3e-5 }),
        );
      }
    }
  });
});

describe("the stochastic Heun sampler's steps", () => {
  const times = timeGrid(schedule, 4, "karras");
  const ratio = (t: number): number => schedule.sigma(t) / schedule.alpha(t);

  it("raise the noise by churn / steps, at most by 2^(1/2), between the ratios and never above the top", () => {
    const top = ratio(times[0]);
    for (const { options, gamma } of [
      { options: { churn: 0.4 }, gamma: [0, 0.1, 0.1, 0.1] }, // at the top there is no more
      { options: { churn: 40 }, gamma: [0, Math.SQRT2 - 1, Math.SQRT2 - 1, Math.SQRT2 - 1] },
      { options: { churn: 0.4, minRatio: ratio(times[2]) }, gamma: [0, 0.1, 0.1, 0] },
      { options: { churn: 0.4, maxRatio: ratio(times[2]) }, gamma: [0, 0, 0.1, 0.1] },
    ]) {
      const rows = edmHeun(options).rows(schedule, times);
      rows.forEach((row, i) => {
        const r = ratio(times[i]);
        const raised = Math.min(top, r * (1 + gamma[i]));
        const found = row["now.sigma"] / row["now.alpha"];
        assertClose(`step ${i}`, found, raised, { within: 1e-9 * raised });
        const added = row["now.alpha"] * Math.sqrt(Math.max(0, raised ** 2 - r ** 2));
        assertClose(`noise of step ${i}`, row.eta, added, { within: 1e-7 });
      });
    }
    const [plain, louder] = [1, 1.5].map(
      (noiseScale) => edmHeun({ churn: 0.4, noiseScale }).rows(schedule, times)[1].eta,
    );
    assertClose("noise scale", louder, 1.5 * plain, { within: 1e-14 });
    assert.deepEqual([edmHeun().draws, edmHeun({ churn: 1 }).draws], [0, 1]);
    assert.throws(() => edmHeun({ churn: -1 }), /churn must not be negative, got -1/);
  });
});

describe("the predictor-corrector's steps", () => {
  it("spend strength times the predictor's noise on each correction", () => {
    const times = timeGrid(schedule, 3);
    const scheme = predictorCorrector({ corrections: 3, strength: 0.5 });
    assert.deepEqual([scheme.evaluations, scheme.draws], [4, 4]);
    const [row] = scheme.rows(schedule, times);
    const spent = schedule.beta(times[0]) * (times[0] - times[1]);
    assertClose("eta^2", row.eta ** 2, spent, { within: 1e-14 });
    assertClose("eps", row.eps, 0.25 * spent, { within: 1e-14 });
    assertClose("amplitude^2", row.amplitude ** 2, 0.5 * spent, { within: 1e-14 });
    for (const wrong of [{ corrections: 0 }, { corrections: 1.5 }])
      assert.throws(() => predictorCorrector(wrong), /corrections must be a positive integer/);
    assert.throws(() => predictorCorrector({ strength: 0 }), /strength must be positive, got 0/);
  });
});

describe("the adaptive flow", () => {
  const start = tf.tensor2d([[0.4, -0.3], [1.5, 0.2]]); // prettier-ignore
  const score = gaussianScore(law);
  const bound = (x: tf.Tensor2D, at: Parameters<Score>[1]) => score(x, at);
  after(() => tf.dispose([start, score.constants]));

  it("tells its evaluations, seven for the first step and six for each other, and its progress up to 1", async () => {
    let evaluations = 0;
    let called = 0;
    const seen: number[] = [];
    const counted = (x: tf.Tensor2D, at: Parameters<Score>[1]) => {
      called++;
      return score(x, at);
    };
    const before = tf.memory().numTensors;
    const x = await dormandPrince({ score: counted, schedule, start, onFinished: (n) => (evaluations = n), onProgress: (part) => seen.push(part) }); // prettier-ignore
    assert.equal(tf.memory().numTensors, before + 1);
    assert.equal(evaluations, called);
    assert.equal((evaluations - 1) % 6, 0);
    assert.ok(evaluations >= 1 + 6 * seen.length);
    assertClose("done", seen[seen.length - 1], 1, { within: 1e-12 });
    assert.ok(seen[0] > 0 && seen.every((part, i) => i === 0 || part > seen[i - 1]));
    x.dispose();
  });

  it("keeps to its tolerances: a hundred times tighter is nearer to the exact map, with more steps", async () => {
    const error = async (tolerance: number): Promise<[error: number, evaluations: number]> => {
      let evaluations = 0;
      const tolerances = { absolute: tolerance, relative: tolerance };
      const x = await dormandPrince({
        score: bound,
        schedule,
        start,
        tolerances,
        onFinished: (n) => (evaluations = n),
      });
      const [a1, s1] = [schedule.alpha(1), schedule.sigma(1)];
      const [a0, s0] = [schedule.alpha(schedule.tMin), schedule.sigma(schedule.tMin)];
      const [given, got] = [start.dataSync(), x.dataSync()];
      x.dispose();
      const off = [...got].map((value, i) => {
        const [mu, l] = [law.mean[i % 2], law.variance[i % 2]];
        const gain = Math.sqrt((a0 * a0 * l + s0 * s0) / (a1 * a1 * l + s1 * s1));
        return Math.abs(value - (a0 * mu + gain * (given[i] - a1 * mu)));
      });
      return [Math.max(...off), evaluations];
    };
    const [[loose, few], [tight, many]] = [await error(1e-2), await error(1e-4)];
    assert.ok(tight < 1e-4 && loose < 1e-2 && tight < loose, `${loose} and ${tight}`);
    assert.ok(few < many);
  });

  it("refuses tolerances that are none, too few steps, a score that is not finite; keeps no tensors", async () => {
    const before = tf.memory().numTensors;
    const run = (given: object) => dormandPrince({ score: bound, schedule, start, ...given });
    await assert.rejects(run({ tolerances: { absolute: 0 } }), /tolerances must be positive, got absolute 0, relative/);
    await assert.rejects(run({ tolerances: { relative: -1 } }), /got absolute .*, relative -1/);
    await assert.rejects(run({ tolerances: { maxSteps: 2 } }), /not at tMin after 2 steps/);
    const broken = (x: tf.Tensor2D) => x.mul<tf.Tensor2D>(NaN);
    await assert.rejects(run({ score: broken }), /the score is not finite/);
    assert.equal(tf.memory().numTensors, before);
  });
});

describe("the reverse process step by step", () => {
  for (const name of ["reverse-sde-heun", "dpm-solver-sde", "predictor-corrector", "flow-euler"] as const) {
    it(`${name}: from the start to the field that sampling gives for the same stream`, async () => {
      const score = gaussianScore(law);
      const common = { score, schedule, dimension: 2, steps: 6, start: { law: "standard normal" }, count: 5, stream: stream(7) } as const; // prettier-ignore
      const path = reversePath({ ...common, method: { name } });
      assert.deepEqual(
        path.map(({ t }) => t),
        [...timeGrid(schedule, 6)],
      );
      const x = await sample({ ...common, method: name, denoise: false, mode: "eager" });
      assert.deepEqual(path[6].values, x.dataSync());
      tf.dispose([x, score.constants]);
    });
  }

  it("a method by its name has the scheme's evaluations, and an unknown one is refused", () => {
    const evaluations = (method: Parameters<typeof schemeOf>[0]) => schemeOf(method).evaluations;
    assert.deepEqual(
      [
        evaluations({ name: "reverse-sde-euler" }),
        evaluations({ name: "flow-heun" }),
        evaluations({ name: "predictor-corrector", corrections: 2 }),
        schemeOf({ name: "edm-heun", churn: 1 }).draws,
        schemeOf({ name: "dpm-solver" }).draws,
      ],
      [1, 2, 3, 1, 0],
    );
    assert.throws(() => schemeOf({ name: "leapfrog" } as unknown as Exclude<Method, { name: "flow-adaptive" }>), /unknown method "leapfrog"/); // prettier-ignore
  });
});

describe("scores of ensembles and what is read off a score", () => {
  it("an ensemble's in the plane of its modes is its own, where it lies in that plane", () => {
    const c = Math.SQRT1_2;
    const w = stream(4).normals(12); // six members, two coordinates
    const plane: EigenGaussian = {
      dimension: 3,
      rank: 2,
      mean: Float64Array.of(0.3, -0.2, 0.1),
      modes: Float64Array.of(c, 0, c, 0, 0, 1),
      variance: Float64Array.of(1, 1),
    };
    const values = Float64Array.from({ length: 18 }, (_, at) => {
      const [n, i] = [Math.floor(at / 3), at % 3];
      return plane.mean[i] + plane.modes[2 * i] * w[2 * n] + plane.modes[2 * i + 1] * w[2 * n + 1];
    });
    const members = tf.tensor2d(Float32Array.from(values), [6, 3]);
    const [whole, inPlane] = [empiricalScore(members), ensembleScore(values, 6, plane)];
    const x = tf.tensor2d(Float32Array.from(stream(5).normals(12)), [4, 3]);
    tf.tidy(() => {
      const at = noiseLevel(schedule, 0.3);
      const [a, b] = [whole(x, at).dataSync(), inPlane(x, at).dataSync()];
      const size = Math.max(...a.map(Math.abs));
      a.forEach((v, k) => assertClose("score", b[k], v, { within: 1e-5 * size }));
    });
    tf.dispose([x, members, whole.constants, inPlane.constants]);
  });

  it("the clean field is (x + sigma^2 s) / alpha: for Gaussian data their mean given x", () => {
    const score = gaussianScore(law);
    tf.tidy(() => {
      const x = [0.7, -1.1];
      const got = denoised(score, tf.tensor2d([x]), noiseLevel(schedule, 0.4)).dataSync();
      const [a, s] = [schedule.alpha(0.4), schedule.sigma(0.4)];
      x.forEach((v, k) => {
        const gain = (a * law.variance[k]) / (a * a * law.variance[k] + s * s);
        assertClose("E[x_0 | x]", got[k], law.mean[k] + gain * (v - a * law.mean[k]), { within: 2e-6 });
      });
    });
    score.dispose();
  });

  it("a likelihood needs a positive whole number of steps, tells its progress, and stops at an abort", async () => {
    const score = gaussianScore(law);
    const x = tf.tensor2d([[1, -2]]);
    const common = { score, schedule, start: { law: "standard normal" } } as const;
    for (const steps of [0, 1.5])
      await assert.rejects(logLikelihood(x, { ...common, steps }), /steps must be a positive integer/);
    const seen: number[] = [];
    const before = tf.memory().numTensors;
    await logLikelihood(x, { ...common, steps: 4, onProgress: (part) => seen.push(part) });
    assert.deepEqual(seen, [0.25, 0.5, 0.75, 1]);
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(logLikelihood(x, { ...common, steps: 4, signal }), /enough/);
    assert.equal(tf.memory().numTensors, before);
    tf.dispose([x, score.constants]);
  });
});
