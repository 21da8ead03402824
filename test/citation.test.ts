/** CITATION.cff: what its format (version 1.2.0) asks for is there, and it speaks of this version. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { pythonWith, runPython } from "./python";

const root = path.join(__dirname, "..");

interface Work {
  readonly title?: string;
  readonly type?: string;
  readonly authors?: readonly Readonly<Record<string, string>>[];
}

describe("CITATION.cff", () => {
  it("has the fields that its format requires, the licence and the version of package.json", function () {
    const python = pythonWith("yaml");
    if (python === undefined) this.skip();
    const program = "import sys, json, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1])), default=str))";
    const citation = runPython(python, program, path.join(root, "CITATION.cff")) as Work & Record<string, unknown>;
    const { version, license } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as Record<
      string,
      string
    >;
    assert.deepEqual(
      [citation["cff-version"], citation.version, citation.license, citation.type],
      ["1.2.0", version, license, "software"],
    );
    const known = (
      "cff-version title message type license version abstract authors references keywords date-released " +
      "repository-code"
    ).split(" ");
    assert.deepEqual(Object.keys(citation).filter((key) => !known.includes(key)), []); // prettier-ignore
    assert.ok(typeof citation.message === "string" && citation.message.length > 0);
    for (const work of [citation, ...((citation.references as Work[] | undefined) ?? [])]) {
      assert.ok(work.title && work.type && work.authors && work.authors.length > 0, JSON.stringify(work));
      for (const author of work.authors) assert.ok(author.name ?? author["family-names"], JSON.stringify(author));
    }
  });
});
