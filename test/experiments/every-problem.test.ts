/**
 * Every problem goes the same way, from statistics to an evaluated model: the built-in ones, and one with other names
 * and lengths.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../lib/cache/root";
import { fidelityByChoice, fidelityTable } from "../../lib/experiments/sampling/figures";
import { heldOutConditions } from "../../lib/experiments/sampling/held-out";
import { stream } from "../../lib/random/stream";
import { openStudy } from "../../lib/study/study";
import { problem } from "../../lib/transport/problems";
import { resultsOfEachTest } from "../own-results";

/**
 * Heat with a potential beside it: two channels of other names, affine in no condition, a law of porosity without a
 * correlation length to choose.
 */
const foreign = `
import type { Problem } from "../../lib/transport/problem";
const range = (name: string, min: number, max: number) => ({ name, symbol: name, unit: "1", meaning: name, min, max, scale: "linear" as const, default: max });
export const problem: Problem = {
  name: "foreign",
  title: "Two channels",
  domain: [{ name: "r", length: 7, cells: 20 }],
  channels: [{ name: "T", symbol: "T", unit: "K" }, { name: "u", symbol: "u", unit: "m" }],
  conditions: [range("heat", 1, 2), range("bend", -1, 1)],
  affine: [],
  porosity: { law: { epsMin: 0.1, epsMax: 0.9 }, covariance: "squared-exponential", nugget: 1e-4, correlationLength: () => 1 },
  solver: () => ({
    solve(eps, { heat, bend }, out, offset = 0) {
      let sum = 0;
      for (let i = 0; i < eps.length; i++) {
        sum += eps[i] / eps.length;
        out[offset + i] = 300 + heat * sum;
        out[offset + eps.length + i] = bend * sum + eps[i] * heat ** 2;
      }
    },
  }),
};
`;

const tiny = {
  preset: "smoke",
  problem: { cells: 20 },
  statistics: { nodes: 16, porosities: 256 },
  ensemble: { conditions: 8, porosities: 16, heldOutConditions: 8 },
  network: { modes: 4 },
  training: { steps: 8, conditions: 8, fields: 2, heldOutEvery: 8, checkpointEvery: 8, warmUp: 1 },
  evaluation: { conditions: 2, generated: 50, reference: 100 },
} as const;

describe("every problem", function () {
  this.timeout(300_000); // three studies, each with its compiled graphs
  resultsOfEachTest();
  const inside = path.join(projectRoot(), ".cache", `foreign-problem-${process.pid}`);
  beforeEach(() => {
    fs.mkdirSync(inside, { recursive: true });
    fs.writeFileSync(path.join(inside, "foreign.ts"), foreign);
  });
  afterEach(() => {
    fs.rmSync(inside, { recursive: true, force: true });
  });

  // The published problem is trained by the notebooks' tests.
  for (const name of ["electrode", "conduction", "foreign"] as const) {
    it(`${name} ends in a model whose held-out table has a row for each of its channels`, async () => {
      const own = (
        name === "foreign" ? path.relative(process.cwd(), path.join(inside, "foreign.ts")) : name
      ) as typeof name & "conduction";
      const study = openStudy({ ...tiny, problem: { ...tiny.problem, name: own } });
      const { log } = await study.model();
      assert.ok(log.every(({ loss }) => Number.isFinite(loss)));
      const evaluation = await study.result("sampling");
      const rows = fidelityTable(study, evaluation);
      for (const { symbol } of study.problem.channels)
        assert.ok(
          rows.some(({ quantity }) => quantity === `std ratio of ${symbol}`),
          symbol,
        );
      assert.ok(evaluation.conditions.every(({ fixedCells }) => fixedCells < 1e-11));
      const configurations = new Set(fidelityByChoice(study, evaluation).map((row) => row.configuration));
      assert.equal(configurations.size, name === "conduction" ? tiny.evaluation.conditions : 0);
    });
  }

  it("held-out conditions meet every combination of the choices as often, and do not depend on how many there are", () => {
    const conduction = problem("conduction");
    const drawn = heldOutConditions(conduction, 24, stream(3));
    const seen = drawn.map(({ boundary }) => boundary);
    for (let pair = 0; pair < 8; pair++) assert.equal(seen.filter((b) => b === pair).length, 3);
    assert.deepEqual(heldOutConditions(conduction, 5, stream(3)), drawn.slice(0, 5));
  });
});
