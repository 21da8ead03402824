import assert from "node:assert/strict";
import { logDomain, logTicks } from "../../lib/figures/parts/axis";

describe("a logarithmic axis", () => {
  it("has ticks at powers of ten over many decades, thinned where there are more than eight", () => {
    assert.deepEqual(logTicks(1e-3, 10), [1e-3, 1e-2, 0.1, 1, 10]);
    assert.deepEqual(logTicks(1e-14, 1), [1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1]);
  });
  it("has ticks at 1, 2 and 5 over few decades", () => {
    assert.deepEqual(logTicks(0.9, 21), [1, 2, 5, 10, 20]);
  });
  it("has equidistant ticks within a narrow range, where a variance ratio lives", () => {
    assert.deepEqual(logTicks(0.95, 1.06), [0.95, 1, 1.05]);
    assert.deepEqual(logTicks(0.8, 1.3), [0.8, 1, 1.2]);
  });
  it("leaves a little room about the data and leaves out what has no logarithm", () => {
    const [low, high] = logDomain([0.01, 1, 0, -3, NaN]);
    assert.ok(low < 0.01 && low > 0.005 && high > 1 && high < 2);
  });
  it("has a width for a single value", () => {
    const [low, high] = logDomain([2]);
    assert.ok(low < 2 && high > 2);
  });
});
