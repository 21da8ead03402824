import assert from "node:assert/strict";
import * as fs from "node:fs";
import { closePool } from "../../lib/threads/pool";
import { gridOf } from "../../lib/transport/domain";
import { problem } from "../../lib/transport/problems";
import { sgm } from "./run";
import { suiteFolder } from "./suite-folder";

describe("the command solve", function () {
  this.timeout(120_000);
  const { folder, at, put } = suiteFolder();
  after(closePool);

  it("solve writes the problem's own fields for profiles of any number of cells, with defaults for what is left out", async () => {
    const profiles = [
      [0.3, 0.35, 0.4, 0.3, 0.25],
      [0.5, 0.2, 0.3],
    ];
    const cases = put("cases.json", [{ eps: profiles[0], U0: 0.1, F_right: 20, k_rn: 0.2 }, { eps: profiles[1] }]);
    const { status, out, err } = await sgm(
      "solve",
      "--problem",
      "electrode-published",
      "--cases",
      cases,
      "--out",
      at("out.json"),
    );
    assert.deepEqual([status, out, err], [0, "", ""]);
    const solved = JSON.parse(fs.readFileSync(at("out.json"), "utf8")) as { phi: number[]; c: number[] }[];
    const p = problem("electrode-published");
    const defaults = Object.fromEntries(p.conditions.map((range) => [range.name, range.default]));
    for (const [i, condition] of [{ ...defaults, U0: 0.1, F_right: 20, k_rn: 0.2 }, defaults].entries()) {
      const n = profiles[i].length;
      const expected = new Float64Array(2 * n);
      p.solver(gridOf(p, n)).solve(Float64Array.from(profiles[i]), condition, expected);
      assert.deepEqual(solved[i].c, Array.from(expected.subarray(0, n)));
      assert.deepEqual(solved[i].phi, Array.from(expected.subarray(n)));
    }
    const onStdout = await sgm("solve", "--problem", "electrode-published", "--cases", cases);
    assert.deepEqual(JSON.parse(onStdout.out), solved);
  });

  const good = { eps: [0.3, 0.3] };
  for (const { what, cases, message } of [
    {
      what: "a porosity above 1",
      cases: [good, { eps: [0.3, 1.2] }],
      message: /cases\.json: case 1: .*eps must lie in \(0, 1\].*got 1\.2 in cell 1/,
    },
    { what: "a porosity of zero", cases: [{ eps: [0, 0.3] }], message: /case 0: .*got 0 in cell 0/ },
    { what: "an empty profile", cases: [{ eps: [] }], message: /case 0: eps must be a list of numbers/ },
    { what: "a profile of one cell", cases: [{ eps: [0.3] }], message: /case 0: .*at least 2, got 1/ },
    {
      what: "a missing profile",
      cases: [{ U0: 1 }],
      message: /case 0: eps must be a list of numbers, one per cell, got nothing/,
    },
    { what: "text among the numbers", cases: [{ eps: [0.3, "x"] }], message: /got "x" in cell 1/ },
    { what: "null among the numbers", cases: [{ eps: [null, 0.3] }], message: /got null in cell 0/ },
    { what: "a misspelt condition", cases: [{ ...good, F_rihgt: 1 }], message: /case 0: .*no condition "F_rihgt"/ },
    {
      what: "a condition that is no number",
      cases: [{ ...good, U0: "0.1" }],
      message: /case 0: U0 must be a number, got "0\.1"/,
    },
    {
      what: "an infinite condition",
      cases: '[{"eps": [0.3, 0.3], "U0": 1e999}]',
      message: /case 0: .*U0.*got Infinity/,
    },
    { what: "no list", cases: good, message: /expected a list of at least one case, got an object/ },
    { what: "an empty list", cases: [], message: /expected a list of at least one case, got an array of length 0/ },
    { what: "a case that is no object", cases: [good, 7], message: /case 1 must be a JSON object, got 7/ },
    { what: "broken JSON", cases: '[{"eps": [0.3,\n 0.3]}', message: /cases\.json: it is not valid JSON .*line 2/ },
    {
      what: "a key given twice",
      cases: '[{"eps": [0.3, 0.3], "U0": 1, "U0": 2}]',
      message: /"U0" occurs twice, at line 1, column 31/,
    },
  ]) {
    it(`solve: ${what} ends with status 2, the place in the file, and no output file`, async () => {
      const file = put("cases.json", cases);
      const { status, out, err } = await sgm(
        "solve",
        "--problem",
        "electrode-published",
        "--cases",
        file,
        "--out",
        at("out.json"),
      );
      assert.deepEqual([status, out], [2, ""], err);
      assert.match(err, message);
      assert.deepEqual(fs.readdirSync(folder()), ["cases.json"]);
    });
  }
});
