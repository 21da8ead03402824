/**
 * No key of the configuration is without effect: changed, it gives other results of some stage, and a command that it
 * does not concern refuses it by name. Keys of problem.parameters, .ranges and .porosity: transport/physics.test.ts.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../lib/cache/root";
import { sourceHashes } from "../../lib/cache/sources";
import type { Artifact, Chain, Job } from "../../lib/experiments/experiment";
import { registry } from "../../lib/experiments/registry";
import { training, whiteNoise } from "../../lib/experiments/training/index";
import { trainingData } from "../../lib/experiments/training-data/index";
import type { GaussianStatistics } from "../../lib/gaussian/conditional-gaussian";
import { sha256 } from "../../lib/storage/checksum";
import { isRecord } from "../../lib/storage/json";
import { type Configuration, configuration, overridesFromText } from "../../lib/study/configuration";
import { checkCombinations } from "../../lib/study/combinations";
import { sgm } from "../command-line/run";
import { resultsOfSuite } from "../own-results";

const contests = ["whole score", "preconditioned", "boundary configurations"] as const;

/** Where one more, or the other of two, is no value. */
const others: Readonly<Record<string, unknown>> = {
  "problem.name": "electrode",
  "network.size": "fast",
  "network.conditioning": "none",
  "network.preconditioning": "none",
  "ablation.batch": 64,
  "training.conditions": 24,
  "training.fields": 3,
  "training.trialFields": 22,
  "planeModel.batchConditions": 24,
  "planeModel.batchFields": 3,
  "planeModel.trialFields": 22,
  "training.convolutions": "float32",
  "sampler.method": "reverse-sde-heun",
  "sampler.spacing": "uniform",
  "sampler.start": "standard normal",
  "measurements.infer": ["l"],
};

function changed(key: string, value: unknown): unknown {
  if (key in others) return others[key];
  if (typeof value === "boolean") return !value;
  if (Array.isArray(value)) {
    const last: unknown = value[value.length - 1];
    return [...value.slice(0, -1), ...(typeof last === "number" ? [changed(key, last)] : [])] as unknown[];
  }
  if (typeof value === "number") return Number.isInteger(value) && value >= 1 ? value + 1 : value * 0.9;
  throw new Error(`${key}: this test needs another value for it`);
}

/** Leaves as a person writes them; a list is one. */
function leaves(value: unknown, place: readonly string[] = []): [key: string, value: unknown][] {
  if (!isRecord(value)) return [[place.join("."), value]];
  return Object.entries(value).flatMap(([name, part]) => leaves(part, [...place, name]));
}

