/** Fields in one call: what is said is heeded or refused, whatever the network of the model learned. */
import assert from "node:assert/strict";
import { UserError } from "../../lib/errors/user-error";
import { architectureOf } from "../../lib/experiments/training/architecture";
import { assembleModel } from "../../lib/experiments/training/assemble-model";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { sampleFields, type SampleOptions } from "../../lib/model/sample-fields";
import type { ScoreModel } from "../../lib/model/score-model";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { configuration, type Overrides } from "../../lib/study/configuration";
import { problem } from "../../lib/transport/problems";

const z = { l: 1e-5, U0: 0, F_right: 25 };

/** A model whose network answers 0: the conditional Gaussian, or the score zero. */
async function untrained(changes: Overrides): Promise<ScoreModel> {
  const asked = configuration({ preset: "smoke", problem: { cells: 20 }, ...changes });
  const own = { problem: problem(asked.problem.name), cells: 20, nodes: 4, porosities: 64 };
  const statistics = await fitGaussian({ ...own, stream: stream(1) });
  const theta = new Float32Array(scoreNetwork(architectureOf(asked)).size);
  return assembleModel(asked, statistics, { theta, log: [], range: { min: -3, max: 2 } });
}

describe("fields of a model in one call", function () {
  this.timeout(120_000);
  let white: ScoreModel;
  let whole: ScoreModel;
  before(async () => {
    white = await untrained({ network: { size: "smoke", modes: 4, noiseGrading: 1 } });
    whole = await untrained({
      network: { size: "smoke", preconditioning: "none" },
      sampler: { method: "reverse-sde-heun", steps: 10 },
      schedule: { betaMax: 7 },
    });
  });
  const draw = (model: ScoreModel, options: SampleOptions) => sampleFields(model, z, 8, stream(2), options);

  it("come with channels and x; the same stream gives the same, another method, start or schedule others", async () => {
    const first = await draw(white, {});
    assert.deepEqual([first.count, first.units, first.shape.grid.axes[0].cells], [8, "SI", 20]);
    assert.deepEqual((await draw(white, {})).values, first.values);
    const reverse = { method: "reverse-sde-euler", steps: 8 } as const;
    const several: SampleOptions[] = [
      reverse,
      { ...reverse, start: "standard normal" },
      { ...reverse, betaMax: 3 },
      { ...reverse, steps: 9 },
      { ...reverse, denoise: false },
      { ...reverse, spacing: "uniform" },
    ];
    const seen = new Set([String(first.values)]);
    for (const options of several) seen.add(String((await draw(white, options)).values));
    assert.equal(seen.size, 1 + several.length, "each option changes the fields");
  });

  for (const [key, value] of Object.entries({
    start: "standard normal",
    spacing: "uniform",
    denoise: false,
    betaMax: 3,
  })) {
    it(`${key} is refused with the mode flow, which does not heed it`, () =>
      assert.rejects(
        draw(white, { [key]: value }),
        (error) => error instanceof UserError && error.message.includes(`${key} has no effect with method "mode-flow"`),
      ));
  }

  it("calibration is refused with a method in time", () =>
    assert.rejects(draw(white, { method: "flow-heun", steps: 4, calibrate: true }), /calibrate has no effect/));

  it("a network that learned one schedule samples by it, and refuses another", async () => {
    assert.ok((await draw(whole, { method: "flow-euler", steps: 4 })).values.every(Number.isFinite));
    await assert.rejects(draw(whole, { method: "flow-euler", steps: 4, betaMax: 3 }), /schedule\.betaMax.*7.*3/s);
  });

  it("a condition outside the box is refused unless extrapolation is wanted", async () => {
    const outside = { ...z, F_right: 60 };
    await assert.rejects(sampleFields(white, outside, 2, stream(3)), UserError);
    assert.equal((await sampleFields(white, outside, 2, stream(3), { allowOutside: true })).count, 2);
  });
});
