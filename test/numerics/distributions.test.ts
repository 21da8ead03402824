import assert from "node:assert/strict";
import { chiSquareTail, normalTail, studentQuantile, studentTail } from "../../lib/numerics/distributions";
import { normalQuantile } from "../../lib/random/normal";
import { assertClose } from "../assert-close";

describe("tails of the normal and chi-square laws", () => {
  it("agree with tabulated values and with each other", () => {
    assertClose("normal 1.959964", normalTail(1.959963984540054), 0.025, { within: 1e-15 });
    assertClose("normal -1", normalTail(-1), 0.841344746068543, { within: 1e-14 });
    assertClose("normal 8 (relative)", normalTail(8) / 6.220960574271786e-16, 1, { within: 1e-12 });
    assertClose("chi-square 95 % of 10", chiSquareTail(18.307038053275146, 10), 0.05, { within: 1e-14 });
    assertClose("chi-square of 2 is exponential", chiSquareTail(7, 2), Math.exp(-3.5), { within: 1e-15 });
    for (const z of [0.3, 2, 5]) {
      assertClose(`square of a normal, ${z}`, chiSquareTail(z * z, 1) / (2 * normalTail(z)), 1, { within: 1e-12 });
    }
    for (const u of [0.5, 0.9, 0.999, 1 - 1e-9]) {
      assertClose("inverse of the quantile", normalTail(normalQuantile(u)) / (1 - u), 1, { within: 1e-6 });
    }
  });

  it("end in 0 and 1, whatever the size of the argument", () => {
    assert.deepEqual([-Infinity, -50, 50, Infinity].map(normalTail), [1, 1, 0, 0]);
    assert.deepEqual([-1, 0, 1e6, Infinity].map((x) => chiSquareTail(x, 3)), [1, 1, 0, 0]); // prettier-ignore
    assert.throws(() => chiSquareTail(1, 0), /chiSquareTail: degrees of freedom must be positive, got 0/);
  });
});

describe("Student's law", () => {
  it("has the tables' quantiles, and the normal law's for many degrees", () => {
    const table = { 1: 12.7062, 2: 4.30265, 5: 2.57058, 30: 2.04227, 40: 2.02108, 1000000: 1.95997 };
    for (const [degrees, quantile] of Object.entries(table)) {
      assertClose(`${degrees} degrees`, studentQuantile(Number(degrees)) / quantile, 1, { within: 3e-6 });
    }
  });

  it("has 5 % beyond the quantile, for every number of degrees, whole or not", () => {
    for (const degrees of [1, 2, 2.5, 7, 30, 100]) {
      assertClose(`${degrees} degrees`, studentTail(studentQuantile(degrees), degrees), 0.05, { within: 1e-12 });
      assertClose(`${degrees} degrees, 1 %`, studentTail(studentQuantile(degrees, 0.01), degrees), 0.01, {
        within: 1e-12,
      });
    }
    assertClose("no difference", studentTail(0, 4), 1, { within: 1e-12 });
    assertClose("one degree, closed form", studentTail(1, 1), 0.5, { within: 1e-14 });
    assertClose("two degrees, closed form", studentTail(9, 2), 1 - 9 / Math.sqrt(83), { within: 1e-14 });
    assertClose("both sides", studentTail(-9, 2), studentTail(9, 2), { within: 0 });
    assert.throws(() => studentTail(1, 0), /studentTail: degrees of freedom must be positive, got 0/);
    assert.throws(() => studentQuantile(0), /studentQuantile: degrees of freedom must be positive, got 0/);
  });
});
