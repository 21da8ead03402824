import assert from "node:assert";
import { type EigenGaussian, gaussianScore } from "../../lib/diffusion/exact-score";
import { generatedLaw } from "../../lib/diffusion/prior-mismatch";
import { type MethodName, type SampleOptions, createSampler, sample } from "../../lib/diffusion/sample";
import { sigmaSpace, variancePreserving } from "../../lib/diffusion/schedule";
import { matchedTo } from "../../lib/diffusion/start";
import { tf } from "../../lib/graph/tensorflow";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { diagonalGaussian } from "./gaussian-modes";

const law = diagonalGaussian([1, -2], [0.5, 0.04]);
const schedule = variancePreserving({ betaMax: 3, betaMin: 0.1 });

function options(given: Partial<SampleOptions>): SampleOptions {
  const score = gaussianScore(law);
  const base = {
    score,
    schedule,
    start: { law: "standard normal" },
    dimension: 2,
    count: 64,
    stream: stream(5),
  } as const;
  return { ...base, method: "reverse-sde-heun", steps: 40, spacing: "log-ratio", ...given };
}

/** Values [count, d] as numbers; releases everything. */
async function drawn(given: Partial<SampleOptions>): Promise<Float32Array> {
  const o = options(given);
  const x = await sample(o);
  const values = (await x.data()) as Float32Array;
  x.dispose();
  tf.dispose(o.score.constants);
  return values.slice();
}

function moments(x: Float32Array, d: number, k: number): { mean: number; variance: number } {
  const column = x.filter((_, i) => i % d === k);
  const mean = column.reduce((a, b) => a + b, 0) / column.length;
  return { mean, variance: column.reduce((a, b) => a + (b - mean) ** 2, 0) / (column.length - 1) };
}

const methods: Record<MethodName, "reverse SDE" | "probability flow" | "any"> = {
  "reverse-sde-euler": "reverse SDE",
  "reverse-sde-heun": "reverse SDE",
  "predictor-corrector": "any",
  "flow-euler": "probability flow",
  "flow-heun": "probability flow",
  "flow-adaptive": "probability flow",
  "edm-heun": "probability flow",
  "dpm-solver": "probability flow",
  "dpm-solver-sde": "reverse SDE",
};

