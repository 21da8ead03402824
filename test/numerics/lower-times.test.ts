import assert from "node:assert";
import { lowerTimes, plainLowerTimes } from "../../lib/numerics/lower-times";
import { stream } from "../../lib/random/stream";

describe("products with a lower triangular matrix", () => {
  for (const n of [1, 2, 3, 7, 100, 101]) {
    it(`of ${n} rows have the bits of the defining sums, for any number of vectors`, () => {
      for (const count of [1, 3, 4, 5, 12, 18]) {
        const [L, z] = [stream(n).normals(n * n), stream(count).normals(count * n)];
        const expected = new Float64Array(count * n);
        for (let k = 0; k < count; k++) {
          for (let i = 0; i < n; i++) {
            for (let j = 0; j <= i; j++) expected[k * n + i] += L[i * n + j] * z[k * n + j];
          }
        }
        const plain = z.slice();
        plainLowerTimes(L, n, plain, 0, count);
        lowerTimes(L, n, z, count);
        assert.deepStrictEqual(plain, expected);
        assert.deepStrictEqual(z, expected);
      }
    });
  }

  it("a sum can be checked by hand, and the entries above the diagonal do not count", () => {
    const L = Float64Array.of(2, 99, 3, 4);
    const z = Float64Array.of(1, 1, 2, 0, 0, 1, 1, 2);
    lowerTimes(L, 2, z, 4);
    assert.deepStrictEqual(z, Float64Array.of(2, 7, 4, 6, 0, 4, 2, 11));
  });
});
