import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { ensembleProvenance } from "../../lib/command-line/provenance";
import { currentProblem, problem } from "../../lib/transport/problems";
import { temporaryFolder } from "../temporary-folder";

describe("the provenance of an ensemble", () => {
  const folder = temporaryFolder();
  const rest = { seed: 3, precision: "double", shard: undefined } as const;

  it("tells one version of a problem's file from another, so that no run goes on with what another version began", () => {
    const file = path.join(folder(), "catalyst.ts");
    const text = fs
      .readFileSync("notebooks/guide/catalyst.ts", "utf8")
      .replaceAll('from "../../', `from "${process.cwd()}/`);
    const versions = ["// one\n", "// two\n"].map((mark) => {
      fs.writeFileSync(file, mark + text);
      return ensembleProvenance({ ...rest, problem: currentProblem(file) }).problemFile;
    });
    assert.match(String(versions[0]), /^[0-9a-f]{20}$/);
    assert.notEqual(versions[0], versions[1]);
    assert.ok(!("problemFile" in ensembleProvenance({ ...rest, problem: problem("electrode") })));
  });

  it("depends on seed, precision and shard, and is the same for the same run", () => {
    const one = { ...rest, problem: problem("electrode-published") };
    assert.deepEqual(ensembleProvenance(one), ensembleProvenance({ ...one }));
    for (const other of [{ seed: 4 }, { precision: "single" as const }, { shard: "1/2" }]) {
      assert.notDeepEqual(ensembleProvenance({ ...one, ...other }), ensembleProvenance(one));
    }
  });
});
