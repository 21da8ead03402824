import assert from "node:assert";
import { lowerTimes, plainLowerTimes } from "../../lib/porosity/lower-times";
import { stream } from "../../lib/random/stream";

describe("products with a lower triangular matrix", () => {
  for (const n of [1, 2, 3, 7, 100, 101]) {
    it(`of ${n} rows have the bits of the defining sums, for any number of vectors`, () => {
      for (const count of [1, 3, 4, 5, 12, 18]) {
        const [L, z] = [stream(n).normals(n * n), stream(count).normals(count * n)];
        const expected = new Float64Array(count * n);
        plainLowerTimes(L, n, z, 0, count, expected);
        assert.deepStrictEqual(lowerTimes(L, n, z, count), expected);
      }
    });
  }

  it("a sum can be checked by hand, and the entries above the diagonal do not count", () => {
    const L = Float64Array.of(2, 99, 3, 4);
    assert.deepStrictEqual(
      lowerTimes(L, 2, Float64Array.of(1, 1, 2, 0, 0, 1, 1, 2), 4),
      Float64Array.of(2, 7, 4, 6, 0, 4, 2, 11),
    );
  });
});
