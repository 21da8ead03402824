import assert from "node:assert/strict";
import { gaussianAt, type GaussianStatistics } from "../../lib/gaussian/conditional-gaussian";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { drawConditions } from "../../lib/ensemble/conditions";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { stream } from "../../lib/random/stream";
import { closePool } from "../../lib/threads/pool";
import { whitenedPool, type WhitenedPool } from "../../lib/training/whitened-pool";
import { problem } from "../../lib/transport/problems";
import type { Condition } from "../../lib/transport/problem";
import { assertClose } from "../assert-close";

const p = problem("electrode-published");
const [cells, count, modes] = [20, 8, 6];
const arrays = ["coordinates", "basis", "std", "inverseSpread", "features", "cumulants"] as const;

describe("the training pool", () => {
  let statistics: GaussianStatistics;
  const conditions = drawConditions(p, 5, stream(2));
  const filled = (
    given: Condition[],
    options: { workers?: number; signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
  ): Promise<WhitenedPool> =>
    whitenedPool({
      problem: p,
      statistics,
      conditions: given,
      count,
      modes,
      components: "correlation",
      stream: stream(3),
      ...options,
    });

  before(async () => {
    statistics = await fitGaussian({ problem: p, cells, nodes: 4, porosities: 256, stream: stream(1) });
  });
  after(closePool);

  it("has the same bits whatever the number of threads, and whatever conditions follow", async () => {
    const here = await filled(conditions, { workers: 1 });
    const threads = await filled(conditions, { workers: 2 });
    for (const key of arrays) assert.deepEqual(threads[key], here[key], key);
    const first = await filled(conditions.slice(0, 2), { workers: 1 });
    for (const key of arrays) assert.deepEqual(first[key], here[key].subarray(0, first[key].length), key);
  });

  it("holds the fields of its stream: mean and modes give them back, but for the modes that are left out", async () => {
    const pool = await filled(conditions, { workers: 1 });
    const { fields } = await generateEnsemble({ problem: p, conditions, count, cells, stream: stream(3), workers: 1 });
    const c = 3;
    const whole = gaussianAt(statistics, p, conditions[c], { components: "correlation" });
    // its modes and their signs
    const law = gaussianAt(statistics, p, conditions[c], { components: "correlation", rank: 2 * modes });
    const { dimension, rank } = law;
    const { mean, std } = statistics.normalisation;
    let [rest, leftOut] = [0, 0];
    for (let i = 0; i < dimension; i++) {
      const channel = Math.floor(i / cells);
      let known = 0;
      for (let k = 0; k < modes; k++) {
        const y = pool.coordinates[c * count * modes + k];
        known += law.modes[i * rank + k] * Math.sqrt(law.variance[k]) * y;
      }
      const x = (fields.values[c * count * dimension + i] - mean[channel]) / std[channel];
      rest += ((x - law.mean[i]) / law.spread![i] - known) ** 2;
    }
    for (let k = modes; k < whole.rank; k++) leftOut += whole.variance[k];
    // The rest is a sum of the other modes' squares, whose mean is their variance: 20 times that is beyond what any
    // field has.
    assert.ok(rest < 20 * leftOut, `what is left is ${rest}, the variance left out ${leftOut}`);
    assert.ok(leftOut < 0.05 * dimension, "the modes hold most of the variance");
  });

  it("its coordinates are centred and white, within the sampling error", async () => {
    const many = await whitenedPool({
      problem: p,
      statistics,
      conditions: [conditions[0]],
      count: 4000,
      modes: 2,
      components: "correlation",
      stream: stream(4),
    });
    for (let k = 0; k < 2; k++) {
      const y = Array.from({ length: 4000 }, (_, j) => many.coordinates[2 * j + k]);
      const mean = y.reduce((sum, v) => sum + v, 0) / y.length;
      const variance = y.reduce((sum, v) => sum + (v - mean) ** 2, 0) / y.length;
      // The Gaussian was fitted to 4 nodes of 256 fields: its own error, 256^(-1/2), is larger than that of 4000
      // fields.
      assertClose(`mean of mode ${k}`, mean, 0, { within: 4 / Math.sqrt(256) });
      assertClose(`variance of mode ${k}`, variance, 1, { within: 4 * Math.sqrt(3 / 256) });
    }
  });

  for (const workers of [1, 2]) {
    it(`counts fields, and stops at an abort with its reason (${workers} threads)`, async () => {
      const seen: number[] = [];
      await filled(conditions, { workers, onProgress: (done) => seen.push(done) });
      assert.deepEqual(
        seen,
        [1, 2, 3, 4, 5].map((k) => k * count),
      );
      const controller = new AbortController();
      const stopped = filled(conditions, {
        workers,
        signal: controller.signal,
        onProgress: () => controller.abort(new Error("enough")),
      });
      await assert.rejects(stopped, /enough/);
    });
  }
});
