/**
 * Problems that a user brings as a file: found by path, checked when loaded, the same in every thread, never two
 * versions at once.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { generateEnsemble, generateResponses } from "../../lib/ensemble/generate";
import { closePool } from "../../lib/threads/pool";
import { stream } from "../../lib/random/stream";
import { UserError } from "../../lib/errors/user-error";
import { checkProblem } from "../../lib/transport/check-problem";
import type { Problem } from "../../lib/transport/problem";
import { currentProblem, ownSource, problem, problemOf, problems, referenceTo } from "../../lib/transport/problems";
import { toyProblem } from "../ensemble/toy-problem";
import { temporaryFolder } from "../temporary-folder";

/** u = factor * gain * eps, or gain^power: a whole problem file in few lines. */
const text = (factor: number, more = "") => `
export const problem = {
  name: "scaled", title: "A scaled porosity", domain: [{ name: "x", length: 1, cells: 10 }],
  channels: [{ name: "u", symbol: "u", unit: "1" }],
  conditions: [
    { name: "l", symbol: "l", unit: "m", meaning: "correlation length", min: 0.05, max: 0.2, scale: "log", default: 0.1 },
    { name: "gain", symbol: "g", unit: "1", meaning: "gain", min: 0, max: 2, scale: "linear", default: 1 },
  ],
  affine: ["gain"],
  porosity: { law: { epsMin: 0.2, epsMax: 0.5 }, covariance: "squared-exponential", nugget: 1e-4, correlationLength: ({ l }: { l: number }) => l },
  solver: (grid: { cells: number }) => ({
    solve(eps: Float64Array, z: Record<string, number>, out: Float64Array, offset = 0): void {
      for (let i = 0; i < grid.cells; i++) out[offset + i] = ${factor} * z.gain * eps[i];
    },
  }),
  ${more}
};
`;

