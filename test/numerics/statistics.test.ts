import assert from "node:assert/strict";
import {
  mean,
  meanWithError,
  median,
  quantileOfSorted,
  standardDeviation,
  variance,
} from "../../lib/numerics/statistics";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

describe("statistics of a list", () => {
  it("have the values of a list that is worked out by hand", () => {
    const x = [2, 4, 4, 4, 5, 5, 7, 9]; // sum 40, squares about 5 sum to 32
    assert.equal(mean(x), 5);
    assertClose("variance", variance(x), 32 / 7, { within: 1e-15 });
    assertClose("deviation", standardDeviation(x), Math.sqrt(32 / 7), { within: 1e-15 });
    assertClose("error of the mean", meanWithError(x).standardError, Math.sqrt(32 / 7 / 8), { within: 1e-15 });
    assert.deepEqual([median(x), median([3, 1, 2]), median([4, 1, 3, 2])], [4.5, 2, 2.5]);
    assert.deepEqual(
      [0, 0.5, 0.9, 1].map((p) => quantileOfSorted([0, 10, 20, 30, 40], p)),
      [0, 20, 36, 40],
    );
  });

  it("say nothing where there is nothing to say", () => {
    assert.deepEqual(meanWithError([3]), { mean: 3, standardError: 0 });
    assert.ok(Number.isNaN(mean([])) && Number.isNaN(variance([1])));
  });

  it("the standard error covers: three numbers' mean lies within it as often as Student's law says, not as n for n - 1 would", () => {
    // P(|T_2| < 1) = 1/sqrt 3 = 0.577; with n in the place of n - 1 the error is sqrt(2/3) as wide and holds 0.5.
    const repetitions = 40_000;
    const z = stream(5).normals(3 * repetitions);
    let inside = 0;
    for (let k = 0; k < repetitions; k++) {
      const { mean: middle, standardError } = meanWithError(z.subarray(3 * k, 3 * k + 3));
      if (Math.abs(middle) < standardError) inside++;
    }
    const within = 4 * Math.sqrt((0.577 * 0.423) / repetitions);
    assertClose("share", inside / repetitions, 1 / Math.sqrt(3), { within });
  });
});
