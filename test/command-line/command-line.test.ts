import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { Arguments, type Command } from "../../lib/command-line/command";
import { commands, runCommandLine } from "../../lib/command-line/main";
import { inWords, progressOn } from "../../lib/command-line/progress";
import { closePool } from "../../lib/threads/pool";
import { readEnsemble } from "../../lib/storage/ensemble";
import { readNpy, writeNpy } from "../../lib/storage/npy";
import { StorageError, UserError } from "../../lib/errors/user-error";
import { Interrupted } from "../../lib/cache/interrupt";
import { gridOf } from "../../lib/transport/domain";
import { problem } from "../../lib/transport/problems";
import { temporaryFolder } from "../temporary-folder";
import { sgm } from "./run";

describe("the command line", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const at = (name: string): string => path.join(folder(), name);
  const put = (name: string, content: unknown): string => {
    fs.writeFileSync(at(name), typeof content === "string" ? content : JSON.stringify(content));
    return at(name);
  };
  after(closePool);

  it("help lists every command and each option; a missing or unknown command is the user's error", async () => {
    const general = await sgm("--help");
    for (const command of commands) {
      assert.ok(general.out.includes(`  ${command.name}`) && general.out.includes(command.summary));
      const { status, out } = await sgm(command.name, "--help");
      assert.equal(status, 0);
      for (const option of Object.keys(command.options))
        assert.ok(out.includes(`--${option}`), `${command.name} --${option}`);
    }
    assert.deepEqual(await sgm(), { status: 2, out: "", err: general.out });
    assert.match((await sgm("slove")).err, /there is no command "slove"; commands are solve, generate/);
  });

  it("exit status and message say whose error it is: the user's 2, an interruption 130, all else 1", async () => {
    for (const { error, status, shown } of [
      { error: new UserError("wrong key"), status: 2, shown: /^wrong key\n$/ },
      { error: new Interrupted("SIGINT"), status: 130, shown: /^interrupted \(SIGINT\)/ },
      { error: new StorageError("a", "ENOSPC", "disk full"), status: 1, shown: /^disk full\n$/ },
      { error: new Error("a fault of ours"), status: 1, shown: /a fault of ours\n {4}at / },
    ]) {
      const failing: Command = { name: "fail", summary: "", options: {}, run: async () => Promise.reject(error) };
      let err = "";
      const terminal = {
        out: () => assert.fail("nothing on stdout"),
        err: (t: string) => (err += t),
        interactive: false,
        columns: 80,
      };
      assert.equal(await runCommandLine(["fail"], terminal, [failing]), status);
      assert.match(err, shown);
    }
  });

  it("solve writes the problem's own fields for profiles of any number of cells, with defaults for what is left out", async () => {
    const profiles = [
      [0.3, 0.35, 0.4, 0.3, 0.25],
      [0.5, 0.2, 0.3],
    ];
    const cases = put("cases.json", [{ eps: profiles[0], U0: 0.1, F_right: 20, k_rn: 0.2 }, { eps: profiles[1] }]);
    const { status, out, err } = await sgm(
      "solve",
      "--problem",
      "electrode-published",
      "--cases",
      cases,
      "--out",
      at("out.json"),
    );
    assert.deepEqual([status, out, err], [0, "", ""]);
    const solved = JSON.parse(fs.readFileSync(at("out.json"), "utf8")) as { phi: number[]; c: number[] }[];
    const p = problem("electrode-published");
    const defaults = Object.fromEntries(p.conditions.map((range) => [range.name, range.default]));
    for (const [i, condition] of [{ ...defaults, U0: 0.1, F_right: 20, k_rn: 0.2 }, defaults].entries()) {
      const n = profiles[i].length;
      const expected = new Float64Array(2 * n);
      p.solver(gridOf(p, n)).solve(Float64Array.from(profiles[i]), condition, expected);
      assert.deepEqual(solved[i].c, Array.from(expected.subarray(0, n)));
      assert.deepEqual(solved[i].phi, Array.from(expected.subarray(n)));
    }
    const onStdout = await sgm("solve", "--problem", "electrode-published", "--cases", cases);
    assert.deepEqual(JSON.parse(onStdout.out), solved);
  });

  const good = { eps: [0.3, 0.3] };
  for (const { what, cases, message } of [
    {
      what: "a porosity above 1",
      cases: [good, { eps: [0.3, 1.2] }],
      message: /cases\.json: case 1: .*eps must lie in \(0, 1\].*got 1\.2 in cell 1/,
    },
    { what: "a porosity of zero", cases: [{ eps: [0, 0.3] }], message: /case 0: .*got 0 in cell 0/ },
    { what: "an empty profile", cases: [{ eps: [] }], message: /case 0: eps must be a list of numbers/ },
    { what: "a profile of one cell", cases: [{ eps: [0.3] }], message: /case 0: .*at least 2, got 1/ },
    {
      what: "a missing profile",
      cases: [{ U0: 1 }],
      message: /case 0: eps must be a list of numbers, one per cell, got nothing/,
    },
    { what: "text among the numbers", cases: [{ eps: [0.3, "x"] }], message: /got "x" in cell 1/ },
    { what: "null among the numbers", cases: [{ eps: [null, 0.3] }], message: /got null in cell 0/ },
    { what: "a misspelt condition", cases: [{ ...good, F_rihgt: 1 }], message: /case 0: .*no condition "F_rihgt"/ },
    {
      what: "a condition that is no number",
      cases: [{ ...good, U0: "0.1" }],
      message: /case 0: U0 must be a number, got "0\.1"/,
    },
    {
      what: "an infinite condition",
      cases: '[{"eps": [0.3, 0.3], "U0": 1e999}]',
      message: /case 0: .*U0.*got Infinity/,
    },
    { what: "no list", cases: good, message: /expected a list of at least one case, got an object/ },
    { what: "an empty list", cases: [], message: /expected a list of at least one case, got an array of length 0/ },
    { what: "a case that is no object", cases: [good, 7], message: /case 1 must be a JSON object, got 7/ },
    { what: "broken JSON", cases: '[{"eps": [0.3,\n 0.3]}', message: /cases\.json: it is not valid JSON .*line 2/ },
    {
      what: "a key given twice",
      cases: '[{"eps": [0.3, 0.3], "U0": 1, "U0": 2}]',
      message: /"U0" occurs twice, at line 1, column 31/,
    },
  ]) {
    it(`solve: ${what} ends with status 2, the place in the file, and no output file`, async () => {
      const file = put("cases.json", cases);
      const { status, out, err } = await sgm(
        "solve",
        "--problem",
        "electrode-published",
        "--cases",
        file,
        "--out",
        at("out.json"),
      );
      assert.deepEqual([status, out], [2, ""], err);
      assert.match(err, message);
      assert.deepEqual(fs.readdirSync(folder()), ["cases.json"]);
    });
  }

  const conditions = [{ l: 1e-5, U0: 0.1, F_right: 20 }, { l: 2e-5 }];
  const generate = (...more: string[]): ReturnType<typeof sgm> =>
    sgm("generate", "--problem", "electrode-published", "--conditions", at("z.json"), ...more);

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
        const chunk = path.join(at(`${out}.partial`), "phi", "0.0.0"); // the first chunk is on the disk, or the file is begun
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

  it("cache tells of an empty folder and refuses what it does not know", async () => {
    assert.deepEqual(await sgm("cache", "--data", folder()), { status: 0, out: "nothing\n", err: "" });
    assert.deepEqual(JSON.parse((await sgm("cache", "prune", "--json", "--data", folder())).out), []);
    for (const [args, message] of [
      [["prnue"], /expected list, explain or prune, got "prnue"/],
      [["explain"], /name an entry/],
      [["explain", "model/12"], /model\/12 must name one entry, 0 match/],
      [["prune", "--days", "soon"], /--days must be a whole number/],
      [["list", "more"], /too many arguments: more/],
    ] as const) {
      const { status, err } = await sgm("cache", ...args, "--data", folder());
      assert.equal(status, 2);
      assert.match(err, message);
    }
  });

  it("progress is one overwritten line on a terminal, a line every ten seconds elsewhere, with rate and time left", () => {
    const written = (interactive: boolean): string => {
      let [text, time] = ["", 0];
      const terminal = { out: () => undefined, err: (t: string) => void (text += t), interactive, columns: 100 };
      const progress = progressOn(terminal, "training", "steps", () => time);
      for (let step = 500; step <= 2500; step += 100, time += 1000) progress.update(step, 5000); // resumed at 500, 100 a second
      progress.end();
      return text;
    };
    assert.deepEqual(
      written(false),
      "training: 30 % (1500 of 5000 steps, 100 steps/s, 35 s left)\ntraining: 50 % (2500 of 5000 steps, 100 steps/s, 25 s left)\n",
    );
    assert.ok(!written(true).includes("\n") && written(true).includes("\r"));
    assert.deepEqual([3, 125, 3840].map(inWords), ["3 s", "2 min 5 s", "1 h 4 min"]);
  });

  it("an option that is required, a default and a repeated one reach the command as declared", () => {
    const command: Command = {
      name: "c",
      summary: "",
      options: {
        a: { type: "string", help: "the a", required: true },
        n: { type: "string", help: "n", default: "3" },
        set: { type: "string", help: "s", multiple: true },
        on: { type: "boolean", help: "on" },
      },
      run: async () => 0,
    };
    const terminal = { out: () => undefined, err: () => undefined, interactive: false, columns: 80 };
    const args = Arguments.parse(command, ["--a", "x", "--set", "k=1", "--set=l=2", "--on"], terminal);
    assert.deepEqual(
      [args.text("a"), args.whole("n", 1), args.list("set"), args.flag("on")],
      ["x", 3, ["k=1", "l=2"], true],
    );
    assert.throws(
      () => Arguments.parse(command, ["--n", "1"], terminal),
      /--a TEXT? ?is missing \(the a\)|--a {2}is missing/,
    );
    assert.throws(() => Arguments.parse(command, ["--a", "x", "y"], terminal), UserError);
  });
});
