/** From which sizes on claims are made that were seen to hold at a preset. */
import assert from "node:assert/strict";
import { sizes, trainedFor } from "../../lib/experiments/sizes";
import { configuration, overridesFromText } from "../../lib/study/configuration";
import type { PresetName } from "../../lib/experiments/settings";
import { problem } from "../../lib/transport/problems";

const study = (preset: PresetName, ...settings: string[]) => {
  const whole = configuration({ preset }, overridesFromText(settings));
  return { configuration: whole, problem: problem(whole.problem.name as "electrode") };
};

describe("sizes that claims are about", () => {
  it("are the preset's, and quick's where the preset is larger; here is what is configured", () => {
    const of = (...given: Parameters<typeof study>) => sizes(study(...given), "training.steps")[0];
    assert.deepEqual(of("quick", "training.steps=25"), { of: "training.steps", least: 11500, here: 25 });
    assert.deepEqual(of("full", "training.steps=20000"), { of: "training.steps", least: 11500, here: 20000 });
    assert.deepEqual(of("smoke"), { of: "training.steps", least: 48, here: 48 });
    assert.equal(of("quick", "problem.name=conduction-2d").least, 4000);
    assert.deepEqual(sizes(study("smoke", "confounder.fields=1000"), "confounder.fields"), [
      { of: "confounder.fields", least: 4000, here: 1000 },
    ]);
  });

  it("every preset is large enough for its own claims, every key is there", () => {
    const keys = [
      "training.steps",
      "sampler.steps",
      "statistics.nodes",
      "evaluation.conditions",
      "evaluation.generated",
      "meanBias.generated",
      "meanBias.empirical",
      "confounder.fields",
      "identifiability.draws",
      "identifiability.chain",
      "manifold.fields",
      "ablation.steps",
      "ablation.seeds",
      "ablation.testConditions",
      "ablation.generated",
      "workPrecision.generated",
      "measurements.bank",
      "measurements.candidates",
      "boundaries.steps",
      "boundaries.generated",
      "planeModel.steps",
      "planeModel.generated",
    ] as const;
    for (const preset of ["smoke", "quick", "full", "published"] as const)
      for (const { of, least, here } of sizes(study(preset), ...keys))
        assert.ok(least > 0 && here >= least, `${preset}: ${of}: ${here}, least ${least}`);
  });

  it("of a sampler in time are steps of that sampler", () => {
    const of = (...settings: string[]) => sizes(study("quick", ...settings), "sampler.steps")[0];
    assert.equal(of().least, 8);
    assert.deepEqual(of("sampler.method=reverse-sde-heun", "sampler.steps=25"), {
      of: "sampler.steps",
      least: 200,
      here: 25,
    });
  });

  it("nothing is claimed of a network that was trained for a test", () => {
    assert.equal(trainedFor(study("smoke"), "training.steps"), false);
    assert.deepEqual(trainedFor(study("quick"), "training.steps"), [
      { of: "training.steps", least: 11500, here: 11500 },
    ]);
  });
});
