/**
 * Cells as a person writes them, one after the other, in the notebooks' kernel: what tslab alone gets wrong is right.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { temporaryFolder } from "../temporary-folder";

interface Told {
  readonly ok: boolean;
  readonly written: string;
  readonly shown: readonly Readonly<Record<string, unknown>>[];
  readonly documentation: string;
  readonly completion: readonly string[];
}

const library = `/** The law of the porosity. */
export const law = 3;

export interface Profile {
  readonly cells: number;
}

/**
 * Draws a porosity profile.
 * @param profile how many cells it has
 */
export function draw(profile: Profile): number[] {
  if (profile.cells < 1) {
    throw new RangeError("draw: no cells");
  }
  return Array.from({ length: profile.cells }, () => law);
}
export async function drawLater(profile: Profile): Promise<number[]> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return draw(profile);
}
`;

describe("cells in the notebooks' kernel", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();

  function run(...cells: string[]): Told[] {
    fs.mkdirSync(path.join(folder(), "lib"), { recursive: true });
    fs.writeFileSync(path.join(folder(), "lib/porosity.ts"), library);
    fs.writeFileSync(path.join(folder(), "lib/index.ts"), 'export * as porosity from "./porosity";\n');
    const words = [path.join(__dirname, "kernel-cells.cjs"), folder(), JSON.stringify(cells)];
    return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" })) as Told[];
  }
  /** What the last of these cells writes. */
  const result = (...cells: string[]): string => {
    const told = run(...cells);
    assert.deepEqual(told.filter(({ ok }) => !ok).map(({ written }) => written), []); // prettier-ignore
    return told[told.length - 1].written;
  };

  it("a name of an earlier cell is found wherever it stands, also where it names a property", () => {
    const earlier =
      "const alpha = 3; let n = 0; const o = { alpha: 5, beta: { gamma: 6 } };" +
      "interface I { alpha: number }; enum E { A }; class K { static s = 2 }";
    const cells = {
      "({ alpha })": "{ alpha: 3 }",
      "(({ alpha }: I) => [{ alpha }, { E }])({ alpha })": "[ { alpha: 3 }, { E: { '0': 'A', A: 0 } } ]",
      "class L extends K { m() { return { alpha, s: K.s } } }; new L().m()": "{ alpha: 3, s: 2 }",
      "const { alpha: a } = o; a": "5",
      "const { beta: { gamma }, ...rest } = o; [gamma, rest]": "[ 6, { alpha: 5 } ]",
      "(({ alpha: q }: typeof o) => q)(o)": "5",
      "({ n } = { n: 7 }); n": "7",
      "({ n = alpha } = {} as { n?: number }); n": "3",
      "({ beta: { gamma: n } } = o); n": "6",
      "{ const alpha = 9; console.assert({ alpha }.alpha === 9) }; ({ alpha })": "{ alpha: 3 }",
      'import { posix } from "path"; Object.keys({ posix })': "[ 'posix' ]",
      "Object.keys({ posix, n })": "[ 'posix', 'n' ]",
    };
    const told = run(earlier, ...Object.keys(cells)).slice(1);
    assert.deepEqual(told.map(({ written }) => written), Object.values(cells)); // prettier-ignore
  });

  it("a cell waits, whatever follows the await", () => {
    const cells = {
      "const a = await (Promise.resolve(3)); a": "3",
      "await (async () => 4)()": "4",
      "const [b] = await [5]; b": "5",
      "let c = 0; for await (const x of [Promise.resolve(6)]) c += x; c": "6",
      "if (a) { c = await (Promise.resolve(7)) }; c": "7",
    };
    assert.deepEqual(run(...Object.keys(cells)).map(({ written }) => written), Object.values(cells)); // prettier-ignore
    const [outside] = run("function f() { await (3) }");
    assert.match(outside.written, /^1:16 - .*async function/);
  });

  it("a stack trace cites the lines of the cells and of the .ts files, and nothing of the kernel; remembered files likewise", () => {
    const cells = [
      'import { porosity } from "./lib/index";\n\nfunction ask(cells: number) {\n  return porosity.draw({ cells });\n}',
      "interface Unused { a: 1 }\n// a comment\nask(-1)",
      "1;\nawait porosity.drawLater({ cells: 0 })",
      '1;\n\nthrow new Error("as it should")',
    ];
    for (const memory of ["checked for the first time", "remembered"]) {
      const [, plain, later, thrown] = run(...cells);
      const porosity = "    at draw (lib/porosity.ts:14:11)";
      const frames = (text: string): string[] => text.split("\n");
      assert.deepEqual(
        frames(plain.written),
        ["RangeError: draw: no cells", porosity, "    at ask (cell 1:4:19)", "    at cell 2:3:1"],
        memory,
      );
      const waited = frames(later.written).slice(0, 4);
      assert.deepEqual(
        waited,
        ["RangeError: draw: no cells", porosity, "    at drawLater (lib/porosity.ts:20:10)", "    at async cell 3:2:1"],
        memory,
      );
      assert.deepEqual(frames(thrown.written), ["Error: as it should", "    at cell 4:3:7"], memory);
    }
  });

  it("an object that says how it is shown is shown so as a last expression", () => {
    const told = run('({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<b>3</b>" }) })', "3");
    assert.deepEqual(
      told.map(({ shown, written }) => [shown, written]),
      [
        [[{ "text/html": "<b>3</b>" }], ""],
        [[], "3"],
      ],
    );
  });

  it("Tab lists what a namespace of the library holds, Shift+Tab shows its documentation", () => {
    const [, names, members, shown, name, inCall] = run(
      'import { porosity } from "./lib/index";',
      "?poro|",
      "?porosity.|",
      "?porosity.dr|aw({ cells: 3 })",
      "?porosity.law|",
      "?porosity.draw(|{ cells: 3 })",
    );
    assert.deepEqual(names.completion, ["porosity"]);
    assert.deepEqual(members.completion, ["draw", "drawLater", "law"]);
    assert.match(
      shown.documentation,
      /draw\(profile: .*Profile\): number\[\]\n\nDraws a porosity profile\.\n@param profile how many cells it has/,
    );
    assert.match(name.documentation, /The law of the porosity\./);
    assert.match(inCall.documentation, /Draws a porosity profile\./);
  });

  it("a promise that nobody awaits, or an error in a timer, fails the cell in which it is noticed, with its place", () => {
    const [rejected, waited, left, next, again, handled] = run(
      'void Promise.reject(new Error("lost"));',
      '1;\nsetTimeout(() => { throw new Error("thrown"); }, 1);\nawait new Promise((r) => setTimeout(r, 20));',
      'setTimeout(() => Promise.reject(new Error("late")), 1);',
      'console.log("not run");',
      '"run"',
      'const p = Promise.reject(new Error("caught")); await p.catch(() => "caught")',
    );
    assert.deepEqual(
      [rejected, waited, left, next, again, handled].map(({ ok }) => ok),
      [false, false, true, false, true, true],
    );
    assert.match(
      rejected.written,
      /A promise that nobody awaits was rejected\. Remedy: await it.*: Error: lost\n +at cell 1:1:21/,
    );
    assert.match(
      waited.written,
      /An error was thrown where no cell could catch it.*: Error: thrown\n +at .*cell 2:2:26/,
    );
    assert.match(
      next.written,
      /^After the last cell had ended: .*: Error: late\n +at .*cell 3:1:[^]*This cell was not run\. Run it again/,
    );
    assert.deepEqual([again.written, handled.written], ["run", "caught"]);
  });

  it("a file that ends in a call is imported as it is, and its call is no last expression", () => {
    fs.mkdirSync(path.join(folder(), "lib"), { recursive: true });
    const calls =
      "export let calls = 0;\nfunction count() { return ++calls; }\nfunction told() {}\ncount();\nexport { told };\n";
    fs.writeFileSync(path.join(folder(), "lib/calls.ts"), calls);
    const [first, second] = run('import { calls } from "./lib/calls";\nconst seen = calls;', "seen");
    assert.deepEqual([first.ok, first.written, second.written], [true, "", "1"]);
  });

  it("a name that is declared again is the new one", () => {
    assert.equal(result("const alpha = 1", 'const alpha = "a"; ({ alpha })', "({ alpha })"), "{ alpha: 'a' }");
  });
});
