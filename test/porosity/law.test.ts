import assert from "node:assert";
import { assertClose } from "../assert-close";
import { porosity, porosityDerivative, porosityInverse } from "../../lib/porosity/law";

const law = { epsMin: 0.1, epsMax: 0.7 };
const g = Float64Array.from({ length: 81 }, (_, i) => (i - 40) / 4);

describe("porosity law", () => {
  it("g = 0 is the middle of the published range [0.2, 0.5], and far values stay inside it", () => {
    const eps = porosity(Float64Array.of(0, -1000, 1000));
    assertClose("middle", eps[0], 0.35, { within: 1e-16 });
    assert.deepStrictEqual([...eps.subarray(1)], [0.2, 0.5]);
  });

  it("equal steps of g are equal steps of the log-odds within the range", () => {
    const eps = porosity(g, law);
    eps.forEach((e, i) => assertClose("log-odds", Math.log((e - 0.1) / (0.7 - e)), g[i], { within: 1e-11 }));
  });

  it("the inverse undoes the law", () => {
    porosityInverse(porosity(g, law), law).forEach((v, i) => assertClose("g", v, g[i], { within: 1e-11 }));
  });

  it("the derivative is the slope of the law (central differences)", () => {
    const h = 1e-5;
    const [up, down] = [h, -h].map((s) =>
      porosity(
        g.map((v) => v + s),
        law,
      ),
    );
    porosityDerivative(g, law).forEach((d, i) =>
      assertClose(`slope at ${g[i]}`, d, (up[i] - down[i]) / (2 * h), { within: 1e-10 }),
    );
    assert.ok(porosityDerivative(Float64Array.of(-800, 800))[0] >= 0, "no NaN far out");
  });

  it("refuses porosities outside the law's bounds and laws that are none", () => {
    for (const eps of [0.1, 0.7, 0.05, NaN]) {
      assert.throws(
        () => porosityInverse(Float64Array.of(0.3, eps), law),
        /strictly between 0.1 and 0.7, got .* in cell 1/,
      );
    }
    for (const bad of [
      { epsMin: 0.5, epsMax: 0.2 },
      { epsMin: 0, epsMax: 0.5 },
      { epsMin: 0.2, epsMax: 1.1 },
    ]) {
      assert.throws(() => porosity(g, bad), /0 < epsMin < epsMax <= 1/);
    }
  });
});
