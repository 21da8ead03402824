/**
 * Where a command reads and writes: from where the person stands, never in the place of what it did not make, and never
 * less than all of it.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { inOrderOfTheirNumbers } from "../../lib/command-line/join";
import { closePool } from "../../lib/threads/pool";
import { readNpy } from "../../lib/storage/npy";
import { temporaryFolder } from "../temporary-folder";
import { sgm, sgmFrom } from "./run";
import { writeNpy } from "../storage/write-npy";

const root = path.join(__dirname, "..", "..");

describe("outputs of commands", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const at = (...names: string[]): string => path.join(folder(), ...names);
  const put = (name: string, content: unknown): string => {
    fs.mkdirSync(path.dirname(at(name)), { recursive: true });
    fs.writeFileSync(at(name), typeof content === "string" ? content : JSON.stringify(content));
    return at(name);
  };
  after(closePool);

  it("relative paths begin where the person stands: of two files of one name the near one is read, and the result lies beside it", async () => {
    put("cases.json", [{ eps: [0.3, 0.3] }]);
    put("sub/cases.json", [{ eps: "p.csv" }]);
    put("sub/p.csv", "x,eps\n0,0.25\n1e-4,0.45\n");
    const solve = ["solve", "--problem", "electrode", "--cases", "cases.json", "--out", "out.json"];
    const done = await sgmFrom(at("sub"), ...solve);
    assert.equal(done.status, 0, done.err);
    const [{ phi }] = JSON.parse(fs.readFileSync(at("sub", "out.json"), "utf8")) as { phi: number[] }[];
    assert.equal(phi.length, 100, "the table of the near cases, on the problem's own cells");
    assert.ok(!fs.existsSync(at("out.json")) && !fs.existsSync("out.json"));
    put("sub/z.json", [{}]);
    const two = ["generate", "--problem", "electrode", "--conditions", "z.json", "--count", "2", "--cells", "5"];
    for (const out of ["a.npy", "b.npy", "c.zarr"])
      assert.equal((await sgmFrom(at("sub"), ...two, "--out", out)).status, 0);
    assert.equal((await sgmFrom(at("sub"), "join", "a.npy", "b.npy", "--out", "ab.npy")).status, 0);
    assert.deepEqual((await readNpy(at("sub", "ab.npy"))).shape, [2, 2, 2, 5]);
    assert.deepEqual(fs.readdirSync(at("sub")).sort(), [
      "a.npy",
      "ab.npy",
      "b.npy",
      "c.zarr",
      "cases.json",
      "out.json",
      "p.csv",
      "z.json",
    ]);
  });

  it("the folder is npm's INIT_CWD where npm started the script, and the working folder otherwise; it holds for SGM_DATA too", async () => {
    const { callerFolder, environmentFolders } = (await import("../../scripts/commands.mjs" as string)) as {
      callerFolder(script: string, environment: object, here: string): string;
      environmentFolders(environment: object, here: string): Record<string, string>;
    };
    const npm = { INIT_CWD: "/person", npm_lifecycle_event: "sgm" };
    assert.equal(callerFolder("sgm", npm, root), "/person");
    assert.equal(callerFolder("sgm", npm, "/elsewhere"), "/elsewhere", "run by node from elsewhere");
    assert.equal(callerFolder("sgm", { ...npm, npm_lifecycle_event: "test" }, root), root, "run by another script");
    assert.equal(callerFolder("sgm", {}, "/here"), "/here");
    assert.deepEqual(environmentFolders({ ...npm, SGM_DATA: "d" }, root), { SGM_DATA: "/person/d" });
    assert.deepEqual(environmentFolders({ SGM_DATA: "/d", SGM_FIGURES: "f" }, "/here"), {
      SGM_DATA: "/d",
      SGM_FIGURES: "/here/f",
    });
  });

  it("a standard output that cannot be written ends with an error and not with a cut file", function () {
    if (!fs.existsSync("/dev/full")) this.skip();
    const cases = put("cases.json", [{ eps: [0.3, 0.3] }]);
    const run = (to: string): { status: number | null; stderr: string } => {
      const args = ["-r", "tsx/cjs", "scripts/sgm.ts", "solve", "--problem", "electrode", "--cases", cases];
      const descriptor = fs.openSync(to, "w");
      const ended = spawnSync(process.execPath, args, {
        cwd: root,
        stdio: ["ignore", descriptor, "pipe"],
        encoding: "utf8",
      });
      fs.closeSync(descriptor);
      return ended;
    };
    const full = run("/dev/full");
    assert.equal(full.status, 1);
    assert.match(full.stderr, /cannot write standard output: no space is left .*Remedy: /);
    const stored = run(at("out.json"));
    assert.equal(stored.status, 0, stored.stderr);
    assert.equal((JSON.parse(fs.readFileSync(at("out.json"), "utf8")) as unknown[]).length, 1);
  });

  it("twelve shards are joined in the order of their numbers, as a shell lists them and as they are given backwards", async () => {
    const names = Array.from({ length: 12 }, (_, k) => `s-${k + 1}.npy`);
    for (const [k, name] of names.entries())
      await writeNpy(at(name), { dtype: "float64", shape: [1, 1], data: Float64Array.of(k + 1) });
    for (const listed of [[...names].sort(), [...names].reverse()]) {
      const joined = await sgm("join", ...listed.map((name) => at(name)), "--out", at("all.npy"));
      assert.equal(joined.status, 0, joined.err);
      assert.match(joined.err, /in this order: s-1\.npy, s-2\.npy, .*, s-12\.npy/);
      const { data } = await readNpy(at("all.npy"));
      assert.deepEqual(Array.from(data), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    }
    assert.deepEqual(inOrderOfTheirNumbers(["10-of-12.npy", "2-of-12.npy"]), ["2-of-12.npy", "10-of-12.npy"]);
    assert.deepEqual(inOrderOfTheirNumbers(["b.npy", "a.npy"]), ["b.npy", "a.npy"], "no numbers: as given");
    assert.deepEqual(inOrderOfTheirNumbers(["a2-b1", "a1-b2"]), ["a2-b1", "a1-b2"], "two numbers: as given");
    assert.match((await sgm("join", at("s-1.npy"), at("s-1.npy"), "--out", at("x.npy"))).err, /named twice/);
  });

  const generate = (out: string): ReturnType<typeof sgm> =>
    sgm(
      "generate",
      "--problem",
      "electrode",
      "--conditions",
      put("z.json", [{}]),
      "--count",
      "2",
      "--cells",
      "5",
      "--out",
      at(out),
    );

  it("generate replaces an ensemble of its own, and nothing else: no folder, no file, no store of others, not its own with a note in it", async () => {
    const contents = (name: string): string =>
      execFileSync("tar", ["-c", "--mtime=@0", "-C", folder(), name], { encoding: "latin1" });
    put("folder.zarr/thesis.tex", "years of work");
    put("file.zarr", "a file");
    put("other.zarr/.zgroup", { zarr_format: 2 });
    put("other.zarr/c/0.0.0", "chunk");
    put("new.zarr.partial/thesis.tex", "years of work");
    put("new.npy.partial", "years of work");
    put("next.npy.partial.json", { mine: true });
    assert.equal((await generate("own.zarr")).status, 0);
    assert.equal((await generate("own.zarr")).status, 0, "its own is replaced");
    fs.cpSync(at("own.zarr"), at("noted.zarr"), { recursive: true });
    put("noted.zarr/notes.txt", "what I found");
    for (const [out, kept, says] of [
      ["folder.zarr", "folder.zarr", /no ensemble that was stored here/],
      ["file.zarr", "file.zarr", /it is a file/],
      ["other.zarr", "other.zarr", /no ensemble that was stored here/],
      ["noted.zarr", "noted.zarr", /holds notes\.txt, which was not stored with it/],
      ["new.zarr", "new.zarr.partial", /holds thesis\.tex/],
      ["new.npy", "new.npy.partial", /not made here/],
      ["next.npy", "next.npy.partial.json", /not made here/],
    ] as const) {
      const before = contents(kept);
      const { status, err } = await generate(out);
      assert.equal(status, 2, out);
      assert.match(err, says);
      assert.equal(contents(kept), before, out);
    }
  });

  it("what is read is not written over, nor a device, and a place that cannot be written is told before the work begins", async () => {
    const cases = put("cases.json", [{ eps: "none.csv" }]); // would be refused when it is read
    const solve = (out: string): ReturnType<typeof sgm> =>
      sgm("solve", "--problem", "electrode", "--cases", cases, "--out", out);
    assert.match((await solve(cases)).err, /cases\.json is read by this command and would be replaced/);
    fs.symlinkSync(cases, at("link.json"));
    assert.match((await solve(at("link.json"))).err, /is read by this command/);
    assert.match((await solve(at("no", "out.json"))).err, /cannot write .*the folder does not exist/);
    assert.match((await solve(os.devNull)).err, /is a device or a pipe/);
    assert.ok(fs.statSync(os.devNull).isCharacterDevice());
    put("a.npy", "");
    for (const command of [
      ["compare", "--generated", at("a.npy"), "--reference", at("a.npy")],
      ["join", at("a.npy")],
      ["sample", "--conditions", at("z.json"), "--count", "1"],
      ["generate", "--problem", "electrode", "--conditions", at("z.json"), "--count", "1"],
      ["study", "--sweep", "seed=1,2"],
    ]) {
      const ending = command[0] === "study" ? "csv" : "npy";
      const { status, err } = await sgm(...command, "--out", at("no", `x.${ending}`));
      assert.deepEqual([status, /cannot write .*no\/x\.\w+: the folder does not exist/.test(err)], [2, true], err);
    }
  });
});

describe("compare", () => {
  const folder = temporaryFolder();
  it("refuses fields that are all the same, with condition, sample and channel, and writes nothing", async () => {
    const [shape, n] = [[2, 8, 2, 10], 2 * 8 * 2 * 10];
    const varying = Float64Array.from({ length: n }, (_, k) => Math.sin(k * k));
    const same = varying.map((v, k) => (k >= 160 && Math.floor(k / 10) % 2 === 1 ? 1 / 3 : v)); // phi of condition 1
    const files = [path.join(folder(), "a.npy"), path.join(folder(), "b.npy")];
    await writeNpy(files[0], { dtype: "float64", shape, data: varying });
    await writeNpy(files[1], { dtype: "float64", shape, data: same });
    for (const [generated, reference, which] of [
      [...files, "reference"],
      [files[1], files[0], "generated"],
    ]) {
      const out = path.join(folder(), "out.json");
      const done = await sgm("compare", "--generated", generated, "--reference", reference, "--out", out);
      assert.deepEqual([done.status, done.out, fs.existsSync(out)], [2, "", false]);
      assert.match(done.err, new RegExp(`condition 1: the 8 ${which} fields are all the same in phi`));
    }
  });
});
