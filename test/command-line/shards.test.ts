/** Shards of an ensemble by condition: joined they are the bytes of the single run. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { closePool } from "../../lib/threads/pool";
import { shardOf } from "../../lib/command-line/generate";
import { temporaryFolder } from "../temporary-folder";
import { sgm } from "./run";

describe("shards of an ensemble", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const at = (name: string): string => path.join(folder(), name);
  after(closePool);
  const generate = (out: string, ...more: string[]) =>
    sgm(
      "generate",
      "--problem",
      "electrode",
      "--conditions",
      at("c.json"),
      "--count",
      "3",
      "--cells",
      "40",
      "--seed",
      "7",
      "--out",
      at(out),
      ...more,
    );
  beforeEach(() =>
    fs.writeFileSync(at("c.json"), JSON.stringify([10, 20, 30, 40, 50].map((F_right) => ({ F_right })))),
  );

  it("share out every condition once, in order, as evenly as can be", () => {
    for (const [conditions, shards] of [
      [5, 1],
      [5, 3],
      [7, 7],
      [1000, 64],
    ] as const) {
      const parts = Array.from({ length: shards }, (_, k) => shardOf(`${k + 1}/${shards}`, conditions));
      assert.deepEqual([parts[0].first, parts[shards - 1].end], [0, conditions]);
      parts.slice(1).forEach(({ first }, k) => assert.equal(first, parts[k].end));
      const sizes = parts.map(({ first, end }) => end - first);
      assert.ok(Math.min(...sizes) >= 1 && Math.max(...sizes) - Math.min(...sizes) <= 1, sizes.join());
    }
  });

  it("joined are the bytes of the run without shards", async () => {
    const shards = ["1/3", "2/3", "3/3"].map((shard) => ({ shard, file: `${shard[0]}.npy` }));
    assert.equal((await generate("all.npy")).status, 0);
    for (const { shard, file } of shards) assert.equal((await generate(file, "--shard", shard)).status, 0);
    const { status, err } = await sgm("join", ...shards.map(({ file }) => at(file)), "--out", at("joined.npy"));
    assert.equal(status, 0, err);
    assert.ok(fs.readFileSync(at("joined.npy")).equals(fs.readFileSync(at("all.npy"))));
  });

  it("that cannot be are the user's error, and leave no file", async () => {
    for (const shard of ["0/2", "3/2", "1/6", "1", "1/2/3", "-1/2"]) {
      const { status, err } = await generate("x.npy", `--shard=${shard}`);
      assert.equal(status, 2, shard);
      assert.match(err, /--shard/);
    }
    await generate("a.npy", "--shard", "1/5");
    assert.equal((await generate("b.npy", "--shard", "2/5", "--cells", "20")).status, 0);
    const { status, err } = await sgm("join", at("a.npy"), at("b.npy"), "--out", at("x.npy"));
    assert.equal(status, 2);
    assert.match(err, /b\.npy must have the shape \[any, 3, 2, 40\] of .*a\.npy, got \[1, 3, 2, 20\]/);
    assert.ok(!fs.existsSync(at("x.npy")));
  });
});
