import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { closePool } from "../../lib/threads/pool";
import { readEnsemble } from "../../lib/storage/ensemble";
import { readNpy } from "../../lib/storage/npy";
import { sgm } from "./run";
import { suiteFolder, conditions } from "./suite-folder";

describe("the command generate", function () {
  this.timeout(120_000);
  const { folder, at, put, generate } = suiteFolder();
  after(closePool);

  it("generate gives [conditions, count, 2, cells], the same bits for a seed whatever the threads, and others for another seed", async () => {
    put("z.json", conditions);
    for (const [name, seed, workers] of [
      ["a", "7", "1"],
      ["b", "7", "2"],
      ["c", "8", "1"],
    ]) {
      const done = await generate(
        "--count",
        "5",
        "--seed",
        seed,
        "--workers",
        workers,
        "--cells",
        "20",
        "--out",
        at(`${name}.npy`),
      );
      assert.deepEqual([done.status, done.out], [0, ""], done.err);
    }
    const { shape, data } = await readNpy(at("a.npy"), { dtype: "float64" });
    assert.deepEqual(shape, [2, 5, 2, 20]);
    assert.ok(data.every(Number.isFinite));
    assert.ok(fs.readFileSync(at("a.npy")).equals(fs.readFileSync(at("b.npy"))));
    assert.ok(!fs.readFileSync(at("a.npy")).equals(fs.readFileSync(at("c.npy"))));
    assert.equal(data[20], 0, "channel 1 is phi, which is 0 in the first cell");
    assert.equal(data[19], 1000, "channel 0 is c, which is held at the separator");
  });

  it("generate stores the same fields as a Zarr folder, with conditions, porosities and provenance", async () => {
    put("z.json", conditions);
    await generate("--count", "5", "--seed", "7", "--cells", "20", "--out", at("a.npy"));
    const done = await generate("--count", "5", "--seed", "7", "--cells", "20", "--porosity", "--out", at("a.zarr"));
    assert.equal(done.status, 0, done.err);
    const { fields, porosity, description } = await readEnsemble(at("a.zarr"));
    assert.deepEqual(fields, (await readNpy(at("a.npy"), { dtype: "float64" })).data);
    assert.ok(porosity?.every((eps) => eps > 0.2 && eps < 0.5));
    assert.deepEqual(description.conditions[0], conditions[0]);
    const { sources, ...provenance } = description.provenance;
    assert.match(String(sources), /^[0-9a-f]{20}$/);
    const law = { epsMin: 0.2, epsMax: 0.5, covariance: "squared-exponential", nugget: 1e-4 };
    const version = (JSON.parse(fs.readFileSync("package.json", "utf8")) as { version: string }).version;
    assert.deepEqual(provenance, { command: "generate", version, seed: 7, precision: "double", porosity: law });
    assert.deepEqual(fs.readdirSync(folder()).sort(), ["a.npy", "a.zarr", "z.json"]);
    const rates = put("rates.json", [{ k_rn: 0.2 }, {}]); // a parameter beside the conditions, given for one of two
    const args = ["--problem", "electrode-published", "--conditions", rates, "--count", "1", "--cells", "5"];
    assert.equal((await sgm("generate", ...args, "--out", at("r.zarr"))).status, 0);
    assert.deepEqual((await readEnsemble(at("r.zarr"))).conditions.map((c) => c.k_rn), [0.2, 0.1]); // prettier-ignore
  });

  for (const { what, args, z, message } of [
    {
      what: "an unknown problem",
      args: ["--problem", "elektrode", "--count", "5"],
      message: /there is no "elektrode"; there are electrode-published/,
    },
    { what: "a missing count", args: [], message: /--count N is missing/ },
    { what: "zero fields", args: ["--count", "0"], message: /--count must be a whole number of at least 1, got "0"/ },
    { what: "half a field", args: ["--count", "2.5"], message: /got "2\.5"/ },
    {
      what: "zero workers",
      args: ["--count", "5", "--workers", "0"],
      message: /--workers must be a whole number of at least 1/,
    },
    {
      what: "a negative seed",
      args: ["--count", "5", "--seed=-1"],
      message: /--seed must be a whole number of at least 0, got "-1"/,
    },
    { what: "an unknown option", args: ["--count", "5", "--sede", "1"], message: /Unknown option '--sede'.* --help/ },
    {
      what: "an unknown format",
      args: ["--count", "5", "--out", "x.csv"],
      message: /must end in \.npy or \.zarr, got "x\.csv"/,
    },
    {
      what: "porosities in a .npy",
      args: ["--count", "5", "--porosity"],
      message: /--porosity needs an --out that ends in \.zarr/,
    },
    {
      what: "an unknown precision",
      args: ["--count", "5", "--precision", "half"],
      message: /double or single, got "half"/,
    },
    {
      what: "a negative correlation length",
      args: ["--count", "5"],
      z: [{ l: -1e-5 }],
      message: /z\.json: condition 0: .*\bl\b.*got -0\.00001/,
    },
    {
      what: "a missing conditions file",
      args: ["--count", "5", "--conditions", "none.json"],
      message: /cannot read none\.json: no such file/,
    },
    {
      what: "a folder that does not exist",
      args: ["--count", "5", "--out", "none/x.npy"],
      message: /cannot write none\/x\.npy: the folder does not exist/,
    },
  ]) {
    it(`generate: ${what} ends with status 2 and no output`, async () => {
      put("z.json", z ?? conditions);
      const { status, out, err } = await generate("--out", at("x.npy"), ...args);
      assert.deepEqual([status, out], [2, ""], err);
      assert.match(err, message);
      assert.deepEqual(fs.readdirSync(folder()), ["z.json"]);
    });
  }

  it("an interrupted generate exits with 130 and goes on where it stopped, to the same bits", async () => {
    put("z.json", conditions);
    const root = path.join(__dirname, "../..");
    const start = async (out: string, interrupt: boolean): Promise<{ status: number | null; err: string }> => {
      const args = [
        "generate",
        "--problem",
        "electrode-published",
        "--conditions",
        at("z.json"),
        "--count",
        "1500",
        "--cells",
        "1000",
        "--out",
        at(out),
      ];
      const child = spawn(process.execPath, ["-r", "tsx/cjs", "scripts/sgm.ts", ...args], { cwd: root });
      let err = "";
      child.stderr.on("data", (piece: Buffer) => (err += piece.toString()));
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      if (interrupt) {
        // the first chunk is on the disk, or the file is begun
        const chunk = path.join(at(`${out}.partial`), "phi", "0.0.0");
        const begun = (): boolean => fs.existsSync(chunk) || fs.existsSync(at(`${out}.partial.json`));
        while (!begun() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 3));
        child.kill("SIGINT");
      }
      return { status: await ended, err };
    };
    assert.equal((await start("a.npy", true)).status, 130);
    assert.deepEqual(fs.readdirSync(folder()).sort(), ["a.npy.partial", "a.npy.partial.json", "z.json"]);
    const again = await start("a.npy", false);
    assert.match(again.err, /going on after \d+ fields/);
    assert.equal(again.status, 0, again.err);
    assert.deepEqual(fs.readdirSync(folder()).sort(), ["a.npy", "z.json"]);
    const stopped = await start("a.zarr", true);
    assert.equal(stopped.status, 130, stopped.err);
    assert.deepEqual(fs.readdirSync(folder()).sort(), ["a.npy", "a.zarr.partial", "z.json"]);
    const resumed = await start("a.zarr", false);
    assert.match(resumed.err, /going on after \d+ fields/);
    assert.equal(resumed.status, 0);
    await generate("--count", "1500", "--cells", "1000", "--out", at("b.zarr"));
    await generate("--count", "1500", "--cells", "1000", "--out", at("b.npy"));
    assert.ok(fs.readFileSync(at("a.npy")).equals(fs.readFileSync(at("b.npy"))));
    await readEnsemble(at("a.zarr")); // every checksum holds
    for (const name of ["c/0.0.0", "phi/1.2.0", ".checksums.json"]) {
      assert.ok(
        fs.readFileSync(path.join(at("a.zarr"), name)).equals(fs.readFileSync(path.join(at("b.zarr"), name))),
        name,
      );
    }
  });
});
