/**
 * The distribution of fields at one place: a density that integrates to one, in the units of the axis, from the cell
 * that was asked for.
 */
import assert from "node:assert/strict";
import { Fields } from "../../lib/fields/fields";
import { gridOf, uniformAxis } from "../../lib/fields/grid";
import { histogram } from "../../lib/figures/histogram";
import { stream } from "../../lib/random/stream";

const cells = 5;
const shape = { channels: [{ name: "T", symbol: "T", unit: "K" }], grid: gridOf([uniformAxis("x", 2e-3, cells)]) };
/** 1000 (cell number) + N(0, 1). */
const fields = new Fields(
  stream(1)
    .normals(4000 * cells)
    .map((z, k) => 1000 * (k % cells) + z),
  shape,
);

describe("a histogram of fields", () => {
  for (const [at, cell] of [
    [undefined, 2],
    [0, 0],
    [2e-3, 4],
    [0.5e-3, 1],
  ] as const) {
    it(`at ${at ?? "the middle"}: cell ${cell}, density one in all, near the normal one`, () => {
      const rows = histogram({ some: fields }, { at }).rows as readonly { value: number; density: number }[];
      const width = rows[1].value - rows[0].value;
      const total = rows.reduce((sum, row) => sum + row.density * width, 0);
      assert.ok(Math.abs(total - 1) < 1e-9, `integral ${total}`);
      for (const { value, density } of rows) {
        const normal = Math.exp(-0.5 * (value - 1000 * cell) ** 2) / Math.sqrt(2 * Math.PI);
        // counts, and a bin's width against a point
        const error = 5 * Math.sqrt((normal + 0.01) / (4000 * width)) + 0.02;
        assert.ok(Math.abs(density - normal) < error, `${density} against ${normal} at ${value}`);
      }
    });
  }

  it("refuses a place that is not on the axis, and nothing to draw", () => {
    assert.throws(() => histogram({ some: fields }, { at: 1 }), /at lies in \[0, 0.002\] m, got 1/);
    assert.throws(() => histogram({}), /at least one/);
  });
});