describe("sampling", () => {
  for (const [method, process] of Object.entries(methods) as [MethodName, string][]) {
    const order1 = /euler|corrector/.test(method);
    it(`${method} draws the law that the closed form predicts for its start, to sampling error`, async () => {
      const count = 4000;
      const steps = order1 ? 200 : 50;
      const start = process === "any" ? matchedTo(law) : ({ law: "standard normal" } as const);
      const x = await drawn({ method, count, steps, start, batch: 2000 });
      const sampler = process === "any" ? "reverse SDE" : (process as "reverse SDE");
      const expected = generatedLaw(law, {
        schedule,
        sampler,
        start: process === "any" ? "matched" : {},
        end: "tMin, denoised",
      });
      for (let k = 0; k < 2; k++) {
        const { mean, variance } = moments(x, 2, k);
        const scale = expected.modeVariance[k];
        const discretisation = order1 ? 0.03 : 0.005;
        const within = (4 + discretisation * Math.sqrt(count)) * Math.sqrt(scale / count);
        assertClose("mean", mean, law.mean[k] + expected.modeBias[k], { within });
        assertClose("variance", variance, scale, { within: scale * (4 * Math.sqrt(2 / count) + 2 * discretisation) });
      }
    });
  }

  it("would notice the bias of an unmatched start", async () => {
    const flow = { count: 2000, method: "flow-heun" } as const;
    const [normal, matched] = [await drawn(flow), await drawn({ ...flow, start: matchedTo(law) })];
    const bias = generatedLaw(law, { schedule, sampler: "probability flow" }).modeBias[0];
    const within = 4 * Math.sqrt(law.variance[0] / 2000) + 0.005;
    assert(Math.abs(bias) > 2 * within, `the bias ${bias} is large enough to be seen`);
    assertClose("bias, N(0, I)", moments(normal, 2, 0).mean - 1, bias, { within });
    assertClose("bias, matched", moments(matched, 2, 0).mean - 1, 0, { within });
  });

  it("the adaptive flow maps start values as the exact flow does, to 1e-6 of their size", async () => {
    const values = tf.tensor2d([0.3, -1, 2, 0.5, 0, 0], [3, 2]);
    const start = { law: "given", values } as const;
    for (const axis of [schedule, sigmaSpace({ sigmaMin: 0.01, sigmaMax: 5 })]) {
      const method = { name: "flow-adaptive", absolute: 1e-7, relative: 1e-7 } as const;
      const x = await drawn({ schedule: axis, start, count: 3, method, denoise: false });
      const given = values.dataSync();
      const [a1, s1, a0, s0] = [
        axis.alpha(axis.tMax),
        axis.sigma(axis.tMax),
        axis.alpha(axis.tMin),
        axis.sigma(axis.tMin),
      ];
      x.forEach((value, i) => {
        const [mu, l] = [law.mean[i % 2], law.variance[i % 2]];
        const gain = Math.sqrt((a0 * a0 * l + s0 * s0) / (a1 * a1 * l + s1 * s1));
        assertClose("x", value, a0 * mu + gain * (given[i] - a1 * mu), { within: 1e-6 * (1 + Math.abs(mu)) });
      });
    }
    values.dispose();
  });

  it("the last denoising step removes the noise that tMin leaves", async () => {
    const noisy = variancePreserving({ betaMax: 20, tMin: 0.02 });
    const certain = diagonalGaussian([1, -2], [0.5, 0]);
    const spread = async (denoise: boolean): Promise<number> => {
      const score = gaussianScore(certain);
      const x = await drawn({
        score,
        schedule: noisy,
        start: matchedTo(certain),
        count: 500,
        denoise,
        method: "dpm-solver",
      });
      return Math.sqrt(moments(x, 2, 1).variance);
    };
    assertClose("spread without", await spread(false), noisy.sigma(0.02), {
      within: noisy.sigma(0.02) * 4 * Math.sqrt(0.5 / 500) + 1e-3,
    });
    assertClose("spread with", await spread(true), 0, { within: 1e-5 });
  });

  it("compiled and eager steps give the same fields to rounding, for every scheme", async () => {
    for (const method of Object.keys(methods) as MethodName[]) {
      if (method === "flow-adaptive") continue;
      const [eager, graph] = [await drawn({ method, mode: "eager" }), await drawn({ method, mode: "graph" })];
      eager.forEach((value, i) => assertClose(method, graph[i], value, { within: 1e-5 * (1 + Math.abs(value)) }));
    }
  });

  it("repeats exactly for a seed, differs for another, and is the same beside more fields of the same batches", async () => {
    const again = { count: 48, batch: 16 };
    const first = await drawn(again);
    assert.deepStrictEqual(await drawn(again), first);
    assert.notDeepStrictEqual(await drawn({ ...again, stream: stream(6) }), first);
    assert.deepStrictEqual((await drawn({ ...again, count: 70 })).slice(0, first.length), first);
  });

  it("one compiled sampler serves another law by its constants", async () => {
    const other = gaussianScore(diagonalGaussian([3, 3], [0.1, 0.2]));
    const o = options({ mode: "graph", method: "flow-heun" });
    const sampler = createSampler({ ...o, batch: 64 });
    const request = { start: o.start, count: 64, stream: stream(5) };
    const swapped = await sampler.sample({ ...request, constants: other.constants });
    const direct = await drawn({ score: other, method: "flow-heun", mode: "graph" });
    swapped.dataSync().forEach((value, i) => assertClose("x", value, direct[i], { within: 1e-5 }));
    sampler.dispose();
    tf.dispose([swapped, o.score.constants]);
  });

  it("reports progress, keeps no tensors, and stops at an abort", async () => {
    const o = options({ count: 40, batch: 16, mode: "eager" });
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    const x = await sample({ ...o, onProgress: (done, total) => seen.push(done / total) });
    x.dispose();
    assert.strictEqual(tf.memory().numTensors, before);
    assert.strictEqual(seen[seen.length - 1], 1);
    assert(seen.every((v, i) => i === 0 || v >= seen[i - 1]));
    const abort = new AbortController();
    const stopped = sample({ ...o, signal: abort.signal, onProgress: () => abort.abort(new Error("enough")) });
    await assert.rejects(stopped, /enough/);
    assert.strictEqual(tf.memory().numTensors, before);
    tf.dispose(o.score.constants);
  });

  it("refuses what makes no sense, in words", async () => {
    await assert.rejects(drawn({ count: 0 }), /count must be a positive integer, got 0/);
    await assert.rejects(drawn({ steps: 1.5 }), /steps must be a positive integer, got 1.5/);
    await assert.rejects(drawn({ method: "leapfrog" as MethodName }), /unknown method "leapfrog"/);
    const wrong: EigenGaussian = diagonalGaussian([0], [1]);
    await assert.rejects(drawn({ start: matchedTo(wrong) }), /expected mean \[2\]/);
  });
});
