/**
 * Malformed problem files, of any kind: the file, the part and what was expected are named; the person's own error
 * keeps its place.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { runCommandLine } from "../../lib/command-line/main";
import { UserError } from "../../lib/errors/user-error";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { stream } from "../../lib/random/stream";
import { closePool } from "../../lib/threads/pool";
import { errorOfOwnCode } from "../../lib/transport/problem-file";
import { problem } from "../../lib/transport/problems";
import { temporaryFolder } from "../temporary-folder";

type Source = string | readonly Source[] | { readonly [key: string]: Source };

/** A sound problem as nested source texts, so that any part can be replaced. */
const sound: Source = {
  name: '"scaled"',
  title: '"A scaled porosity"',
  domain: [{ name: '"x"', length: "1", cells: "10" }],
  channels: [{ name: '"u"', symbol: '"u"', unit: '"1"', relativeTo: { symbol: '"u0"', value: "1" } }],
  conditions: [
    { name: '"l"', symbol: '"l"', unit: '"m"', meaning: '"length"', min: "0.05", max: "0.2", scale: '"log"', default: "0.1", limits: "[0, 1]" },
    { name: '"gain"', symbol: '"g"', unit: '"1"', meaning: '"gain"', min: "0", max: "2", scale: '"linear"', default: "1" },
  ],
  parameters: [{ name: '"kind"', symbol: '"k"', unit: '"1"', meaning: '"kind"', min: "0", max: "1", scale: '"linear"', default: "0", choices: '["a", "b"]' }],
  reference: { gain: "1.5" },
  affine: { conditions: '["gain"]', count: "1", at: "(z) => [z.gain]" },
  porosity: { law: { epsMin: "0.2", epsMax: "0.5" }, covariance: '"squared-exponential"', nugget: "1e-4", correlationLength: "({ l }) => l" },
  faces: "() => []",
  jacobian: "(grid, eps, z) => Float64Array.from({ length: grid.cells ** 2 }, (_, k) => k % (grid.cells + 1) ? 0 : z.gain)",
  battery: "() => ({ activeAndPores: 1, particleRadius: 1, bruggeman: 1.5, conductivity: 1, diffusivity: 1, transferenceNumber: 0.4, concentration: 1, rate: 1, equilibriumPotential: 0, current: 1, solidSlope: 0 })",
  solver: `(grid) => ({
    solve(eps, z, out, offset = 0) { for (let i = 0; i < grid.cells; i++) out[offset + i] = z.gain * eps[i]; },
    solveMany(eps, count, z, out, offset = 0) { for (let i = 0; i < count * grid.cells; i++) out[offset + i] = z.gain * eps[i]; },
    solveResponses(eps, z, out, offset = 0) { for (let i = 0; i < grid.cells; i++) out[offset + i] = eps[i]; },
  })`,
}; // prettier-ignore

/** Places of all parts: ["conditions", "1", "min"] and so on. */
function placesOf(source: Source, at: readonly string[] = []): string[][] {
  if (typeof source === "string") return [[...at]];
  const below = Object.entries(source).flatMap(([key, part]: [string, Source]) => placesOf(part, [...at, key]));
  return at.length > 0 ? [[...at], ...below] : below;
}

/** The source with the part at a place written otherwise. */
function written(source: Source, at: readonly string[] | undefined, write: (key: string) => string): string {
  if (typeof source === "string") return source;
  const here = at?.[0];
  const entry = ([key, part]: [string, Source]): string => {
    const list = Array.isArray(source);
    if (key === here && at!.length === 1) return list ? write(key).replace(/^[^:]*: /, "") : write(key);
    const text = written(part, key === here ? at!.slice(1) : undefined, write);
    return list ? text : `${key}: ${text}`;
  };
  const inner = (Object.entries(source) as [string, Source][]).map(entry).join(",\n");
  return Array.isArray(source) ? `[${inner}]` : `{ ${inner} }`;
}

const file = (text: string): string => `// @ts-nocheck\nexport const problem = ${text};\n`;

