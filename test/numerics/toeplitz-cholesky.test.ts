import assert from "node:assert/strict";
import { toeplitzCholesky } from "../../lib/numerics/toeplitz-cholesky";
import { assertClose } from "../assert-close";

describe("the factor of a Toeplitz matrix", () => {
  for (const n of [1, 2, 3, 8]) {
    it(`of ${n} rows is lower triangular and multiplies out to it`, () => {
      const t = Float64Array.from({ length: n }, (_, k) => 2.5 * Math.cos(k) * 0.8 ** k); // a damped wave: definite
      const given = t.slice();
      const L = toeplitzCholesky(t)!;
      assert.deepEqual(t, given, "the column stays");
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          if (j > i) assert.equal(L[i * n + j], 0);
          let sum = 0;
          for (let k = 0; k < n; k++) sum += L[i * n + k] * L[j * n + k];
          assertClose(`entry ${i}, ${j}`, sum, t[Math.abs(i - j)], { within: 1e-14 });
        }
      }
    });
  }

  it("there is none where the matrix is not positive definite, singular ones included", () => {
    const none = [[0], [-1], [NaN], [0, 0], [1, 1], [1, -1], [1, 2], [1, 0.9, 0.2]]; // the last: determinant -0.28
    for (const t of none) assert.equal(toeplitzCholesky(Float64Array.from(t)), undefined, `${t}`);
  });
});
