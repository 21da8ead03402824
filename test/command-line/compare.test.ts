import assert from "node:assert/strict";
import * as fs from "node:fs";
import { closePool } from "../../lib/threads/pool";
import { readNpy } from "../../lib/storage/npy";
import { sgm } from "./run";
import { suiteFolder, conditions } from "./suite-folder";
import { writeNpy } from "../storage/write-npy";

describe("the command compare", function () {
  this.timeout(120_000);
  const { at, put, generate } = suiteFolder();
  after(closePool);

  it("compare finds two ensembles of one law alike, and a shift of half a standard deviation far beyond the error", async () => {
    put("z.json", [conditions[0]]);
    for (const seed of ["1", "2"])
      await generate("--count", "400", "--cells", "24", "--seed", seed, "--out", at(`${seed}.npy`));
    const { data, shape } = await readNpy(at("1.npy"), { dtype: "float64" });
    const shifted = data.map((v, k) => (Math.floor(k / 24) % 2 === 1 ? v + 5e-4 * (k % 24 > 0 ? 1 : 0) : v));
    await writeNpy(at("shifted.npy"), { dtype: "float64", shape, data: shifted });
    interface Result {
      conditions: { channels: { name: string; bias: { z: number } }[]; energy: { z: number } }[];
    }
    const judge = async (generated: string): Promise<Result["conditions"][0]> => {
      const done = await sgm("compare", "--generated", at(generated), "--reference", at("2.npy"));
      assert.equal(done.status, 0, done.err);
      assert.match(done.err, /condition +channel +bias/);
      return (JSON.parse(done.out) as Result).conditions[0];
    };
    const alike = await judge("1.npy");
    const apart = await judge("shifted.npy");
    assert.deepEqual(
      alike.channels.map((c) => c.name),
      ["c", "phi"],
    );
    for (const { bias } of alike.channels) assert.ok(Math.abs(bias.z) < 5, `z of the bias of like ensembles ${bias.z}`);
    assert.ok(Math.abs(alike.energy.z) < 5 && apart.energy.z > 8, `${alike.energy.z}, ${apart.energy.z}`);
    assert.ok(apart.channels[1].bias.z > 8 && Math.abs(apart.channels[0].bias.z) < 5);
    const toFile = await sgm("compare", "--generated", at("1.npy"), "--reference", at("2.npy"), "--out", at("r.json"));
    assert.match(toFile.out, /condition +channel/);
    assert.deepEqual((JSON.parse(fs.readFileSync(at("r.json"), "utf8")) as Result).conditions[0], alike);
  });

  it("compare refuses files of other shapes, types or content by name", async () => {
    const array = (shape: number[], value = 1): Parameters<typeof writeNpy>[1] => ({
      dtype: "float64",
      shape,
      data: new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(value),
    });
    await writeNpy(at("a.npy"), array([1, 8, 2, 10]));
    for (const { other, message } of [
      { other: array([1, 8, 2, 11]), message: /has 10 cells, .*b\.npy has 11; they must agree/ },
      { other: array([2, 8, 2, 10]), message: /1 conditions, .* has 2/ },
      {
        other: array([16, 20]),
        message: /b\.npy: expected float64 or float32 \[conditions, count, channels, cells\], got float64 \[16, 20\]/,
      },
      { other: array([1, 2, 2, 10]), message: /at least 4 fields per condition, got 2/ },
      { other: array([1, 8, 2, 10], NaN), message: /b\.npy: condition 0: .*finite numbers, got NaN/ },
      { other: array([1, 8, 2, 10]), message: /compare: condition 0: / }, // no spread at all
    ]) {
      await writeNpy(at("b.npy"), other);
      const { status, out, err } = await sgm("compare", "--generated", at("a.npy"), "--reference", at("b.npy"));
      assert.deepEqual([status, out], [2, ""], err);
      assert.match(err, message);
    }
  });
});
