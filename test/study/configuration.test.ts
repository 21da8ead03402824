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

  it("a cell that lists its preset's own values changes nothing, and another preset from outside has its own", () => {
    const cell = {
      preset: "quick",
      training: { steps: 11500, learningRate: 1e-3 },
      meanBias: { betaMax: [1, 3, 5, 10, 20] },
    } as const;
    const listed = { ...cell, meanBias: { betaMax: [...cell.meanBias.betaMax] } };
    assert.deepEqual(configuration(listed), configuration({ preset: "quick", training: { learningRate: 1e-3 } }));
    const outside = configuration(listed, { preset: "smoke" });
    assert.equal(outside.training.steps, configuration({ preset: "smoke" }).training.steps);
    assert.deepEqual(outside.meanBias, configuration({ preset: "smoke" }).meanBias);
    assert.equal(outside.training.learningRate, 1e-3); // the person's own change stays
  });

  it("a key that does not exist is refused in a cell that names a preset, too", () => {
    const cell = JSON.parse('{"preset": "quick", "trainig": {}, "training": {"step": 3}}') as Parameters<
      typeof configuration
    >[0];
    assert.throws(() => configuration(cell), /no key "(trainig|training\.step)"/);
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
