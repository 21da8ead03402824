import assert from "node:assert/strict";
import {
  effectiveSize,
  logMeanExp,
  normalisedWeights,
  systematicResample,
} from "../../lib/numerics/importance-weights";
import { assertClose } from "../assert-close";

describe("weights kept as logarithms", () => {
  const w = [1, 2, 5]; // sum 8, squares 30
  const far = 2000; // exp(far) overflows, exp(-far) underflows

  for (const shift of [0, far, -far]) {
    it(`have the values of weights worked out by hand, all times exp(${shift})`, () => {
      const l = w.map((x) => Math.log(x) + shift);
      const within = shift ? 1e-12 : 1e-15; // ln w next to 2000 keeps 2e-13
      assertClose("ln of the mean", logMeanExp(l) - shift, Math.log(8 / 3), { within });
      assertClose("effective number", effectiveSize(l), 64 / 30, { within: 10 * within });
      normalisedWeights(l).forEach((x, i) => assertClose(`share ${i}`, x, w[i] / 8, { within }));
    });
  }

  it("draws without any weight do not count, and where no draw has one all are alike", () => {
    const l = [-Infinity, Math.log(3), -Infinity, Math.log(1)];
    assertClose("ln of the mean", logMeanExp(l), 0, { within: 1e-15 });
    assertClose("effective number", effectiveSize(l), 16 / 10, { within: 1e-14 });
    normalisedWeights(l).forEach((x, i) => assertClose(`share ${i}`, x, [0, 0.75, 0, 0.25][i], { within: 1e-15 }));
    const none = [-Infinity, -Infinity];
    assert.deepEqual([logMeanExp(none), effectiveSize(none)], [-Infinity, 0]);
    assert.deepEqual(normalisedWeights(none), Float64Array.of(0.5, 0.5));
  });
});

describe("systematic resampling", () => {
  it("takes the draws in which (k + u) / count falls", () => {
    const weights = Float64Array.of(0.1, 0.5, 0, 0.4); // sums 0.1, 0.6, 0.6, 1
    assert.deepEqual([...systematicResample(weights, 5, 0.25)], [0, 1, 1, 3, 3]); // at 0.05, 0.25, 0.45, 0.65, 0.85
    assert.deepEqual([...systematicResample(weights, 5, 0.75)], [1, 1, 1, 3, 3]); // at 0.15, 0.35, 0.55, 0.75, 0.95
    assert.deepEqual([...systematicResample(Float64Array.of(0.25, 0.75), 2, 0.5)], [0, 1], "at the sum itself");
  });

  it("keeps to the draws where rounding leaves the weights' sum below 1", () => {
    assert.deepEqual([...systematicResample(Float64Array.of(0.5, 0.4), 4, 0.9)], [0, 0, 1, 1]);
  });

  it("is unbiased: over u, copies number N w in the mean, each time rounded up or down", () => {
    const weights = Float64Array.of(0.07, 0.31, 0.62);
    const [count, turns] = [7, 1000];
    const copies = [0, 0, 0];
    for (let turn = 0; turn < turns; turn++) {
      const ofThis = [0, 0, 0];
      for (const i of systematicResample(weights, count, (turn + 0.5) / turns)) ofThis[i]++;
      ofThis.forEach((n, i) => {
        assert.ok(Math.abs(n - count * weights[i]) < 1, `${n} copies`);
        copies[i] += n;
      });
    }
    // On a grid of u the mean is exact to one copy in `turns`, at either end of a draw's interval.
    copies.forEach((n, i) => assertClose(`copies of ${i}`, n / turns, count * weights[i], { within: 2.01 / turns }));
  });
});
