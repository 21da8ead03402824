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

  it("tries the points of its rules, worked out by hand in one variable from the corners 0 and 1", () => {
    const trials = (values: Readonly<Record<string, number>>, evaluations: number): [seen: number[], best: number] => {
      const seen: number[] = [];
      const f = ([x]: readonly number[]): number => {
        seen.push(x);
        return values[x] ?? 100;
      };
      const { at } = nelderMead(f, [0], { step: 1, evaluations });
      return [seen, at[0]];
    };
    // The better corner is 1, so 2 is the reflected point of 0.
    assert.deepEqual(trials({ 0: 10, 1: 0, 2: -1, 3: -2 }, 4), [[0, 1, 2, 3], 3], "expanded");
    assert.deepEqual(trials({ 0: 10, 1: 0, 2: -1, 3: -1 }, 4), [[0, 1, 2, 3], 2], "expanded in vain");
    const outside = trials({ 0: 10, 1: 0, 2: 5, 1.5: 1, 1.25: 0.5 }, 5);
    assert.deepEqual(outside, [[0, 1, 2, 1.5, 0.5, 1.25], 1], "contracted outside");
    const inside = trials({ 0: 10, 1: 0, 2: 20, 0.5: 1, 0.75: 0.5 }, 5);
    assert.deepEqual(inside, [[0, 1, 2, 0.5, 1.5, 0.75], 1], "contracted inside");
    assert.deepEqual(trials({ 0: 10, 1: 0, 2: 20, 0.5: 15 }, 5), [[0, 1, 2, 0.5, 0.5], 1], "shrunk");
  });

  it("begins with corners that lie its step, 0.25, beyond the start, and ends where they differ by its tolerance", () => {
    const seen: (readonly number[])[] = [];
    const bowl = (at: readonly number[]): number => {
      seen.push(at);
      return (at[0] - 1) ** 2 + 3 * (at[1] + 2) ** 2;
    };
    const { at, value } = nelderMead(bowl, [0, 0]);
    assert.deepEqual(seen.slice(0, 3), [[0, 0], [0.25, 0], [0, 0.25]]); // prettier-ignore
    assert.ok(seen.length < 300, `${seen.length} evaluations`);
    assertClose("x", at[0], 1, { within: 1e-5 });
    assertClose("y", at[1], -2, { within: 1e-5 });
    assertClose("least", value, 0, { within: 1e-7 });
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
