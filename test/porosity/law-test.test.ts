/** The two statistics of the test of a law, by their definitions; the p-values, by the bootstrap's own counting. */
import assert from "node:assert/strict";
import { normalTail } from "../../lib/numerics/distributions";
import { fitValues, type LawValues } from "../../lib/porosity/fit-law";
import { andersonDarling, boxPierce, drawLike, testLaw } from "../../lib/porosity/law-test";
import { whitenedResiduals } from "../../lib/porosity/profile-likelihood";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

describe("Anderson and Darling's statistic", () => {
  it("is n times the integral of (F_n - F)^2 / (F (1 - F)) dF, of profiles taken together", () => {
    const z = [...stream(1).normals(9)].map((v) => 0.3 + 1.4 * v);
    const n = z.length;
    const F = z.map((v) => normalTail(-v)).sort((a, b) => a - b);
    // With F_n = k/n between two values: the antiderivative of (k/n - u)^2 / (u (1 - u)).
    const antiderivative = (k: number, u: number): number =>
      (u > 0 ? (k / n) ** 2 * Math.log(u) : 0) - (u < 1 ? (1 - k / n) ** 2 * Math.log(1 - u) : 0) - u;
    const ends = [0, ...F, 1];
    const integral = ends.slice(1).reduce((sum, u, k) => sum + antiderivative(k, u) - antiderivative(k, ends[k]), 0);
    const profiles = [Float64Array.from(z.slice(0, 4)), Float64Array.from(z.slice(4))];
    assertClose("A^2", andersonDarling(profiles), n * integral, { within: 1e-11 });
  });

  it("is finite far out, where a tail is none in double precision", () => {
    assert.ok(andersonDarling([Float64Array.of(-50, 0, 50)]) > 100);
  });
});

describe("Box and Pierce's statistic", () => {
  it("of signs that alternate, by hand: r_k = (-1)^k (n - k) / n", () => {
    for (const [n, lags] of [
      [3, 1],
      [8, 2],
      [11, 2],
      [12, 3],
      [100, 10],
    ]) {
      // prettier-ignore
      const alternating = Float64Array.from({ length: n }, (_, i) => (-1) ** i);
      let sum = 0;
      for (let k = 1; k <= lags; k++) sum += ((n - k) / n) ** 2;
      assertClose(`${n} points`, boxPierce([alternating]), n * sum, { within: 1e-12 * n });
      // Two profiles: twice the points, the same correlations; lags do not reach from one to the other.
      assertClose("two profiles", boxPierce([alternating, alternating]), 2 * n * sum, { within: 1e-12 * n });
    }
  });

  it("signs of two profiles that go against each other cancel", () => {
    const [up, down] = [Float64Array.of(1, 1, 1, 1), Float64Array.of(1, -1, 1, -1)];
    assert.equal(boxPierce([up, down]), 0);
  });
});

const law: LawValues = {
  covariance: "matern-3/2",
  nugget: 1e-4,
  epsMin: 0.2,
  epsMax: 0.5,
  mean: 0.3,
  scale: 0.8,
  correlationLength: 2e-5,
};
const x = Float64Array.from({ length: 12 }, (_, i) => i * 8e-6);
const empty = (profiles: number) => ({ x, profiles: Array.from({ length: profiles }, () => x) });

describe("profiles that a law makes", () => {
  it("have independent standard normal residuals under it: mean, variance and neighbours, to sampling error", () => {
    const profiles = 400;
    const drawn = drawLike(law, empty(profiles), stream(2));
    const z = whitenedResiduals(drawn, law, law);
    const n = profiles * x.length;
    const sum = (f: (r: Float64Array) => number): number => z.reduce((a, r) => a + f(r), 0) / n;
    const within = 4.5 / Math.sqrt(n);
    assertClose(
      "mean",
      sum((r) => r.reduce((a, v) => a + v, 0)),
      0,
      { within },
    );
    assertClose(
      "variance",
      sum((r) => r.reduce((a, v) => a + v * v, 0)),
      1,
      { within: Math.SQRT2 * within },
    );
    assertClose(
      "neighbours",
      sum((r) => r.slice(1).reduce((a, v, i) => a + v * r[i], 0)),
      0,
      { within },
    );
    drawn.profiles.forEach((p) => p.forEach((e) => assert.ok(e > law.epsMin && e < law.epsMax)));
  });

  it("stay inside the bounds where the log-odds are rounded to a bound", () => {
    const far = drawLike({ ...law, mean: 50 }, empty(3), stream(3));
    far.profiles.forEach((p) => p.forEach((e) => assert.ok(e < law.epsMax && e > 0.49)));
  });
});

describe("p-values of a law", function () {
  this.timeout(120_000);

  it("count the bootstrap's data sets that are at least as far off, and one for the data", () => {
    const bounds = { epsMin: law.epsMin, epsMax: law.epsMax };
    const bootstrap = 5;
    const data = drawLike(law, empty(6), stream(4));
    const result = testLaw(law, data, stream(5), { bootstrap, bounds });
    const both = (values: LawValues, of: typeof data): [number, number] => {
      const z = whitenedResiduals(of, values, values);
      return [andersonDarling(z), boxPierce(z)];
    };
    const seen = both(law, data);
    const larger = [1, 1];
    for (let b = 0; b < bootstrap; b++) {
      const again = drawLike(law, data, stream(5).child(b));
      both(fitValues(again, law.covariance, law.nugget, bounds), again).forEach((made, k) => {
        if (made >= seen[k]) larger[k]++;
      });
    }
    const [marginal, correlation] = larger.map((count) => count / (bootstrap + 1));
    assert.deepEqual(result, {
      marginal,
      correlation,
      both: Math.min(1, 2 * Math.min(marginal, correlation)),
      bootstrap,
    });
  });
});
