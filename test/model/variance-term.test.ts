import assert from "node:assert/strict";
import { modeSampler } from "../../lib/model/mode-flow";
import type { ModeArrays } from "../../lib/model/mode-geometry";
import { antithetic } from "../../lib/model/self-calibration";
import type { TrainedModes } from "../../lib/model/trained-modes";
import { measureVarianceTerm } from "../../lib/model/variance-term";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { conditionOf, flowBy, K } from "./toy-flow";

/**
 * A network whose output is a share of its white input: the angles fall along the flow, so every mode loses variance
 * and the fields come out too narrow.
 */
describe("what a flow loses of the variance", () => {
  const trained = flowBy(0.3, (white, theta) => white.mul(theta));
  const condition = (skewness: number): ModeArrays => conditionOf(0.5, skewness);
  const [count, trial] = [2000, 400];
  /**
   * The trial fields know E[y F] / E[y^2] to some tenths over the root of their number, and so the spread at the end.
   */
  const known = 0.5 / Math.sqrt(trial);

  /** Spread of each mode at the end of the flow, over that at its start. */
  async function spreads(model: TrainedModes, at: ModeArrays, levels = 20): Promise<number[]> {
    const start = antithetic(stream(7), count, K);
    const flow = modeSampler(model, { levels, batch: count });
    try {
      const end = await flow.push(at, start);
      const size = (y: Float32Array, k: number): number =>
        Math.sqrt(y.reduce((sum, v, i) => (i % K === k ? sum + v * v : sum), 0));
      return Array.from({ length: K }, (_, k) => size(end, k) / size(start, k));
    } finally {
      flow.dispose();
    }
  }
  const measured = (at: readonly ModeArrays[]): Promise<Float32Array> =>
    measureVarianceTerm(trained, at, stream(11), { count: trial });

  it("is taken out: modes that came out too narrow have the spread of their start", async () => {
    const at = condition(0.4);
    const [raw, kept] = [
      await spreads(trained, at),
      await spreads({ ...trained, varianceTerm: await measured([at]) }, at),
    ];
    for (let k = 0; k < K; k++) {
      assert.ok(raw[k] < 0.9, `mode ${k} without: ${raw[k]}`);
      assertClose(`mode ${k} with`, kept[k], 1, { within: known });
    }
  });

  it("serves other numbers of levels too", async () => {
    const at = condition(0.4);
    const model = { ...trained, varianceTerm: await measured([at]) };
    for (const spread of await spreads(model, at, 40)) assertClose("spread", spread, 1, { within: known });
  });

  it("of conditions between which it differs is taken out on average", async () => {
    const conditions = [condition(0.4), condition(2)];
    const model = { ...trained, varianceTerm: await measured(conditions) };
    const logs = await Promise.all(conditions.map(async (at) => (await spreads(model, at)).map(Math.log)));
    for (let k = 0; k < K; k++) {
      const [low, high] = [Math.min(logs[0][k], logs[1][k]), Math.max(logs[0][k], logs[1][k])];
      assert.ok(low < known && high > -known, `mode ${k}: ${low} and ${high}`);
    }
  });

  it("changes nothing for Gaussian data, and is the same bits again", async () => {
    const varianceTerm = await measured([condition(0.4)]);
    assert.deepEqual(await measured([condition(0.4)]), varianceTerm);
    const at = condition(0);
    assert.deepEqual(await spreads({ ...trained, varianceTerm }, at), await spreads(trained, at));
  });
});
