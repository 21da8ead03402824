import assert from "node:assert";
import { assertClose } from "../assert-close";
import { covarianceAt, covariances } from "../../lib/porosity/covariance";

/**
 * Matern covariances by their definition 2^(1 - nu) / Gamma(nu) s^nu K_nu(s), with K_nu (SciPy 1.17, special.kv) at
 * r = 0.7, l = 0.4.
 */
const values = [
  { covariance: "squared-exponential", value: 0.2162651668298874 },
  { covariance: "matern-1/2", value: 0.1737739434504452 },
  { covariance: "matern-3/2", value: 0.19455266682497066 },
  { covariance: "matern-5/2", value: 0.20012626289652494 },
] as const;

describe("covariance functions", () => {
  for (const { covariance, value } of values) {
    it(`${covariance} has its defined value`, () =>
      assertClose(covariance, covarianceAt(covariance, 0.7, 0.4), value, { within: 1e-14 }));
  }

  for (const covariance of covariances) {
    it(`${covariance} is 1 at distance 0, falls, and is never NaN, however short l is`, () => {
      assert.strictEqual(covarianceAt(covariance, 0, 1e-6), 1);
      for (const l of [1e-300, 1e-12, 0.1, 1, 1e6]) {
        const c = [0, 0.2, 0.4, 0.8, 1].map((r) => covarianceAt(covariance, r, l));
        for (let i = 1; i < c.length; i++) assert.ok(c[i] >= 0 && c[i] <= c[i - 1], `${covariance} l ${l}: ${c}`);
      }
    });
  }
});
