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

  describe("with a mean and a scale of the log-odds", () => {
    const [mean, scale] = [0.4, 1.7];
    const wide = { ...law, mean, scale };
    const near = g.map((v) => v / 2);

    it("equal steps of g are steps of the log-odds times the scale, from the mean on; the inverse undoes it", () => {
      const eps = porosity(near, wide);
      eps.forEach((e, i) =>
        assertClose("log-odds", Math.log((e - 0.1) / (0.7 - e)), mean + scale * near[i], { within: 1e-10 }),
      );
      porosityInverse(eps, wide).forEach((v, i) => assertClose("g", v, near[i], { within: 1e-10 }));
      assert.deepStrictEqual(
        porosity(Float64Array.of(0), { ...law, mean: 0.4 })[0],
        porosity(Float64Array.of(0.4), law)[0],
      );
    });

    it("the derivative is the slope (central differences)", () => {
      const h = 1e-5;
      const [up, down] = [h, -h].map((s) =>
        porosity(
          near.map((v) => v + s),
          wide,
        ),
      );
      porosityDerivative(near, wide).forEach((d, i) =>
        assertClose(`slope at ${near[i]}`, d, (up[i] - down[i]) / (2 * h), { within: 1e-10 }),
      );
    });

    it("goes into the array that is given, which may be g itself", () => {
      for (const each of [law, wide]) {
        const [own, out] = [near.slice(), new Float64Array(near.length)];
        const expected = porosity(near, each);
        assert.equal(porosity(near, each, out), out);
        assert.equal(porosity(own, each, own), own);
        assert.deepStrictEqual([out, own], [expected, expected]);
      }
    });

    it("is refused where the mean is not finite or the scale not positive", () => {
      for (const bad of [{ mean: NaN }, { mean: Infinity }, { scale: 0 }, { scale: Infinity }])
        assert.throws(() => porosity(g, { ...law, ...bad }), /porosity: the log-odds .* a finite mean and a positive/);
      assert.throws(() => porosityDerivative(g, { ...law, scale: -1 }), /porosityDerivative: .*got 0 and -1/);
      assert.throws(() => porosityInverse(g, { ...law, scale: -1 }), /porosityInverse: .*got 0 and -1/);
    });
  });

  it("takes bounds up to 1", () => assert.ok(porosity(Float64Array.of(9), { epsMin: 0.2, epsMax: 1 })[0] < 1));

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
      { epsMin: 0.3, epsMax: 0.3 },
    ]) {
      assert.throws(() => porosity(g, bad), /0 < epsMin < epsMax <= 1/);
    }
  });
});
