/**
 * The house: imports run from a room to those below it, never upwards, and no files go round in circles. Imports of
 * types alone count as any other: who reads a file must be able to read what it names before.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import ts from "typescript";

const lib = path.join(__dirname, "../lib");

/** From the ground up. `random` draws its normal numbers as tensors too. */
const rooms = [
  "errors",
  "numerics",
  "storage",
  "threads",
  "graph",
  "random",
  "fields",
  "porosity",
  "transport",
  "ensemble",
  "gaussian",
  "diffusion",
  "network",
  "model",
  "training",
  "inverse",
  "diagnostics",
  "figures",
  "cache",
  "notebook",
  "experiments",
  "study",
  "command-line",
  "index.ts",
];

const roomOf = (file: string): number => rooms.indexOf(file.split("/")[0]);

const files = fs
  .readdirSync(lib, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".ts"))
  .sort();

/** Files of lib that a file imports in any form, from lib. */
function importsOf(file: string): string[] {
  const text = fs.readFileSync(path.join(lib, file), "utf8");
  const named = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  return named.flatMap((name) => {
    if (!name.startsWith(".")) return [];
    const place = path.posix.join(path.posix.dirname(file), name);
    const found = [`${place}.ts`, `${place}/index.ts`].find((candidate) => files.includes(candidate));
    return found === undefined ? [] : [found]; // a .json or .cjs file imports nothing
  });
}

const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** A way from a file back to itself, or undefined. */
function circleThrough(start: string): string[] | undefined {
  const seen = new Set<string>();
  const ways = [[start]];
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    for (const next of imports.get(way[way.length - 1]) ?? []) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

describe("the house", () => {
  it("every file stands in a room", () => {
    assert.ok(files.length > 200);
    assert.deepEqual(files.filter((file) => roomOf(file) < 0), []); // prettier-ignore
  });

  it("imports are seen in every form that the library uses", () => {
    const all = [...imports.values()].flat().length;
    assert.ok(all > 800, `only ${all} imports`);
    assert.ok(imports.get("model/draw-fields.ts")!.includes("transport/problem.ts"), "of types alone");
    assert.ok(imports.get("command-line/sample.ts")!.includes("model/draw-fields.ts"), "of what is loaded when it is needed");
  }); // prettier-ignore

  it("imports name files, not folders: the notebooks' kernel finds no index.ts by its folder's name", () => {
    const ofFolders = files.flatMap((file) => {
      const text = fs.readFileSync(path.join(lib, file), "utf8");
      return ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName }) => {
        const place = path.posix.join(path.posix.dirname(file), fileName);
        return fileName.startsWith(".") && files.includes(`${place}/index.ts`) ? [`${file} imports ${fileName}`] : [];
      });
    });
    assert.deepEqual(ofFolders, []);
  });

  it("imports run downwards only", () => {
    const upwards = [...imports].flatMap(([file, reached]) =>
      reached.filter((other) => roomOf(other) > roomOf(file)).map((other) => `${file} imports ${other}`),
    );
    assert.deepEqual(upwards, []);
  });

  it("no file ends in a bare expression, which the notebooks' kernel would take for the value of a cell, and fail", () => {
    const bare = files.filter((file) => {
      const text = fs.readFileSync(path.join(lib, file), "utf8");
      const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.ES2020);
      const last = [...statements].reverse().find((statement) => !ts.isExportDeclaration(statement));
      return last !== undefined && ts.isExpressionStatement(last);
    });
    assert.deepEqual(bare, []);
  });

  it("no file reaches itself", () => {
    const circles = files.flatMap((file) => circleThrough(file)?.join(" -> ") ?? []);
    assert.deepEqual(circles, []);
  });

  it("an experiment is a folder with one line in the registry, and every folder with a stage is entered", () => {
    const folders = (found: readonly string[]): string[] => found.map((file) => path.posix.dirname(file)).sort();
    const entered = imports.get("experiments/registry.ts")!.filter((file) => file.endsWith("/index.ts"));
    assert.deepEqual(folders(entered), folders(files.filter((file) => /^experiments\/[^/]+\/stage\.ts$/.test(file))));
  });
});