const text = (key: string, value: unknown): string => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`; // prettier-ignore

const flagsOf = (settings: readonly string[]): string[] => settings.flatMap((setting) => ["--set", setting]);

// A key that a method in time heeds is changed beside one; calibration belongs to the other.
const beside = (key: string): string[] =>
  /^sampler\.(spacing|start|denoise|method)$/.test(key) ? ["sampler.method=reverse-sde-heun", "sampler.calibrate=false"] : []; // prettier-ignore

/** All that a job depends on beside its source. */
const inWords = ({ stage, input, upstream }: Job<unknown>): string =>
  sha256(JSON.stringify([stage.name, input, upstream.map((made) => made.key())]));

/** Every job of a configuration, by the names of their stages; nothing is computed. */
async function jobsOf(c: Configuration): Promise<Job<unknown>[]> {
  const artifact = <A>(job: Job<A>): Artifact<A> => ({
    key: () => ({ stage: job.stage.name, hash: inWords(job) }),
    value: () => Promise.resolve({ normalisation: job.input } as A), // what follows from the statistics' input alone
  });
  const statistics = artifact(trainingData.job(c)) as Artifact<GaussianStatistics>;
  const chain: Chain = {
    statistics,
    model: artifact(training.job(c, { statistics })),
    isotropicModel: artifact(training.job(whiteNoise(c), { statistics })),
    artifact,
  };
  const { "film-ablation": ablation, ...rest } = registry;
  type AnyJob = (c: Configuration, chain: Chain) => Job<unknown> | Promise<Job<unknown>>;
  const jobs = [
    ...Object.values(rest).map(async (entry) => (entry.job as AnyJob)(c, chain)),
    ...contests.map(async (contest) => (await ablation.job(c, chain, contest)) as Job<unknown>),
  ];
  return Promise.all(jobs);
}

describe("every key of the configuration", function () {
  this.timeout(120_000);
  const folder = resultsOfSuite();
  const all = leaves(configuration({ preset: "smoke" })).filter(([key]) => key !== "preset");
  const keysOf = async (settings: readonly string[]): Promise<string[]> =>
    (await jobsOf(configuration({ preset: "smoke" }, overridesFromText(settings)))).map(inWords);

  it("changes what some stage depends on", async () => {
    const usual = new Map<string, string[]>();
    const without: string[] = [];
    for (const [key, value] of all) {
      const context = key === "sampler.method" ? [] : beside(key);
      const before = usual.get(context.join()) ?? (await keysOf(context));
      usual.set(context.join(), before);
      const after = await keysOf([...context, text(key, changed(key, value))]);
      if (after.every((hash, i) => hash === before[i])) without.push(key);
    }
    assert.deepEqual(without, []);
  });

  it("is read where its stage computes, not in its settings alone", async () => {
    const jobs = await jobsOf(configuration({ preset: "smoke" }));
    const root = projectRoot();
    const modules = new Set(jobs.map(({ stage }) => stage.module));
    const files = Object.keys(sourceHashes(root, [...modules, "lib/experiments/registry.ts"]));
    const read = files
      .filter((file) => !/settings\.ts$|presets\.ts$/.test(file))
      .map((file) => fs.readFileSync(path.join(root, file), "utf8").replace(/^\s*readonly .*$/gm, "")) // declarations
      .join("\n");
    const unread = all.map(([key]) => key.split(".").at(-1)!).filter((name) => !new RegExp(`[.{,]\\s*${name}\\b`).test(read)); // prettier-ignore
    assert.deepEqual(unread, []);
  });

  it("of sample, changed: other fields, or refused by name with what has an effect", async () => {
    const at = (name: string): string => path.join(folder(), name);
    fs.writeFileSync(at("z.json"), JSON.stringify([{ l: 1e-5, U0: 0.1, F_right: 20 }]));
    const small = ["problem.cells=10", "statistics.nodes=4", "statistics.porosities=64", "ensemble.conditions=16", "ensemble.porosities=16", "network.modes=4", "training.steps=8", "training.heldOutEvery=8", "training.checkpointEvery=8"]; // prettier-ignore
    const white = [...small, "network.noiseGrading=1"];
    const models: string[] = [];
    for (const settings of [small, white]) {
      const { status, out, err } = await sgm("train", "--preset", "smoke", ...flagsOf(settings));
      assert.equal(status, 0, err);
      models.push((JSON.parse(out) as { model: string }).model);
    }
    const sampled = async (model: string, settings: readonly string[]) => {
      fs.rmSync(at("x.npy"), { force: true });
      const drawn = ["--conditions", at("z.json"), "--count", "2", "--out", at("x.npy")];
      const { status, err } = await sgm("sample", "--model", model, ...drawn, ...flagsOf(settings));
      return { status, err, bytes: status === 0 ? fs.readFileSync(at("x.npy")).toString("base64") : undefined };
    };
    const inTime = ["sampler.method=reverse-sde-heun", "sampler.steps=4"];
    for (const [k, model] of models.entries()) {
      const context: readonly string[] = k === 0 ? [] : inTime;
      const before = await sampled(model, context);
      assert.equal(before.status, 0, before.err);
      for (const [key, value] of all) {
        const usual = key === "sampler.steps" ? 4 : value;
        if (key === "sampler.method" && context.length > 0) continue; // it is changed to this one above
        const beyond = key === "sampler.method" ? "flow-heun" : changed(key, usual);
        const { status, err, bytes } = await sampled(model, [...context.filter((setting) => !setting.startsWith(`${key}=`)), text(key, beyond)]); // prettier-ignore
        if (status === 0) assert.notEqual(bytes, before.bytes, `${key} was accepted and changed nothing`);
        else assert.ok(status === 2 && (err.includes(key) || err.includes(`--set ${key}`)), `${key}: ${err}`);
      }
    }
  });

  it("of a training in modes is refused by name where the network learns the whole score", () => {
    const whole = ["network.preconditioning=none", "sampler.method=reverse-sde-heun", "sampler.steps=200"];
    for (const preset of ["smoke", "quick", "published"] as const) {
      const given = (...settings: string[]) => configuration({ preset }, overridesFromText([...whole, ...settings]));
      checkCombinations(given());
      checkCombinations(given("training.steps=7"));
      for (const setting of ["training.trialFields=22", "training.penalty=3", "training.emphasis=2"]) {
        const [key] = setting.split("=");
        const says = new RegExp(
          `configuration: ${key} has no effect.*preconditioning "none".*Remedy: leave it out, or network`,
        );
        assert.throws(() => checkCombinations(given(setting)), says);
        checkCombinations(configuration({ preset: "quick" }, overridesFromText([setting])));
      }
    }
  });

  it("of train and study that changes nothing there is refused by name, before anything is computed", async () => {
    const ofModel = /^(seed|(problem|statistics|ensemble|network|training)\.)/;
    for (const [key, value] of all.filter(([name]) => !ofModel.test(name) && name !== "sampler.method")) {
      const settings = [...beside(key), text(key, changed(key, value))];
      const { status, err } = await sgm("train", "--preset", "smoke", ...flagsOf(settings));
      assert.equal(status, 2, key);
      assert.match(err, /has no effect on a training/, key);
    }
    for (const words of [
      ["--set", "sampler.start=standard normal"],
      ["--sweep", "sampler.spacing=uniform,quadratic"],
    ]) {
      const { status, err } = await sgm("study", "--preset", "smoke", "--only", "04", ...words);
      assert.equal(status, 2);
      assert.match(err, /--set sampler\.\w+ has no effect with sampler\.method "mode-flow".*reverse-sde-heun/);
    }
  });
});