describe("a problem in a file of the user's", () => {
  const folder = temporaryFolder();
  const write = (name: string, content: string): string => {
    const file = path.join(folder(), name);
    fs.writeFileSync(file, content);
    return file;
  };
  after(closePool);

  it("is found by its path, and is the same object every time", () => {
    const file = write("scaled.ts", text(1));
    const p = problem(file);
    assert.equal(p.name, "scaled");
    assert.equal(problem(file), p);
    assert.equal(currentProblem(file), p);
    assert.deepEqual(referenceTo(p)?.name, file);
    assert.equal(ownSource(p), file);
    assert.equal(ownSource(problems[0]), undefined);
    assert.equal(referenceTo({ ...p }), undefined);
  });

  it("gives the same bits in one thread and in two", async () => {
    const own = problem("notebooks/guide/catalyst.ts");
    const options = { problem: own, conditions: [{ r: 5e-4 }, { r: 1e-3 }], count: 400, cells: 40, stream: stream(5) };
    const [one, two] = [
      await generateEnsemble({ ...options, workers: 1 }),
      await generateEnsemble({ ...options, workers: 2 }),
    ];
    assert.ok(one.fields.values.every((v, i) => v === two.fields.values[i] && v > 0));
  });

  it("that is changed is computed in its new version by all threads, and only after it was opened again", async () => {
    const file = write("changing.ts", text(1));
    const sum = async (p: Problem): Promise<number> => {
      const { fields } = await generateEnsemble({
        problem: p,
        conditions: [{}],
        count: 50,
        stream: stream(5),
        workers: 2,
      });
      return fields.values.reduce((a, b) => a + b);
    };
    const before = currentProblem(file);
    const once = await sum(before);
    fs.writeFileSync(file, text(2));
    assert.equal(problem(file), before, "work that is under way keeps what it began with");
    await closePool(); // fresh threads would read the new file
    await assert.rejects(sum(before), /changing\.ts was changed while it was in use\. Remedy: open the study again/);
    assert.throws(() => ownSource(before), /was changed after the problem scaled had been loaded/);
    const after_ = currentProblem(file);
    assert.notEqual(after_, before);
    assert.equal(await sum(after_), 2 * once);
    fs.writeFileSync(file, text(3));
    assert.equal(await sum(currentProblem(file)), 3 * once, "threads that had the old version load the new one");
    assert.throws(() => problemOf({ name: file, version: "another" }), /was changed while it was in use/);
  });

  const functions = (v: string) =>
    text(1)
      .replace("z.gain *", "z.gain ** 2 *")
      .replace('affine: ["gain"]', `affine: { conditions: ["gain"], count: 1, at: (z: { gain: number }) => [${v}] }`)
      .replace(
        "solver: (grid: { cells: number }) => ({",
        `$&
      solveResponses(eps: Float64Array, z: unknown, out: Float64Array, offset = 0): void { out.set(eps, offset); },`,
      );

  it("may be affine in functions of its conditions, and solves the responses to them itself", async () => {
    const p = problem(write("functions.ts", functions("z.gain ** 2")));
    const options = { problem: p, conditions: [{ gain: 1.5 }], count: 3, stream: stream(5) };
    const { fields } = await generateResponses(options);
    const expected = (await generateEnsemble(options)).fields.values.map((u) => u / 1.5 ** 2);
    fields.forEach((r, i) => assert.ok(Math.abs(r - expected[i]) < 1e-15));
    assert.throws(
      () => problem(write("wrong.ts", functions("z.gain"))),
      /affine claims .* functions of gain; they deviate/,
    );
    assert.throws(
      () => problem(write("old.ts", text(1).replace("affine:", "affineIn:"))),
      /affineIn is called affine now/,
    );
  });

  it("may be affine in nothing: the response is then the field itself", async () => {
    const p = problem(
      write("nonlinear.ts", text(1).replace('affine: ["gain"]', "affine: []").replace("z.gain *", "z.gain ** 2 *")),
    );
    const options = { problem: p, conditions: [{ gain: 1.5 }], count: 3, stream: stream(5) };
    const { fields, functions } = await generateResponses(options);
    assert.equal(functions, 1);
    assert.deepEqual(fields, (await generateEnsemble(options)).fields.values);
  });

  const wrong: { what: string; content: string; says: RegExp }[] = [
    { what: "does not compile", content: "export const problem = {{", says: /could not be loaded/ },
    { what: "exports something else", content: "export const poblem = 3;", says: /must export a constant called problem, it exports poblem/ },
    { what: "takes the name of a built-in problem", content: text(1).replace('"scaled"', '"electrode"'), says: /"electrode" is taken/ },
    { what: "lacks the correlation length", content: text(1).replace('name: "l"', 'name: "m"'), says: /correlation length .* must be a positive number of metres.*got undefined/ },
    { what: "has a correlation length that is no function", content: text(1).replace("({ l }: { l: number }) => l", "0.1"), says: /must be a function from a condition to metres/ },
    { what: "has no domain", content: text(1).replace("domain:", "length: 1, area:"), says: /domain must list its axes/ },
    { what: "has an axis without cells", content: text(1).replace("cells: 10", "cells: 1"), says: /cells of the axis x .* at least 2, got 1/ },
    { what: "has an axis without a length", content: text(1).replace("length: 1,", "length: -1,"), says: /length of the axis x .* positive number of metres, got -1/ },
    { what: "has an axis without a name", content: text(1).replace('name: "x"', 'name: "x y"'), says: /axis of the domain needs a name.*"x y"/ },
    { what: "calls a channel like its axis", content: text(1).replace('name: "u"', 'name: "x"'), says: /two quantities are called "x"/ },
    { what: "shows a channel relative to nothing", content: text(1).replace('unit: "1" }', 'unit: "1", relativeTo: { symbol: "u0" } }'), says: /relativeTo of u needs a symbol and a finite value/ },
    { what: "looks at a stranger", content: text(1, "reference: { gian: 1 },"), says: /reference names "gian"/ },
    { what: "has a range upside down", content: text(1).replace("min: 0, max: 2", "min: 3, max: 2"), says: /gain needs finite min <= max.*got 3, 2/ },
    { what: "has a logarithmic range from zero", content: text(1).replace("min: 0.05", "min: 0"), says: /l has a logarithmic range.*got 0/ },
    { what: "has an impossible porosity", content: text(1).replace("epsMax: 0.5", "epsMax: 1.5"), says: /epsMin < epsMax <= 1, got 0\.2 and 1\.5/ },
    { what: "has an unknown covariance", content: text(1).replace("squared-exponential", "cubic"), says: /one of squared-exponential.*got "cubic"/ },
    { what: "is affine in a stranger", content: text(1).replace('affine: ["gain"]', 'affine: ["gian"]'), says: /affine names "gian"/ },
    { what: "is not affine where it says so", content: text(1).replace("z.gain *", "z.gain ** 2 *"), says: /deviate from it by \d+ %.*leave out/ },
    { what: "gives NaN", content: text(1).replace("* eps[i]", "* Math.sqrt(-eps[i])"), says: /solve left u at NaN in cell 0 at the condition/ },
    { what: "ignores the offset", content: text(1).replace("out[offset + i]", "out[i]"), says: /from offset on, and nothing before or after/ },
    { what: "writes too much", content: text(1).replace("i < grid.cells", "i <= grid.cells").replace("eps[i];", "(eps[i] ?? 1);"), says: /nothing before or after/ },
    { what: "remembers", content: text(1).replace("solver: (grid", "calls: [0], solver: (grid").replace("eps[i];", "eps[i] + (problem.calls[0]++);"), says: /affine|same numbers/ },
    { what: "calls two things the same", content: text(1).replace('name: "gain"', 'name: "u"'), says: /two quantities are called "u"/ },
  ]; // prettier-ignore
  for (const { what, content, says } of wrong) {
    it(`that ${what} is refused as the user's error`, () => {
      const file = write(`${what.replace(/\W/g, "-")}.ts`, content);
      assert.throws(
        () => problem(file),
        (error) =>
          error instanceof UserError && says.test(error.message) && error.message.includes(path.basename(file)),
      );
    });
  }

  it("that does not exist is refused with what is expected", () => {
    assert.throws(() => problem("none.ts"), /none\.ts cannot be read .* Remedy: the path of a TypeScript file/);
    assert.throws(() => problem("none"), /no "none"; there are electrode-published.*files of your own/);
  });

  it("every built-in problem passes the same checks", () => {
    for (const p of [...problems, toyProblem()]) assert.doesNotThrow(() => checkProblem(p.name, p));
  });
});
