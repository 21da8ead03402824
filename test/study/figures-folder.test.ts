/**
 * The figures of record are written by the unchanged study alone; whatever is tried beside it has a folder of its own.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { configuration, type Overrides } from "../../lib/study/configuration";
import { figuresFolder } from "../../lib/study/figures-folder";
import { openStudy } from "../../lib/study/study";
import { examples } from "../figures/examples";
import { resultsOfEachTest } from "../own-results";

describe("the folder of a study's figures", () => {
  const root = "/project";
  const record = { SGM_RECORD: "1" };
  const at = (overrides: Overrides, environment = {}): string => {
    const { folder, ofRecord } = figuresFolder(root, configuration(overrides), environment);
    assert.equal(ofRecord, folder === "/project/figures");
    return folder.replace(/^.*\/figures\//, "");
  };

  it("is figures/ for `npm start` at quick and for nothing else", () => {
    assert.equal(at({}, record), "/project/figures");
    assert.equal(
      at({ preset: "quick", sampler: { steps: 8 } }, record),
      "/project/figures",
      "what equals the preset is no change",
    );
    assert.equal(at({ preset: "quick" }), "quick", "a notebook run in JupyterLab");
    for (const preset of ["smoke", "full", "published"] as const) assert.equal(at({ preset }, record), preset);
  });

  it("is named for what differs: the same for the same configuration, another for another", () => {
    const [a, b, again] = [{ steps: 9 }, { steps: 10 }, { steps: 9 }].map((sampler) => at({ sampler }, record));
    assert.match(a, /^quick-[0-9a-f]{8}$/);
    assert.equal(a, again);
    assert.notEqual(a, b);
    assert.notEqual(at({ seed: 77 }), "quick");
  });

  it("is the one that SGM_FIGURES names, whatever else", () => {
    assert.equal(figuresFolder(root, configuration({}), { ...record, SGM_FIGURES: "/elsewhere" }).folder, "/elsewhere");
  });
});

describe("a study's figures and tables", () => {
  const folder = resultsOfEachTest();

  it("name the physics that differs from the problem's own, and nothing where none does", async () => {
    const thin = { name: "electrode", parameters: { thickness: 5e-5 }, porosity: { scale: 0.5 } } as const;
    const [usual, other] = [{ preset: "smoke" }, { preset: "smoke", problem: thin }] as const;
    const words = 'electrode with {"parameters":{"thickness":0.00005},"porosity":{"scale":0.5}}';
    for (const [overrides, named] of [
      [usual, false],
      [other, true],
    ] as const) {
      const study = openStudy(overrides);
      await study.table("numbers", [{ a: 1 }]);
      const { folder: at } = figuresFolder(study.root, study.configuration);
      assert.ok(at.startsWith(folder()));
      const text = fs.readFileSync(path.join(at, "numbers.tex"), "utf8");
      assert.match(text, /run: preset smoke, seed \d+/);
      assert.equal(text.includes(words), named);
      if (!named) continue;
      const figure = examples["training curve"]();
      await study.figure(figure);
      const picture = fs.readFileSync(path.join(at, `${figure.name}.svg`), "utf8");
      assert.ok(picture.replace(/\\"/g, '"').includes(words));
    }
  });
});
