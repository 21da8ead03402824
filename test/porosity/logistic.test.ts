import assert from "node:assert";
import { assertClose } from "../assert-close";
import { logistic, plainLogistic } from "../../lib/porosity/logistic";
import { stream } from "../../lib/random/stream";

describe("logistic function", () => {
  const z = stream(5)
    .normals(20_001)
    .map((v, i) => v * 10 ** ((i % 7) - 3));
  const special = Float64Array.of(0, -0, 1e-320, 36.7, -36.7, 699.9, -699.9, 700, -701, 1e308, -Infinity, Infinity);

  it("agrees with the language's own exponential to rounding, over all sizes", () => {
    for (const g of [z, special]) {
      logistic(g, 0, 1).forEach((v, i) => {
        const expected = 1 / (1 + Math.exp(-Math.min(Math.max(g[i], -700), 700)));
        assertClose(`at ${g[i]}`, v, expected, { within: 6e-16 * expected });
      });
    }
  });

  it("has the bits of its plain twin", () => {
    for (const g of [z, special, z.subarray(0, 1), new Float64Array(0)]) {
      assert.deepStrictEqual(logistic(g, 0.2, 0.3), plainLogistic(g, 0.2, 0.3));
    }
  });

  it("leaves its argument alone, and NaN is NaN", () => {
    const g = Float64Array.of(1, NaN, 2);
    const got = logistic(g, 0.2, 0.3);
    assert.deepStrictEqual([...g], [1, NaN, 2]);
    assert.deepStrictEqual([...got].map(Number.isNaN), [false, true, false]);
    assert.ok(Number.isNaN(plainLogistic(g, 0.2, 0.3)[1]));
  });
});
