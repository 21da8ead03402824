import assert from "node:assert/strict";
import { drawEnsemble } from "../../lib/ensemble/draw";
import type { Fields } from "../../lib/fields/fields";
import { moments } from "../../lib/diagnostics/moments";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { generatedLaw } from "../../lib/diffusion/prior-mismatch";
import { exactScore } from "../../lib/model/field-score";
import { stream } from "../../lib/random/stream";
import { closePool } from "../../lib/threads/pool";
import { referenceCondition } from "../../lib/transport/domain";
import { problem } from "../../lib/transport/problems";

const p = problem("electrode-published");
const cells = 20;

describe("a score on fields", function () {
  this.timeout(120_000);
  let fields: Fields;
  before(async () => {
    fields = await drawEnsemble(p, referenceCondition(p), 400, stream(3), { cells });
  });
  after(() => closePool());

  it("noise has the schedule's strength, in units of each channel's spread", () => {
    const score = exactScore(fields);
    const t = 0.4;
    const { alpha, sigma } = score.noise(t);
    assert.ok(Math.abs(alpha ** 2 + sigma ** 2 - 1) < 1e-12);
    const z = score.noised(fields, t, stream(5)).toNetwork(score.normalisation).values;
    const x0 = fields.toNetwork(score.normalisation).values;
    const noise = z.map((x, k) => (x - alpha * x0[k]) / sigma);
    const n = noise.length;
    const square = noise.reduce((sum, x) => sum + x * x, 0) / n;
    assert.ok(Math.abs(square - 1) < 4 * Math.sqrt(2 / n), `mean square ${square}`);
    score.dispose();
  });

  it("denoised at little noise a field is itself; at the end of time the ensemble's mean", () => {
    const score = exactScore(fields);
    const one = fields.slice(0, 1);
    const little = 0.001;
    const near = score.denoised(score.noised(one, little, stream(7)), little).toNetwork(score.normalisation).values;
    const clean = one.toNetwork(score.normalisation).values;
    const { alpha, sigma } = score.noise(little);
    near.forEach((x, k) => assert.ok(Math.abs(x - clean[k]) < (5 * sigma) / alpha, `cell ${k}`));
    const far = score.denoised(score.noised(one, 1, stream(7)), 1).toNetwork(score.normalisation).values;
    const end = score.noise(1);
    // gain alpha lambda / V of noise of a few standard deviations, lambda of some units
    const most = (5 * end.alpha) / end.sigma;
    far.forEach((x, k) => assert.ok(Math.abs(x - score.law.mean[k]) < most * score.law.variance[0], `cell ${k}`));
    score.dispose();
  });

  it("the path begins in the start law and ends where sample ends before its last step", async () => {
    const score = exactScore(fields, "empirical");
    const path = score.path(8, stream(9), { steps: 12 });
    assert.equal(path.length, 13);
    assert.deepEqual([path[0].t, path[12].t], [1, score.schedule.tMin]);
    const drawn = await score.sample(8, stream(9), { steps: 12 });
    const denoised = score.denoised(path[12].fields, path[12].t).toNetwork(score.normalisation).values;
    const expected = drawn.toNetwork(score.normalisation).values;
    // Through SI units and back in double precision: what is left is float32's.
    denoised.forEach((x, k) => assert.ok(Math.abs(x - expected[k]) < 1e-3, `${x} against ${expected[k]} at ${k}`));
    score.dispose();
  });

  it("from N(0, I) at a small beta_max the mean is off as the closed form says, from matched moments it is not", async () => {
    const score = exactScore(fields, "gaussian", { betaMax: 3 });
    const count = 2000;
    const momentsOf = async (start: "standard normal" | "matched moments") => {
      const drawn = (await score.sample(count, stream(11), { start })).toNetwork(score.normalisation);
      return moments(fieldSample(drawn.values, { channels: 2, cells }));
    };
    const { schedule, law } = score;
    const { bias } = generatedLaw(law, { schedule, sampler: "reverse SDE", end: "tMin, denoised" });
    const largest = Math.max(...bias.map(Math.abs));
    for (const start of ["standard normal", "matched moments"] as const) {
      const { mean, standardError } = await momentsOf(start);
      mean.forEach((m, k) => {
        const expected = law.mean[k] + (start === "standard normal" ? bias[k] : 0);
        const within = 5 * standardError.mean[k] + 0.02 * largest; // and what 100 steps miss
        assert.ok(Math.abs(m - expected) < within, `${start}, cell ${k}: ${m} against ${expected} within ${within}`);
      });
      assert.ok(largest > 3 * (5 * Math.max(...standardError.mean) + 0.02 * largest), "a bias that this test sees");
    }
    score.dispose();
  });

  it("refuses fields of another grid and times that are none", () => {
    const score = exactScore(fields);
    assert.throws(() => score.noised(fields.channel(0), 0.5, stream(1)), /the channels and the grid of this score/);
    assert.throws(() => score.denoised(fields, 2), /t lies between 0 and 1, got 2/);
    score.dispose();
  });
});
