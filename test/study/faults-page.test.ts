import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const root = path.join(__dirname, "..", "..");

describe("the page of faults", () => {
  const rows = fs
    .readFileSync(path.join(root, "notebooks", "pages", "faults.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (fault |-)/.test(line));

  it("names a test for every fault, and every test that it names exists", () => {
    assert.ok(rows.length >= 30);
    for (const row of rows) {
      const cells = row.slice(2, -1).split(" | ");
      assert.equal(cells.length, 4, row);
      const [, file, title] = /^`(test\/\S+)`: (.+?)\s*$/.exec(cells[3]) ?? [];
      assert.ok(file, `no test is named: ${row}`);
      const text = fs.readFileSync(path.join(root, file), "utf8");
      const titles = [...text.matchAll(/\b(?:it|describe)\(\s*[`"]([^`"]*)/g)].map((match) => match[1]);
      assert.ok(titles.some((t) => t.includes(title)), `${file} has no test "${title}"`); // prettier-ignore
    }
  });
});