describe("a malformed problem file", () => {
  const folder = temporaryFolder();
  after(closePool);
  let files = 0;
  const write = (content: string): string => {
    const name = path.join(folder(), `own-${++files}.ts`);
    fs.writeFileSync(name, content);
    return name;
  };
  /** What refuses it, or undefined where it is taken. */
  function refusal(content: string): { readonly name: string; readonly message: string } | undefined {
    const name = write(content);
    try {
      problem(name);
      return undefined;
    } catch (error) {
      assert.ok(error instanceof UserError, `${String(error)} for ${content}`);
      assert.ok(error.message.includes(path.basename(name)), `${error.message} names no file`);
      return { name, message: error.message };
    }
  }

  it("is one only when it is malformed: the sound one is taken", () => {
    assert.equal(refusal(file(written(sound, undefined, () => ""))), undefined);
  });

  const values = [
    "null",
    "undefined",
    "3",
    "NaN",
    "-1",
    '""',
    '"x y"',
    "[]",
    "[null]",
    "[[]]",
    "{}",
    "true",
    "10n",
    'Symbol("s")',
    "() => null",
    "() => { throw null; }",
    "Object.create(null)",
    "new Proxy({}, { get() { throw null; } })",
    "new Proxy([], {})",
  ];

  it("with any value in the place of any part: is taken, or refused with file and part", () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...placesOf(sound)), fc.constantFrom(...values), (at, value) => {
        const said = refusal(file(written(sound, at, (key) => `${key}: ${value}`)));
        if (said === undefined) return;
        refused++;
        // Where two parts do not fit each other either may be named: a condition's name and what relies on it.
        const parts =
          /channels|conditions|parameters|domain|axis|name|title|reference|affine|porosity|faces|jacobian|battery|solver|solve|metres|l|gain|kind|u/;
        assert.match(said.message.slice(said.message.indexOf(".ts")), parts);
        assert.doesNotMatch(said.message, /check-problem|Cannot (read|convert)|is not (iterable|a function)/, value);
      }),
      { numRuns: 250 },
    );
    assert.ok(refused > 100, `${refused} of 250 were refused`);
  });

  it("with a getter that throws, in any place: the part, and the person's own error with its line", () => {
    const places = placesOf(sound).filter((at) => !/^\d+$/.test(at.at(-1)!));
    fc.assert(
      fc.property(fc.constantFrom(...places), (at) => {
        const content = file(written(sound, at, (key) => `get ${key}() {\n throw new RangeError("mine"); }`));
        const said = refusal(content);
        if (said === undefined) return assert.match(at.at(-1)!, /symbol|unit|value|faces|jacobian/); // not read before it is shown
        const line = content.slice(0, content.indexOf("throw new")).split("\n").length;
        assert.ok(said.message.includes(`RangeError: mine (${said.name}:${line}:`), said.message);
        assert.match(said.message, new RegExp(`reading .*|${at[0]}`));
      }),
      { numRuns: 60 },
    );
  });

  const cases: { what: string; content: string; says: RegExp }[] = [
    { what: "exports null", content: "export const problem = null;", says: /: problem must be an object, got null/ },
    { what: "throws null while it is loaded", content: "throw null;\nexport {};", says: /could not be loaded: null, which is no Error/ },
    { what: "throws while it is loaded", content: 'export const a = 1;\nthrow new Error("not yet");', says: /could not be loaded: Error: not yet \(.*\.ts:2:7\)/ },
    { what: "has a null among its channels", content: file(written(sound, ["channels", "0"], (key) => `${key}: null`)), says: /channels\[0\] must be an object with name, symbol and unit, got null/ },
    { what: "has a null among its conditions", content: file(written(sound, ["conditions", "1"], (key) => `${key}: null`)), says: /conditions\[1\] must be an object with name, .*, got null/ },
    { what: "has a solver that knows no such name", content: file(written(sound, ["solver"], () => "solver: () => ({ solve() {\n return kappa; } })")), says: /solve at the condition \{.*\} ended in ReferenceError: kappa is not defined \(.*\.ts:\d+:\d+\)/ },
    { what: "has a solver that cannot be made", content: file(written(sound, ["solver"], () => "solver: () => {\n throw 'no grid'; }")), says: /solver\(grid\) ended in "no grid", which is no Error/ },
    { what: "has responses that throw", content: file(written(sound, undefined, () => "")).replace("out[offset + i] = eps[i]", "missing"), says: /solveResponses at the condition .* ended in ReferenceError: missing/ },
    { what: "has a correlation length that throws", content: file(written(sound, ["porosity", "correlationLength"], (key) => `${key}: (z) => z.a.b`)), says: /porosity\.correlationLength ended in TypeError: .*reading 'b'.*\(.*\.ts:\d+:\d+\)/ },
  ]; // prettier-ignore
  const with_ = (part: string, value: string): string => file(written(sound, [part], (key) => `${key}: ${value}`));
  const together = (text: string): string =>
    file(written(sound, undefined, () => "")).replace(
      /solveMany\(eps, count, z, out, offset = 0\) \{.*\},/,
      `${text},`,
    );
  cases.push(
    { what: "solves several at once and gives other numbers", content: together("solveMany(eps, count, z, out, offset = 0) { for (let i = 0; i < count * grid.cells; i++) out[offset + i] = z.gain * eps[i] * (1 + 1e-15 * (i >= grid.cells)); }"), says: /solveMany must give the numbers that solve gives/ },
    { what: "solves several at once and writes beyond them", content: together("solveMany(eps, count, z, out, offset = 0) { for (let i = 0; i <= count * grid.cells; i++) out[offset + i] = z.gain * (eps[i] ?? 0); }"), says: /solveMany must write/ },
    { what: "has a solveMany that is no function", content: together("solveMany: 3"), says: /solveMany must be a function, or be left out, got 3/ },
    { what: "has a solveMany that throws", content: together("solveMany() { return missing; }"), says: /solveMany ended in ReferenceError: missing is not defined \(.*\.ts:\d+:\d+\)/ },
    { what: "has faces that are none", content: with_("faces", "() => null"), says: /faces\(condition\) must return a list.*got null/ },
    { what: "has a face of another kind", content: with_("faces", '() => [["held", "extrapolated"]]'), says: /faces\(condition\) must return for each channel a pair.* for u/ },
    { what: "has faces that throw", content: with_("faces", "(z) => z.a.b"), says: /faces ended in TypeError: .*reading 'b'/ },
    { what: "has a Jacobian that is none", content: with_("jacobian", "() => null"), says: /jacobian must return 576 finite numbers.*got null/ },
    { what: "has a Jacobian of another size", content: with_("jacobian", "() => new Float64Array(100)"), says: /jacobian must return 576 finite numbers.*got 100 of them/ },
    { what: "has a Jacobian that is 1 % off", content: with_("jacobian", "(grid, eps, z) => Float64Array.from({ length: grid.cells ** 2 }, (_, k) => k % (grid.cells + 1) ? 0 : 1.01 * z.gain)"), says: /jacobian is not the derivative of u.*off by 1\.0 %/ },
    { what: "has a battery that is none", content: with_("battery", "() => null"), says: /battery\(condition\) must return an object with activeAndPores, .*, got null/ },
    { what: "has a battery without a rate", content: with_("battery", "() => ({ activeAndPores: 1, particleRadius: 1, bruggeman: 1.5, conductivity: 1, diffusivity: 1, transferenceNumber: 0.4, concentration: 1 })"), says: /battery\(condition\) needs a finite number rate, got undefined/ },
  ); // prettier-ignore
  for (const { what, content, says } of cases) {
    it(`that ${what}: is refused with what was expected`, () => assert.match(refusal(content)!.message, says));
  }

  /** Sound at the conditions at which a file is checked, and not beyond. */
  const fails = file(written(sound, undefined, () => ""))
    .replace(/^ *solveMany.*\n/m, "")
    .replace("{ for", "{\n if (z.gain > 1.8) undefinedName();\n for");

  it("that fails only at work: the command says file, line and the person's error, without our stack", async () => {
    const name = write(fails);
    const cases_ = path.join(folder(), "cases.json");
    fs.writeFileSync(cases_, JSON.stringify([{ eps: [0.3, 0.4], l: 0.1, gain: 1.9 }]));
    let err = "";
    const terminal = { out: () => undefined, err: (text: string) => (err += text), interactive: false, columns: 80 };
    assert.equal(await runCommandLine(["solve", "--problem", name, "--cases", cases_], terminal), 2);
    assert.match(
      err,
      /own-\d+\.ts: the problem scaled ended in ReferenceError: undefinedName is not defined \(.*:\d+:\d+\)\n$/,
    );
  });

  it("that fails only at work, in other threads: the place comes along", async () => {
    const own = problem(write(fails));
    const options = { problem: own, conditions: [{ l: 0.1, gain: 1.9 }], count: 64, stream: stream(3), workers: 2 };
    await assert.rejects(generateEnsemble(options), (error) => {
      assert.match(errorOfOwnCode(error) ?? "none", /undefinedName is not defined \(.*\.ts:\d+:\d+\)/);
      return true;
    });
  });
});
