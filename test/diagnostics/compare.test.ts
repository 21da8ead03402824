import * as assert from "node:assert";
import { compareEnsembles, comparisonTable } from "../../lib/diagnostics/compare";
import { stream } from "../../lib/random/stream";
import { problem } from "../../lib/transport/problems";
import { cells, syntheticFields } from "./synthetic-fields";

const ask = (law: object) =>
  compareEnsembles({
    generated: syntheticFields(500, stream(1), law).values,
    reference: syntheticFields(1000, stream(2)).values,
    problem: problem("electrode-published"),
    cells,
    stream: stream(3),
    classifier: { modes: [8], count: 300, epochs: 8 },
  });

describe("comparison of two ensembles", () => {
  it("is plain JSON with finite numbers, the null beside each, and finds nothing in equal laws", () => {
    const comparison = ask({});
    assert.deepStrictEqual(JSON.parse(JSON.stringify(comparison)), comparison);
    const table = comparisonTable(comparison);
    for (const row of table) assert.ok(Number.isFinite(row.value) && Number.isFinite(row.null), JSON.stringify(row));
    for (const test of comparison.generated.tests) assert.ok(test.adjusted > 1e-3, JSON.stringify(test));
  });

  it("would notice a mean off by 0.3, also through the corrected p-values", () => {
    const tests = new Map(ask({ shift: 0.3 }).generated.tests.map(({ name, adjusted }) => [name, adjusted]));
    assert.ok(tests.get("energy distance")! <= 0.06);
    assert.ok(tests.get("classifier, 8 modes")! < 0.01);
  });

  it("refuses fields of another shape or too few of them", () => {
    const reference = syntheticFields(1000, stream(2));
    const rest = { reference, problem: problem("electrode-published"), stream: stream(3) };
    assert.throws(
      () => compareEnsembles({ ...rest, generated: reference }),
      /same channels and cells, got 2 x 16 and 2 x 100/,
    );
    const few = syntheticFields(50, stream(1));
    assert.throws(() => compareEnsembles({ ...rest, cells, generated: few }), /at least 200 generated/);
  });
});
