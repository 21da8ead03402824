/** The workflow over the command line, run here by Snakemake: same bytes as single runs, and going on after a kill. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { temporaryFolder } from "../temporary-folder";

const root = path.join(__dirname, "../..");
const tools = path.join(root, ".venv-tools/bin/python");

describe("the workflow", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const at = (...names: string[]): string => path.join(folder(), ...names);
  before(function () {
    const installed =
      fs.existsSync(tools) &&
      spawnSync(tools, ["-c", "import importlib.util as u, sys; sys.exit(u.find_spec('snakemake') is None)"]).status ===
        0;
    if (!installed) this.skip(); // npm test makes it where there is a Python from 3.11 on
  });

  const environment = (data: string) => ({ ...process.env, SGM_DATA: at(data), TF_CPP_MIN_LOG_LEVEL: "3" });
  /** Runs the workflow on this plan; `whileRunning` may end it. */
  function workflow(targets: string[], whileRunning: (kill: () => void) => void = () => undefined) {
    const args = [
      path.join(root, "scripts/workflow.mjs"),
      "--results",
      at("results"),
      "--config-file",
      at("plan.yaml"),
    ];
    const child = spawn(process.execPath, [...args, "--cores", "1", ...targets], {
      cwd: root,
      env: environment("data"),
      detached: true, // a group of its own, so that a kill takes all of it, as the end of a machine does
    });
    let text = "";
    child.stdout.on("data", (piece: Buffer) => (text += piece.toString()));
    child.stderr.on("data", (piece: Buffer) => (text += piece.toString()));
    whileRunning(() => process.kill(-child.pid!, "SIGKILL"));
    return new Promise<{ code: number | null; text: string }>((resolve) =>
      child.on("close", (code) => resolve({ code, text })),
    );
  }
  const sgm = (data: string, ...args: string[]): string =>
    execFileSync(process.execPath, ["-r", "tsx/cjs", path.join(root, "scripts/sgm.ts"), ...args], {
      cwd: root,
      env: environment(data),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });

  it("killed after its first shard it goes on with the others, and all its results are those of single runs", async () => {
    const conditions = [3e-6, 5e-6, 1e-5, 2e-5, 1.5e-5].map((l, k) => ({ l, U0: 0.05 * k, F_right: 10 * k }));
    fs.writeFileSync(at("conditions.json"), JSON.stringify(conditions));
    const small = {
      "statistics.nodes": 8,
      "statistics.porosities": 256,
      "ensemble.conditions": 8,
      "training.steps": 16,
    };
    const plan = {
      preset: "smoke",
      ensembles: {
        five: { problem: "electrode-published", conditions: at("conditions.json"), count: 3, seed: 7, shards: 3 },
      },
      models: { film: { set: small, seeds: [5] } },
      sweeps: { seeds: { only: ["01"], keys: { seed: [5] } } }, // tables of several: below
    };
    fs.writeFileSync(at("plan.yaml"), JSON.stringify(plan)); // JSON is YAML

    const killed = await workflow(["ensembles/five.npy"], (kill) => {
      const shards = at("results/ensembles/five");
      const timer = setInterval(() => {
        if (!fs.existsSync(shards) || !fs.readdirSync(shards).some((name) => name.endsWith(".npy"))) return;
        clearInterval(timer);
        setTimeout(kill, 300); // in the middle of the next one
      }, 20);
    });
    assert.notEqual(killed.code, 0);
    assert.ok(!fs.existsSync(at("results/ensembles/five.npy")), "it was killed before its end");

    const { code, text } = await workflow([]);
    assert.equal(code, 0, text);
    const again = Number(/^ensemble_shard\s+(\d+)/m.exec(text)?.[1]);
    assert.ok(again >= 1 && again <= 2, `after the kill ${again} of the 3 shards were made\n${text}`);

    const generate = ["generate", "--problem", "electrode-published", "--conditions", at("conditions.json")];
    sgm("single", ...generate, "--count", "3", "--seed", "7", "--out", at("single.npy"));
    const bytes = (file: string): Buffer => fs.readFileSync(file);
    assert.ok(bytes(at("results/ensembles/five.npy")).equals(bytes(at("single.npy"))), "the ensemble");

    const settings = Object.entries({ ...small, seed: 5 }).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const single = JSON.parse(sgm("single", "train", "--preset", "smoke", ...settings)) as { model: string };
    const [header, row] = fs.readFileSync(at("results/models.csv"), "utf8").split("\n");
    assert.equal(header, "configuration,seed,model,step,loss,heldOut");
    // The same hash, each in the data folder of its own run.
    const hash = path.basename(single.model);
    const [name, seed, model, steps] = row.split(",");
    assert.deepEqual([name, seed, path.basename(model), steps], ["film", "5", hash, "16"], row);
    const weights = path.join("model", hash, "model.safetensors");
    assert.ok(bytes(at("data", weights)).equals(bytes(at("single", weights))), "the model");

    const sweep = ["--preset", "smoke", "--only", "01", "--sweep", "seed=5", "--out", at("single.csv")];
    sgm("single", "study", ...sweep);
    const table = bytes(at("results/sweeps/seeds.csv"));
    assert.match(table.toString(), /^seed,notebook,claim,value,expected,low,high,holds\n5,01-.*,true$/m);
    assert.ok(table.equals(bytes(at("single.csv"))), `the sweep\n${table}\n${bytes(at("single.csv"))}`);
  });

  it("a plan with a word that it does not know is refused", async () => {
    fs.writeFileSync(at("plan.yaml"), JSON.stringify({ ensemble: {} }));
    const { code, text } = await workflow([]);
    assert.notEqual(code, 0);
    assert.match(text, /the plan has no ensemble; it has preset, ensembles, models, sweeps/);
  });

  it("makes its tables wherever the project lies: the paths of Python and of the plan may hold a space", () => {
    for (const [name, target] of [
      ["my project", root],
      ["my tools", path.join(root, ".venv-tools")],
    ] as const)
      fs.symlinkSync(target, at(name));
    const results = at("my results");
    const put = (name: string, text: string): void => {
      fs.mkdirSync(path.dirname(path.join(results, name)), { recursive: true });
      fs.writeFileSync(path.join(results, name), text);
    };
    put(
      "models/film-seed5.json",
      JSON.stringify({ model: "a b/model/12", step: 16, loss: 0.5, heldOut: { loss: 0.25 } }),
    );
    for (const k of [0, 1]) put(`sweeps/seeds/${k}.csv`, `seed,holds\n${k + 5},true\n`);
    const plan = {
      models: { film: { seeds: [5] } },
      sweeps: { seeds: { only: ["01"], keys: { seed: [5, 6] } } },
    };
    put("my plan.yaml", JSON.stringify(plan));
    const words = [
      "-m",
      "snakemake",
      "--snakefile",
      at("my project", "scripts/workflow/Snakefile"),
      "--directory",
      results,
    ];
    const options = [
      "--configfile",
      path.join(results, "my plan.yaml"),
      "--nolock",
      "--cores",
      "1",
      "--rerun-triggers",
      "mtime",
    ];
    const env = { ...process.env, XDG_CACHE_HOME: at("cache") };
    execFileSync(at("my tools", "bin/python"), [...words, ...options], { env, stdio: "pipe" });
    assert.equal(
      fs.readFileSync(path.join(results, "models.csv"), "utf8"),
      "configuration,seed,model,step,loss,heldOut\nfilm,5,a b/model/12,16,0.5,0.25\n",
    );
    assert.equal(fs.readFileSync(path.join(results, "sweeps/seeds.csv"), "utf8"), "seed,holds\n5,true\n6,true\n");
  });

  it("the plan and the cluster's profile that come with the project are ones that Snakemake takes", () => {
    const args = ["-m", "snakemake", "--snakefile", path.join(root, "scripts/workflow/Snakefile"), "--directory", at()];
    const plan = ["--configfile", path.join(root, "scripts/workflow/config.yaml"), "--dry-run", "--nolock"];
    const profile = ["--profile", path.join(root, "scripts/workflow/slurm"), "--executor", "local", "--cores", "1"];
    const env = { ...process.env, XDG_CACHE_HOME: at("cache") };
    const said = execFileSync(tools, [...args, ...plan, ...profile], { encoding: "utf8", env, stdio: "pipe" });
    for (const [rule, jobs] of [
      ["ensemble_shard", 4],
      ["model", 9],
      ["sweep_point", 5],
    ] as const)
      // prettier-ignore
      assert.match(said, new RegExp(`^${rule}\\s+${jobs}\\s*$`, "m"), said);
  });
});
