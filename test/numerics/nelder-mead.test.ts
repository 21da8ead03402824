import assert from "node:assert/strict";
import { nelderMead } from "../../lib/numerics/nelder-mead";
import { assertClose } from "../assert-close";

describe("Nelder and Mead's simplex", () => {
  it("finds the minimum of Rosenbrock's valley", () => {
    const valley = ([x, y]: readonly number[]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2;
    const tolerance = { value: 1e-14, variable: 1e-8 };
    const { at, value } = nelderMead(valley, [-1.2, 1], { tolerance, evaluations: 1000 });
    assertClose("x", at[0], 1, { within: 1e-6 });
    assertClose("y", at[1], 1, { within: 1e-6 });
    assert.equal(value, valley(at));
  });

  it("keeps to where the function is defined, in one variable too", () => {
    const { at } = nelderMead(([x]) => (x > 0 ? x - Math.log(x) : Infinity), [0.1]);
    assertClose("x", at[0], 1, { within: 1e-3 });
  });

  it("ends when its evaluations are spent", () => {
    let calls = 0;
    const downhill = ([x]: readonly number[]): number => {
      calls++;
      return -x;
    };
    nelderMead(downhill, [0], { evaluations: 50 });
    assert.ok(calls <= 52);
  });
});
