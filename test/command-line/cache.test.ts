/**
 * `sgm cache` on stored results: it lists them, says why each was computed, and removes what it is told to remove, no
 * more.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Cache } from "../../lib/cache/cache";
import type { Stage } from "../../lib/cache/stage";
import { temporaryFolder } from "../temporary-folder";
import { sgm } from "./run";

describe("sgm cache", () => {
  const folder = temporaryFolder();
  const data = (): string => path.join(folder(), "data");
  const stage: Stage<{ steps: number }, string> = {
    name: "model",
    module: "lib/a.ts",
    run: async ({ steps }) => `trained for ${steps}`,
    save: async (text, at) => fs.writeFileSync(path.join(at, "text"), text),
    load: async (at) => fs.readFileSync(path.join(at, "text"), "utf8"),
  };
  const command = (...words: string[]) => sgm("cache", ...words, "--data", data());
  let hashes: string[];
  beforeEach(async () => {
    fs.mkdirSync(path.join(folder(), "lib"));
    fs.writeFileSync(path.join(folder(), "lib/a.ts"), "");
    const cache = new Cache(data(), folder());
    hashes = [];
    for (const steps of [2000, 3000]) hashes.push((await cache.obtain(stage, { steps })).key.hash);
  });

  it("lists one line for each, as a table and as JSON", async () => {
    const { status, out } = await command();
    assert.equal(status, 0);
    const [header, ...lines] = out.trim().split("\n");
    assert.match(header, /^entry +state +size +computed in +last used$/);
    assert.deepEqual(
      lines.map((line) => line.split(/\s+/).slice(0, 2).join(" ")).sort(),
      hashes.map((hash) => `model/${hash.slice(0, 8)} complete`).sort(),
    );
    const entries = JSON.parse((await command("list", "--json", "--stage", "model")).out) as { hash: string }[];
    assert.deepEqual(entries.map(({ hash }) => hash).sort(), [...hashes].sort());
  });

  it("explains what differed from the nearest earlier result", async () => {
    const { status, out } = await command("explain", `model/${hashes[1].slice(0, 10)}`);
    assert.equal(status, 0);
    assert.match(
      out,
      /^model\/[0-9a-f]+ \(complete, \d+ bytes\)\n.*computed: steps 2000 -> 3000\ninput \{"steps":3000\}/,
    );
  });

  it("prunes by last use; a dry run and other stages leave everything", async () => {
    const old = new Date(Date.now() - 10 * 86_400_000);
    fs.utimesSync(path.join(data(), "model", hashes[0], "manifest.json"), old, old);
    const left = (): string[] => fs.readdirSync(path.join(data(), "model")).sort();
    const { out, err } = await command("prune", "--days", "5", "--dry-run");
    assert.match(out, new RegExp(`model/${hashes[0].slice(0, 8)}`));
    assert.doesNotMatch(out, new RegExp(hashes[1].slice(0, 8)));
    assert.match(err, /nothing was removed/);
    assert.deepEqual(left(), [...hashes].sort());
    assert.equal((await command("prune", "--days", "5")).status, 0);
    assert.deepEqual(left(), [hashes[1]]);
  });
});
