/**
 * The imitation of round-off knows on which grids it means something, and says so on the others instead of giving NaN.
 */
import assert from "node:assert/strict";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { stream } from "../../lib/random/stream";
import { electrodePublished } from "../../lib/transport/electrode-published";
import { gridOf } from "../../lib/transport/domain";
import { publishedCondition } from "../../lib/transport/published-conditions";
import { mostCellsInSinglePrecision } from "../../lib/transport/published-single";

describe("the published electrode in single precision", function () {
  this.timeout(120_000);
  const solver = (cells: number) =>
    electrodePublished.solver(gridOf(electrodePublished, cells), { precision: "single" });
  const solve = (cells: number, k_rn?: number): Float64Array => {
    const out = new Float64Array(2 * cells);
    const condition = k_rn === undefined ? publishedCondition : { ...publishedCondition, k_rn };
    solver(cells).solve(new Float64Array(cells).fill(0.35), condition, out);
    return out;
  };

  it("means something where the reaction is at least half of the last bit of the diagonal: up to 147 cells as published", () => {
    assert.equal(mostCellsInSinglePrecision(publishedCondition), 147);
    const share = (cells: number): number => 5e5 * 0.65 * 0.1 * (1e-4 / cells) ** 2;
    const diagonal = Math.fround(2 * 0.35 ** 1.5);
    assert.notEqual(Math.fround(diagonal + share(140)), diagonal);
    assert.equal(Math.fround(diagonal + share(150)), diagonal);
  });

  it("says so beyond, with the remedy, for every grid and with every k_rn", () => {
    for (const cells of [148, 150, 200, 400, 1000])
      assert.throws(() => solve(cells), /single precision has no meaning on \d+ cells .*Remedy: at most 147 cells/);
    assert.throws(() => solve(100, 0.01), /no meaning on 100 cells with k_rn = 0\.01: .*Remedy: at most 46 cells/);
    assert.ok(solve(100).every(Number.isFinite));
    assert.ok(solve(45, 0.01).every(Number.isFinite));
  });

  it("names the condition in an ensemble, and never gives a number that is none", async () => {
    const common = { problem: electrodePublished, conditions: [publishedCondition], count: 20, stream: stream(3) };
    const ensemble = (cells: number) => generateEnsemble({ ...common, cells, precision: "single", workers: 1 });
    await assert.rejects(ensemble(200), /condition 0 .*single precision has no meaning on 200 cells/);
    assert.ok((await ensemble(100)).fields.values.every(Number.isFinite));
  });
});
