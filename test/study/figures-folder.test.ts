/**
 * The figures of record are written by the unchanged study alone; whatever is tried beside it has a folder of its own.
 */
import assert from "node:assert/strict";
import { configuration, type Overrides } from "../../lib/study/configuration";
import { figuresFolder } from "../../lib/study/figures-folder";

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
      at({ preset: "quick", sampler: { steps: 20 } }, record),
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
