import assert from "node:assert";
import { assertClose } from "../assert-close";
import { normalisation } from "../../lib/fields/normalisation";
import { fieldsOf } from "./some-fields";
import { stream } from "../../lib/random/stream";

describe("normalisation", () => {
  it("gives one mean and one standard deviation per channel, also where the mean is huge", () => {
    const [fields, cells] = [400, 50];
    const z = stream(1).normals(fields * 2 * cells);
    const values = z.map((v, i) => (Math.floor(i / cells) % 2 === 0 ? 1e9 + 5 * v : 2 + 3 * v));
    const { mean, std } = normalisation(fieldsOf(values, 2, cells));
    const n = fields * cells;
    assertClose("mean of c", mean[0], 1e9, { within: (5 * 5) / Math.sqrt(n) });
    assertClose("std of c", std[0], 5, { within: (5 * 5) / Math.sqrt(2 * n) });
    assertClose("mean of phi", mean[1], 2, { within: (5 * 3) / Math.sqrt(n) });
    assertClose("std of phi", std[1], 3, { within: (5 * 3) / Math.sqrt(2 * n) });
    const z0 = (values[0] - mean[0]) / std[0];
    assertClose("network units", z0, z[0], { within: 0.2 });
  });

  it("is exact for a pattern that can be summed by hand", () => {
    const { mean, std } = normalisation(fieldsOf(Float64Array.of(1, 3, 10, 20, 5, 7, 30, 40), 2, 2));
    assert.deepStrictEqual(mean, [4, 25]);
    assert.deepStrictEqual(std, [Math.sqrt(5), Math.sqrt(125)]);
  });

  it("refuses NaN, a channel that does not vary, and parts of fields", () => {
    const constant = new Float64Array(8).fill(1);
    assert.throws(() => normalisation(fieldsOf(constant, 2, 2)), /u0 has standard deviation 0/);
    assert.throws(() => normalisation(fieldsOf(Float64Array.of(1, NaN, 2, 3), 1, 2)), /deviation NaN/);
    assert.throws(() => normalisation(fieldsOf(constant.subarray(2), 2, 2)), /whole fields/);
    assert.throws(() => normalisation(fieldsOf(new Float64Array(0), 2, 2)), /got none/);
  });
});
