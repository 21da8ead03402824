import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { temporaryFolder } from "../temporary-folder";
import { sgm } from "./run";

/**
 * Every kind of bad input that the physics knows, as a user meets it: status 2, the reason in words, no file left
 * behind.
 */
describe("bad input at the command line", () => {
  const folder = temporaryFolder();
  const at = (name: string): string => path.join(folder(), name);

  const conduction = { load: 1, amplitude: 0, centre: 0.5, width: 0.1 };
  const flat = [0.3, 0.3, 0.3, 0.3];
  for (const { what, problem = "electrode", cases, csv, more = [], says } of [
    {
      what: "a porosity of zero, which conducts nothing",
      cases: [{ eps: [0.3, 0] }],
      says: /\(0, 1\].*got 0 in cell 1/,
    },
    { what: "a negative porosity", cases: [{ eps: [-0.3, 0.3] }], says: /\(0, 1\].*got -0\.3 in cell 0/ },
    { what: "a porosity above 1", cases: [{ eps: [0.3, 1.01] }], says: /\(0, 1\].*got 1\.01 in cell 1/ },
    { what: "NaN in the cases", cases: '[{"eps": [0.3, NaN]}]', says: /cases\.json: it is not valid JSON/ },
    {
      what: "NaN in a table",
      cases: [{ eps: "p.csv" }],
      csv: "0,0.3\n1e-4,NaN\n",
      says: /p\.csv, line 2: expected two/,
    },
    { what: "an empty profile", cases: [{ eps: [] }], says: /must be a list of numbers, one per cell/ },
    { what: "an empty table", cases: [{ eps: "p.csv" }], csv: "", says: /p\.csv: expected at least two lines/ },
    { what: "a profile of another length", cases: [{ eps: flat }], more: ["--cells", "5"], says: /5 values.*got 4/ },
    {
      what: "x that goes back",
      cases: [{ eps: "p.csv" }],
      csv: "0,0.3\n9e-5,0.3\n8e-5,0.3\n",
      says: /x must increase/,
    },
    { what: "a table that is too short", cases: [{ eps: "p.csv" }], csv: "0,0.3\n5e-5,0.3\n", says: /must cover/ },
    { what: "a negative length", cases: [{ eps: flat, l: -1e-5 }], says: /\bl\b.*got -0\.00001/ },
    { what: "a rate constant of zero", cases: [{ eps: flat, k_rn: 0 }], says: /k_rn \(rate constant.*got 0/ },
    { what: "a negative time", cases: [{ eps: flat, time: -1 }], says: /time .*got -1/ },
    {
      what: "one cell",
      cases: [{ eps: "p.csv" }],
      csv: "0,0.3\n1e-4,0.3\n",
      more: ["--cells", "1"],
      says: /at least 2/,
    },
    {
      what: "a grid for which there is no memory",
      cases: [{ eps: "p.csv" }],
      csv: "0,0.3\n1e-4,0.3\n",
      more: ["--cells", "9007199254740991"],
      says: /--cells must be .* at most 1000000/,
    },
    { what: "an unknown problem", problem: "elektrode", cases: [{ eps: flat }], says: /no "elektrode"; there are/ },
    {
      what: "a current that the salt cannot follow",
      cases: [{ eps: flat, F_right: -1e4 }],
      says: /electrolyte is depleted at x = .* Remedy: a smaller current/,
    },
    {
      what: "two given currents that do not balance",
      problem: "conduction",
      cases: [{ eps: flat, ...conduction, boundary: 8 }],
      says: /case 0: .*what flows in must flow out.*pure Neumann/,
    },
    {
      what: "a correlation length, where the porosity is given",
      cases: [{ eps: flat }, { eps: flat, l: 1e-5 }],
      says: /case 1: l has no effect where eps is given: in electrode it shapes the random porosity alone\. Remedy: leave it/,
    },
    {
      what: "a pair of ends that there is not",
      problem: "conduction",
      cases: [{ eps: flat, ...conduction, boundary: 9 }],
      says: /boundary.*8 Neumann-Neumann.*got 9/,
    },
  ] as { what: string; problem?: string; cases: unknown; csv?: string; more?: string[]; says: RegExp }[]) {
    it(`solve: ${what} ends with status 2 and leaves no file`, async () => {
      fs.writeFileSync(at("cases.json"), typeof cases === "string" ? cases : JSON.stringify(cases));
      if (csv !== undefined) fs.writeFileSync(at("p.csv"), csv);
      const before = fs.readdirSync(folder());
      const args = ["--problem", problem, "--cases", at("cases.json"), "--out", at("out.json"), ...more];
      const { status, out, err } = await sgm("solve", ...args);
      assert.deepEqual([status, out], [2, ""], err);
      assert.match(err, says);
      assert.deepEqual(fs.readdirSync(folder()), before);
    });
  }

  for (const { what, condition, more = [], says } of [
    {
      what: "more fields than any disk holds",
      condition: {},
      more: ["--count", "9007199254740991"],
      says: /more than 10\^12 numbers \(8 TB\)/,
    },
    {
      what: "more cells than a grid has",
      condition: {},
      more: ["--cells", "9007199254740991"],
      says: /--cells must be .* at most 1000000/,
    },
    {
      what: "threads by the million",
      condition: {},
      more: ["--workers", "1000000"],
      says: /--workers must be .* at most 1024/,
    },
    { what: "zero workers", condition: {}, more: ["--workers", "0"], says: /--workers must be .* at least 1, got "0"/ },
    { what: "no condition", condition: undefined, says: /at least one condition/ },
    { what: "a correlation length of zero", condition: { l: 0 }, says: /\bl\b.*got 0/ },
    { what: "one cell", condition: {}, more: ["--cells", "1"], says: /--cells must be .* at least 2/ },
    {
      what: "depletion in one of the fields",
      condition: { F_right: -1e4 },
      says: /condition 0 .*porosity 0: .*depleted/,
    },
  ] as { what: string; condition?: object; more?: string[]; says: RegExp }[]) {
    for (const out of ["x.npy", "x.zarr"]) {
      it(`generate to ${out}: ${what} ends with status 2 and leaves nothing`, async () => {
        fs.writeFileSync(at("z.json"), JSON.stringify(condition === undefined ? [] : [condition]));
        const args = [
          "--problem",
          "electrode",
          "--conditions",
          at("z.json"),
          "--count",
          "3",
          "--out",
          at(out),
          ...more,
        ];
        const done = await sgm("generate", ...args);
        assert.deepEqual([done.status, done.out], [2, ""], done.err);
        assert.match(done.err, says);
        assert.deepEqual(fs.readdirSync(folder()), ["z.json"]);
      });
    }
  }
});
