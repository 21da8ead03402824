import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { sweepPoints } from "../../lib/command-line/sweep";
import {
  configuration,
  overridesFromEnvironment,
  overridesFromText,
  type Overrides,
  valueOfKey,
} from "../../lib/study/configuration";
import { temporaryFolder } from "../temporary-folder";

describe("configuration", () => {
  it("a sampler that is not the preset's own takes its usual steps, unless they are said", () => {
    const steps = (...layers: Overrides[]) => configuration(...layers).sampler.steps;
    assert.equal(steps({}), 8);
    assert.equal(steps({ sampler: { method: "flow-heun" } }), 200);
    assert.equal(steps({ sampler: { method: "flow-heun" } }, { sampler: { steps: 30 } }), 30);
    assert.equal(steps({ sampler: { steps: 30 } }, { sampler: { method: "flow-heun" } }), 30);
    assert.equal(steps({ preset: "published" }), 1000);
    assert.equal(steps({ preset: "published", sampler: { method: "reverse-sde-heun" } }), 1000);
    assert.equal(steps({ preset: "published", sampler: { method: "mode-flow" } }), 8);
  });

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

describe("physics in the configuration", () => {
  const folder = temporaryFolder();
  const published = configuration({ preset: "smoke" });

  it("the published values are the defaults: written out, they change nothing", () => {
    assert.deepEqual(Object.keys(published.problem), ["name", "cells"]);
    const written = overridesFromText([
      "preset=smoke",
      "problem.parameters.kappa0=1",
      "problem.parameters.thickness=1e-4",
      "problem.ranges.F_right=[0,50]",
      "problem.porosity.covariance=squared-exponential",
      "problem.porosity.bounds=[0.2,0.5]",
    ]);
    assert.deepEqual(configuration(written), published);
  });

  it("what differs is kept, in the order of names, so that equal physics has equal hashes", () => {
    const [a, b] = [
      ["problem.parameters.kappa0=0.5", "problem.parameters.D0=1e-10", "problem.ranges.F_right=[0,20]"],
      ["problem.ranges.F_right=0,20", "problem.parameters.D0=1e-10", "problem.parameters.kappa0=0.5"],
    ].map((texts) => configuration(overridesFromText(texts)).problem);
    assert.equal(JSON.stringify(a), JSON.stringify(b));
    assert.deepEqual(a.parameters, { D0: 1e-10, kappa0: 0.5 });
  });

  it("a later layer changes a parameter and keeps the others, and can go back to the published value", () => {
    const layer = { problem: { parameters: { kappa0: 0.5, D0: 1e-10 } } };
    const { parameters } = configuration(layer, { problem: { parameters: { kappa0: 1 } } }).problem;
    assert.deepEqual(parameters, { D0: 1e-10 });
  });

  it("the law of a file stands in the configuration, not the file's name", () => {
    const file = path.join(folder(), "law.json");
    fs.writeFileSync(file, JSON.stringify({ law: { bounds: [0.3, 0.4], scale: 0.5 }, test: { both: 0.4 } }));
    const { porosity } = configuration({ problem: { porosity: file } }).problem;
    assert.deepEqual(porosity, { bounds: [0.3, 0.4], scale: 0.5 });
    fs.writeFileSync(file, JSON.stringify({ law: { bounds: [0.3, 0.4], sclae: 0.5 } }));
    assert.throws(() => configuration({ problem: { porosity: file } }), /law\.json: law: .*sclae.*Remedy: .*scale/);
    assert.throws(() => configuration({ problem: { porosity: `${file}x` } }), /law\.jsonx/);
  });

  it("a sweep finds the value that holds where none is set", () => {
    assert.equal(valueOfKey(published, "problem.parameters.k_rn"), 0.1);
    assert.deepEqual(valueOfKey(published, "problem.ranges.U0"), [-0.2, 0.2]);
    assert.equal(valueOfKey(published, "problem.porosity.nugget"), 1e-4);
    assert.throws(
      () => valueOfKey(published, "problem.parameters.kapa0"),
      /no key "problem\.parameters\.kapa0".*kappa0/,
    );
    const points = sweepPoints(["problem.parameters.k_rn=0.1,0.4"], { preset: "smoke" });
    assert.deepEqual(points.map(({ values }) => values["problem.parameters.k_rn"]), [0.1, 0.4]); // prettier-ignore
  });

  for (const { text, says } of [
    {
      text: "problem.parametres.kappa0=1",
      says: /no key "problem\.parametres"; keys here: name, cells, parameters, ranges, porosity/,
    },
    { text: "problem.porosity.sclae=1", says: /no key "problem\.porosity\.sclae"; keys here: bounds, mean, scale/ },
    { text: "problem.parameters.kapa0=1", says: /kapa0 is no parameter of electrode-published/ },
    { text: "problem.parameters.kappa0=much", says: /problem\.parameters\.kappa0.*got "much"/ },
    { text: "problem.ranges.F_right=3", says: /problem\.ranges\.F_right: expected a range \[least, greatest\], got 3/ },
    { text: "problem.porosity.covariance=matern", says: /problem\.porosity\.covariance.*matern-3\/2.*got "matern"/ },
  ]) {
    it(`--set ${text} is refused with what was expected`, () => {
      assert.throws(() => configuration(overridesFromText([text])), says);
    });
  }
});
