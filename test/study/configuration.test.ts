import assert from "node:assert/strict";
import { configuration, overridesFromEnvironment, overridesFromText } from "../../lib/study/configuration";

describe("configuration", () => {
  it("layers: the preset, then the cell, then the outside; a preset named later replaces the base of all", () => {
    const c = configuration(
      { preset: "quick", training: { steps: 500 } },
      { preset: "smoke" },
      { schedule: { betaMax: 3 } },
    );
    assert.equal(c.preset, "smoke");
    assert.equal(c.training.steps, 500);
    assert.equal(c.schedule.betaMax, 3);
    assert.equal(c.network.size, "smoke");
  });

  for (const preset of ["smoke", "quick", "full", "published"] as const) {
    it(`preset ${preset} satisfies the schema`, () => {
      assert.equal(configuration({ preset }).preset, preset);
    });
  }

  for (const { text, says } of [
    { text: ["trainig.steps=3"], says: /no key "trainig".*training/ },
    { text: ["training.step=3"], says: /no key "training.step".*steps/ },
    { text: ["training.steps=-3"], says: /training\.steps.*got -3/ },
    { text: ["training.steps=many"], says: /training\.steps.*got "many"/ },
    { text: ["training.conditions=3"], says: /training\.conditions \* training\.fields must be a multiple of 8/ },
    { text: ["training.conditions=8", "training.fields=1"], says: /training\.fields.*and at least 16/ },
    { text: ["sampler.method=magic"], says: /sampler\.method.*got "magic"/ },
    { text: ["preset=huge"], says: /preset must be one of smoke, quick, full, published, got "huge"/ },
  ]) {
    it(`--set ${text.join(" ")} is refused with the key, what was expected and what came`, () => {
      assert.throws(() => configuration(overridesFromText(text)), says);
    });
  }

  it("a setting without a value is refused", () => {
    assert.throws(() => overridesFromText(["training.steps"]), /expects key=value/);
  });

  it("settings cannot reach beyond the configuration", () => {
    assert.throws(() => configuration(overridesFromText(["__proto__.polluted=1"])), /no key/);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  it("reads lists, words and numbers", () => {
    const c = configuration(overridesFromText(["meanBias.betaMax=1,3,20", "sampler.method=flow-euler", "seed=7"]));
    assert.deepEqual(c.meanBias.betaMax, [1, 3, 20]);
    assert.equal(c.sampler.method, "flow-euler");
    assert.equal(c.seed, 7);
  });

  it("the environment's overrides are JSON, and said to be so when they are not", () => {
    assert.deepEqual(overridesFromEnvironment({ SGM_OVERRIDES: '{"preset":"smoke"}' }), { preset: "smoke" });
    assert.deepEqual(overridesFromEnvironment({}), {});
    assert.throws(() => overridesFromEnvironment({ SGM_OVERRIDES: "preset=smoke" }), /SGM_OVERRIDES is not JSON/);
    assert.throws(() => overridesFromEnvironment({ SGM_OVERRIDES: "3" }), /must hold a JSON object/);
  });
});
