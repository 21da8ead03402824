/**
 * The first cell of every chapter lists keys of its own with the values that the preset quick has: to be changed in
 * place, and never out of date.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { runInNewContext } from "node:vm";
import ts from "typescript";
import { configuration, type Overrides } from "../../lib/study/configuration";

const folder = path.join(__dirname, "../../notebooks");
const chapters = fs.readdirSync(folder).filter((name) => /^\d\d-.*\.ipynb$/.test(name));

interface Notebook {
  readonly cells: readonly { readonly cell_type: string; readonly source: string | readonly string[] }[];
}

/** The object that the first code cell of a notebook hands to openStudy. */
function parametersOf(name: string): Overrides {
  const { cells } = JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")) as Notebook;
  const first = cells.find((cell) => cell.cell_type === "code")!;
  const source = ts.createSourceFile("cell.ts", [first.source].flat().join(""), ts.ScriptTarget.ES2020, true);
  let found: string | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === "openStudy") found = node.arguments[0].getText();
    ts.forEachChild(node, visit);
  };
  visit(source);
  assert.ok(found, `${name}: its first code cell opens no study`);
  return JSON.parse(JSON.stringify(runInNewContext(`(${found})`))) as Overrides;
}

describe("the first cell of a chapter", () => {
  it("is there for each", () => assert.ok(chapters.length >= 8));

  for (const name of chapters) {
    it(`${name}: lists keys with the values of the preset quick, all of them, so that it changes nothing`, () => {
      const parameters = parametersOf(name);
      const { preset, ...listed } = parameters;
      assert.equal(preset, "quick");
      const leaves = Object.values(listed).flatMap((part) => Object.keys(part as object));
      assert.ok(leaves.length > 0, "no key is listed");
      const quick = configuration({ preset: "quick" });
      for (const [part, values] of Object.entries(listed)) {
        const own = (quick as unknown as Record<string, Record<string, unknown>>)[part];
        for (const [key, value] of Object.entries(values as object))
          assert.deepEqual(value, own?.[key], `${part}.${key}`);
      }
      assert.deepEqual(configuration(parameters), quick);
    });
  }
});
