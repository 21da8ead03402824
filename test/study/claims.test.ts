import assert from "node:assert/strict";
import { assertAtLeast, assertAtMost, assertBetween, assertClose } from "../../lib/study/claims";

/** What a claim prints, and whether it stops the notebook. */
function outcome(check: () => void): { printed: string; error?: string } {
  const write = process.stdout.write.bind(process.stdout);
  let printed = "";
  process.stdout.write = ((text: string) => ((printed += text), true)) as typeof process.stdout.write;
  try {
    check();
    return { printed };
  } catch (error) {
    return { printed, error: (error as Error).message };
  } finally {
    process.stdout.write = write;
  }
}

describe("claims at the end of a notebook", () => {
  for (const { name, holds, fails } of [
    {
      name: "assertClose",
      holds: () => assertClose("x", 1.01, 1, { within: 0.02 }),
      fails: () => assertClose("x", 1.1, 1, { within: 0.02 }),
    },
    { name: "assertAtLeast", holds: () => assertAtLeast("x", 1, 1), fails: () => assertAtLeast("x", 0.9, 1) },
    { name: "assertAtMost", holds: () => assertAtMost("x", 1, 1), fails: () => assertAtMost("x", 1.1, 1) },
    {
      name: "assertBetween",
      holds: () => assertBetween("x", 1, [0, 1]),
      fails: () => assertBetween("x", -0.1, [0, 1]),
    },
  ]) {
    it(`${name} says what holds with its numbers, and stops on what does not`, () => {
      const good = outcome(holds);
      assert.match(good.printed, /^holds: x; 1/);
      assert.equal(good.error, undefined);
      assert.match(outcome(fails).error ?? "", /The claim does not hold: x; /);
    });
  }

  it("no claim holds of a number that is not one", () => {
    for (const check of [
      () => assertClose("x", NaN, 1, { within: 1e9 }),
      () => assertAtMost("x", NaN, 1),
      () => assertAtLeast("x", NaN, 1),
      () => assertBetween("x", NaN, [0, 1]),
    ]) {
      assert.notEqual(outcome(check).error, undefined);
    }
  });
});
