/** The README's lines from measured profiles to the fields of one's own electrode, run as they stand there. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../lib/cache/root";
import { readNpy } from "../../lib/storage/npy";
import { resultsOfSuite } from "../own-results";
import { sgmFrom } from "./run";

const readme = fs.readFileSync(path.join(projectRoot(), "README.md"), "utf8");
const [, block] = /Your own electrode[^\n]*\n\n```sh\n([^`]*)```/.exec(readme) ?? [];

describe("the README's five lines for one's own electrode", function () {
  this.timeout(600_000);
  const folder = resultsOfSuite();

  it("go from measured profiles to fields", async () => {
    const lines = block.trim().split("\n");
    assert.equal(lines.length, 5);
    const [, set] = /^set=\((.*)\)$/.exec(lines[1])!;
    const [, conditions] = /^echo '(.*)' > conditions\.json$/.exec(lines[3])!;
    fs.writeFileSync(path.join(folder(), "conditions.json"), conditions);
    for (const line of [lines[0], lines[2], lines[4]]) {
      const [, command] = /^npm run -s sgm -- (.*)$/.exec(line)!;
      const words = command
        .replace('"${set[@]}"', set)
        .replace("notebooks/guide", path.join(projectRoot(), "notebooks/guide"))
        .split(" ");
      // Fewer data sets in the test of the law: that it runs is asked here, what it says is in the library's tests.
      if (words[0] === "porosity") words.push("--bootstrap", "19");
      const { status, err } = await sgmFrom(folder(), ...words);
      assert.equal(status, 0, `${line}\n${err}`);
    }
    const { shape, data } = await readNpy(path.join(folder(), "fields.npy"));
    assert.deepEqual(shape, [1, 500, 2, 100]);
    assert.ok(data.every((v) => Number.isFinite(v)));
    const { law } = JSON.parse(fs.readFileSync(path.join(folder(), "law.json"), "utf8")) as { law: object };
    assert.deepEqual(Object.keys(law).sort(), ["bounds", "correlationLength", "covariance", "mean", "nugget", "scale"]);
  });
});
