import assert from "node:assert/strict";
import { largestDifference } from "../../lib/diagnostics/largest-difference";
import { momentsTable } from "../../lib/diagnostics/moments-table";
import { Fields } from "../../lib/fields/fields";
import { unnamedShape } from "../../lib/fields/shape";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const shape = unnamedShape(2, 3);
const normals = (name: string, count: number): Float64Array =>
  stream(4)
    .child(name)
    .normals(count * 6);

describe("ensembles side by side in a table", () => {
  it("a shift by half a spread and twice the spread are told of the channel that has them, within four standard errors", () => {
    const count = 4000;
    const changed = normals("changed", count).map((x, k) => (Math.floor(k / 3) % 2 === 0 ? x + 0.5 : 2 * x));
    const reference = new Fields(normals("reference", count), shape);
    const [shifted, widened] = momentsTable(new Fields(changed, shape), reference);
    assertClose("bias", shifted["bias / std"], 0.5, { within: 4 * shifted["± bias"] });
    assertClose("spread", shifted["std ratio"], 1, { within: 4 * shifted["± ratio"] });
    assertClose("spread of the other", widened["std ratio"], 2, { within: 4 * widened["± ratio"] });
    // the error of a mean of 3 cells of 4000 fields of each kind, (1 + 4) / 4000 over the reference's variance
    assertClose("bias of the other", widened["bias / std"], 0, { within: 4 * Math.sqrt(5 / count) });
  });

  it("the largest difference is that of the worst cell, channel by channel; other channels, grids or units are refused", () => {
    const a = new Fields(Float64Array.of(0, 0, 0, 1, 1, 1), shape);
    const b = new Fields(Float64Array.of(0, -0.3, 0.2, 1, 1, 5), shape);
    assert.deepEqual(
      largestDifference(a, b).map((row) => row["largest difference"]),
      [0.3, 4],
    );
    assert.throws(() => largestDifference(a, new Fields(new Float64Array(8), unnamedShape(2, 4))), /same channels/);
    assert.throws(() => largestDifference(a, new Fields(new Float64Array(6), shape, "network")), /SI units/);
  });
});
