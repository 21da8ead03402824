import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { assertAtLeast, assertAtMost, assertBetween, assertClose } from "../../lib/notebook/claims";
import { temporaryFolder } from "../temporary-folder";

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

  describe("about a size", () => {
    const cells = (here: number) => [{ of: "problem.cells", least: 100, here }];
    const false_ = (here: number) => [
      () => assertClose("x", 1.1, 1, { within: 0.02 }, cells(here)),
      () => assertAtLeast("x", 0.9, 1, cells(here)),
      () => assertAtMost("x", 1.1, 1, cells(here)),
      () => assertBetween("x", 1.1, [0, 1], cells(here)),
    ];

    it("a false one is not made where there are fewer, and that is said with both numbers; it stops where there are enough", () => {
      for (const check of false_(50)) {
        const { printed, error } = outcome(check);
        assert.equal(error, undefined);
        assert.match(printed, /^not claimed: x; .*; that is about problem\.cells = 100 or more, here 50\n$/);
      }
      for (const check of false_(100)) assert.match(outcome(check).error ?? "", /The claim does not hold: x/);
      for (const check of false_(NaN)) assert.match(outcome(check).printed, /not claimed/);
    });

    it("a true one holds on any size", () => {
      assert.match(outcome(() => assertAtMost("x", 1, 1, cells(50))).printed, /^holds: x; 1/);
    });
  });

  describe("as data", () => {
    const folder = temporaryFolder();
    afterEach(() => {
      delete process.env.SGM_CLAIMS;
      delete process.env.SGM_FALSE_CLAIMS;
    });

    it("each goes to the file that SGM_CLAIMS names with its number, its bounds and whether it holds, the one that stops included", () => {
      const file = (process.env.SGM_CLAIMS = path.join(folder(), "new folder", "05.claims.json"));
      outcome(() => assertClose("a", 1.25, 1, { within: 0.5 }));
      outcome(() => assertAtMost("b", NaN, 3));
      assert.match(outcome(() => assertBetween("c", 5, [0, 1])).error ?? "", /does not hold/);
      assert.deepEqual((JSON.parse(fs.readFileSync(file, "utf8")) as { claims: unknown }).claims, [
        { claim: "a", value: 1.25, expected: 1, low: 0.5, high: 1.5, holds: true },
        { claim: "b", value: null, high: 3, holds: false },
        { claim: "c", value: 5, low: 0, high: 1, holds: false },
      ]);
      assert.deepEqual(fs.readdirSync(path.dirname(file)), ["05.claims.json"], "no temporary file is left");
    });

    it("one that is not made of this size is a row of a sweep, and of nothing else", () => {
      const about = [{ of: "training.steps", least: 100, here: 8 }];
      const rows = (): unknown[] =>
        fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as { claims: unknown[] }).claims : [];
      const file = (process.env.SGM_CLAIMS = path.join(folder(), "not-made.json"));
      outcome(() => assertAtLeast("x", 1, 2, about));
      assert.deepEqual(rows(), []);
      process.env.SGM_FALSE_CLAIMS = "record";
      assert.match(outcome(() => assertAtLeast("x", 1, 2, about)).printed, /^not claimed/);
      assert.deepEqual(rows(), [{ claim: "x", value: 1, low: 2, holds: false }]);
    });

    it("with SGM_FALSE_CLAIMS=record a false claim is said and does not stop", () => {
      process.env.SGM_FALSE_CLAIMS = "record";
      const { printed, error } = outcome(() => assertAtLeast("x", 1, 2));
      assert.equal(error, undefined);
      assert.equal(printed, "DOES NOT HOLD: x; 1, at least 2\n");
    });
  });
});
