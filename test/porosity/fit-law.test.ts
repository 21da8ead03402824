/**
 * A porosity law fitted to profiles of known law: its intervals cover at their nominal rate, and a law that is not
 * theirs is rejected.
 */
import assert from "node:assert/strict";
import { fitLaw, fitValues, type LawValues } from "../../lib/porosity/fit-law";
import { drawLike, testLaw } from "../../lib/porosity/law-test";
import { profileLikelihood } from "../../lib/porosity/profile-likelihood";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const law: LawValues = {
  covariance: "matern-3/2",
  nugget: 1e-4,
  epsMin: 0.2,
  epsMax: 0.5,
  mean: 0.3,
  scale: 0.8,
  correlationLength: 1e-5,
};
const bounds = { epsMin: law.epsMin, epsMax: law.epsMax };
const places = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => ((i + 0.5) * 1e-4) / n);
const phantom = (seed: number, n: number, profiles: number, of = law) =>
  drawLike(of, { x: places(n), profiles: Array.from({ length: profiles }, () => places(n)) }, stream(seed));

describe("a porosity law fitted to profiles", function () {
  this.timeout(300_000);

  it("its likelihood is the density: two points, by hand", () => {
    const x = Float64Array.of(0, 1e-5);
    const eps = Float64Array.of(0.3, 0.4);
    const rho = Math.exp(-1);
    const [u, v] = [Math.log(0.1 / 0.2), Math.log(0.2 / 0.1)];
    const exact =
      -Math.log(2 * Math.PI) -
      0.5 * Math.log(1 - rho * rho) -
      (u * u - 2 * rho * u * v + v * v) / (2 * (1 - rho * rho)) +
      2 * Math.log(0.3 / (0.1 * 0.2));
    const parameters = { ...bounds, correlationLength: 1e-5, mean: 0, scale: 1 };
    const { value } = profileLikelihood({ x, profiles: [eps] }, parameters, { covariance: "matern-1/2", nugget: 0 });
    assertClose("ln p", value, exact, { within: 1e-12 });
  });

  it("95 % intervals of length, mean and scale cover the truth of the time, within the binomial error of 60 phantoms", () => {
    const phantoms = 60;
    const covered = { correlationLength: 0, mean: 0, scale: 0 };
    for (let k = 0; k < phantoms; k++) {
      const fitted = fitLaw(phantom(100 + k, 20, 10), { bounds, kinds: ["matern-3/2"] });
      for (const name of ["correlationLength", "mean", "scale"] as const) {
        if (fitted[name].low <= law[name] && law[name] <= fitted[name].high) covered[name]++;
      }
    }
    const within = 4 * Math.sqrt(phantoms * 0.95 * 0.05);
    for (const [name, count] of Object.entries(covered)) assertClose(name, count, 0.95 * phantoms, { within });
  });

  it("bounds and kind of covariance: the truth is as likely as Wilks allows it to be, and inside intervals that hold the best value", () => {
    const wide = { ...law, scale: 2 };
    const data = phantom(3, 20, 12, wide);
    const fitted = fitLaw(data, { kinds: ["squared-exponential", "matern-3/2"] });
    assert.equal(fitted.covariance, "matern-3/2");
    const chiSquare999 = 20.515; // five degrees of freedom
    const truth = profileLikelihood(data, wide, wide).value;
    const twice = 2 * (fitted.logLikelihood["matern-3/2"]! - truth);
    assert.ok(twice >= -1e-6 && twice < chiSquare999, `twice the difference in ln p is ${twice}`);
    for (const { low, value, high } of [fitted.epsMin, fitted.epsMax, fitted.scale])
      assert.ok(low < value && value < high);
    assert.ok(fitted.epsMin.high < fitted.epsMax.low);
  });

  it("its own law is not rejected; a rough process fitted as a smooth one is, by its correlation", () => {
    const options = { bounds, bootstrap: 39 };
    const own = phantom(5, 20, 10);
    const kept = testLaw(fitValues(own, "matern-3/2", 1e-4, bounds), own, stream(6), options);
    assert.ok(kept.both > 0.01, `p ${kept.both}`);
    const rough = phantom(7, 20, 20, { ...law, covariance: "matern-1/2", correlationLength: 4e-5 });
    const rejected = testLaw(fitValues(rough, "squared-exponential", 1e-4, bounds), rough, stream(8), options);
    assert.equal(rejected.correlation, 1 / 40);
  });

  for (const { what, data, says } of [
    { what: "constant", data: { x: places(5), profiles: [new Float64Array(5).fill(0.3)] }, says: /nothing varies/ },
    {
      what: "in percent",
      data: { x: places(5), profiles: [Float64Array.of(30, 40, 35, 30, 20)] },
      says: /got 30 in profile 1/,
    },
    {
      what: "of three points",
      data: { x: places(3), profiles: [Float64Array.of(0.3, 0.4, 0.3)] },
      says: /four points/,
    },
    {
      what: "beyond the bounds",
      data: { x: places(4), profiles: [Float64Array.of(0.3, 0.55, 0.3, 0.4)] },
      says: /must enclose/,
    },
  ]) {
    it(`profiles that are ${what} are refused`, () => assert.throws(() => fitLaw(data, { bounds }), says));
  }
});
