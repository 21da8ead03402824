/** DataFrames in a notebook: rows keep their names, and a frame that is a cell's last expression is a table. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { dataFrame, exportTable, tableText } from "../../lib/notebook/display";
import { temporaryFolder } from "../temporary-folder";

type Shown = Record<symbol, () => Record<string, string>>;
const shown = (value: unknown): Record<string, string> => (value as Shown)[Symbol.for("Jupyter.display")]();

describe("a DataFrame", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const frame = () =>
    dataFrame([0, 1, 2].map((k) => ({ sampler: ["Euler", "Heun", "DPM"][k], error: k / 4, steps: 10 ** k })));

  it("keeps the names of its rows, on the page and in files; numbers of rows are no names", async () => {
    const described = frame().describe();
    const [, , count, mean] = tableText(described).split("\n");
    assert.match(count, /^count +3 +3$/);
    assert.match(mean, /^mean +0\.250 +37$/);
    const files = await exportTable("described", described, { folder: folder() });
    assert.match(fs.readFileSync(files.csv, "utf8"), /^,error,steps\ncount,3,3\nmean,0\.25,37\n/);
    assert.match(fs.readFileSync(files.tex, "utf8"), /^count & 3 & 3 \\\\$/m);
    assert.equal(
      tableText(frame().sortValues("error", { ascending: false }))
        .split("\n")[0]
        .trim(),
      "sampler  error  steps",
    );
    assert.match(tableText(frame().setIndex({ column: "sampler" })), /^Heun /m);
  });

  it("says how it is shown: as a table; so does what is derived from it, a column too", () => {
    for (const table of [frame(), frame().describe(), frame().groupby(["sampler"]).agg({ error: "mean" })]) {
      assert.match(shown(table)["text/html"], /^<table><thead>/);
      assert.equal(shown(table)["text/plain"], tableText(table));
    }
    assert.equal(shown(frame().column("error"))["text/plain"].replace(/ /g, ""), "error\n-----\n0\n0.250\n0.500");
    const long = dataFrame(Array.from({ length: 200 }, (_, k) => ({ k })));
    assert.match(shown(long)["text/html"], /the first 50 of 200 rows/);
  });
});
