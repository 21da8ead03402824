import assert from "node:assert/strict";
import { factoredLaw, leadingPart, principalLaw } from "../../lib/gaussian/principal-law";
import { multiply } from "../../lib/numerics/row-products";
import { transposed } from "../../lib/numerics/rows";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

describe("the law of a factor with few columns", () => {
  const [dimension, stored] = [90, 12];
  // Columns as strong as those of a triangular factor, and a cell without spread
  const factor = Float64Array.from(stream(7).normals(dimension * stored)).map((x, at) =>
    Math.floor(at / stored) === 4 ? 0 : x * 0.5 ** (at % stored),
  );
  const mean = Float64Array.from(stream(8).normals(dimension));

  for (const components of ["covariance", "correlation"] as const) {
    it(`has the components of the ${components} that the Cholesky factorisation finds`, () => {
      const law = factoredLaw(mean, factor, { components });
      const whole = principalLaw(mean, { left: factor, right: factor, dimension, stored }, { components });
      assert.equal(law.rank, stored);
      law.variance.forEach((v, k) => assertClose(`variance ${k}`, v, whole.variance[k], { within: 1e-10 * law.variance[0] })); // prettier-ignore
      law.spread?.forEach((s, i) => assert.equal(s, whole.spread?.[i]));
      const [own, other] = [law, whole].map(({ modes, rank }) => Array.from({ length: dimension * rank }, (_, at) => Math.abs(modes[at]))); // prettier-ignore
      own.forEach((x, at) => assertClose(`mode ${at % stored} in cell ${Math.floor(at / stored)}`, x, other[at], { within: 1e-7 })); // prettier-ignore
    });
  }

  it("turns innovations into coordinates: D V diag(lambda)^(1/2) W is the factor", () => {
    const { modes, variance, innovations, spread, rank } = factoredLaw(mean, factor, { components: "correlation" });
    const scaled = modes.map((x, at) => x * Math.sqrt(variance[at % rank]) * spread![Math.floor(at / rank)]);
    multiply(scaled, innovations!, stored).forEach((x, at) => assertClose(`entry ${at}`, x, factor[at], { within: 1e-9 })); // prettier-ignore
  });

  it("its leading part has the first modes and their innovations", () => {
    const law = factoredLaw(mean, factor, { components: "covariance" });
    const part = leadingPart(law, 3);
    const rows = transposed(law.modes, law.rank).subarray(0, 3 * dimension);
    assert.deepStrictEqual(transposed(part.modes, 3), rows.slice());
    assert.deepStrictEqual(part.innovations?.length, 3 * stored);
    assert.deepStrictEqual([...part.variance], [...law.variance.subarray(0, 3)]);
  });
});
