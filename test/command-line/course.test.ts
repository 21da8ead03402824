/** What a study says of its own length. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { knownDurations, reference, rememberDurations, secondsLeft } from "../../lib/command-line/course";
import { assertClose } from "../assert-close";
import { temporaryFolder } from "../temporary-folder";

describe("the course of a study", () => {
  const folder = temporaryFolder();
  const known = { a: 10, b: 100, c: 40 };
  const chapters = Object.keys(known);

  it("before the first chapter it is what was known, after the last nothing", () => {
    assert.equal(secondsLeft(chapters, known, []), 150);
    assert.equal(secondsLeft(chapters, known, [10, 100, 40]), 0);
  });

  it("a machine of half the pace is believed the more, the more it has done", () => {
    const [first, second] = [[20], [20, 200]].map((taken) => secondsLeft(chapters, known, taken)!);
    assertClose("after 20 s for 10", first, (140 * (50 + 20)) / (50 + 10), { within: 1e-9 });
    assertClose("after 220 s for 110", second, (40 * (50 + 220)) / (50 + 110), { within: 1e-9 });
    assert.ok(second / 40 > first / 140 && second / 40 < 2);
  });

  it("says nothing where a chapter has never been timed", () => {
    assert.equal(secondsLeft(["a", "z"], known, []), undefined);
  });

  it("remembers the longest of each chapter by preset; a damaged file counts as none", async () => {
    const file = path.join(folder(), "durations.json");
    assert.deepEqual(knownDurations(file, "quick"), reference);
    await rememberDurations(file, "smoke", { a: 5 });
    await rememberDurations(file, "smoke", { a: 1, b: 2 });
    await rememberDurations(file, "quick", { "03-training": 400 });
    assert.deepEqual(knownDurations(file, "smoke"), { a: 5, b: 2 });
    assert.deepEqual(knownDurations(file, "quick"), { ...reference, "03-training": 400 });
    fs.writeFileSync(file, "{");
    assert.deepEqual(knownDurations(file, "smoke"), {});
  });
});
