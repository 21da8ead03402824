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
import { type Configuration, configuration, overridesFromText } from "../../lib/study/configuration";
import { checkCombinations, checkWholeScore } from "../../lib/study/combinations";
import { boundaryConfigurations } from "../../lib/experiments/boundary-configurations/index";
import { boundaryContest } from "../../lib/experiments/boundary-contest/index";
import { planeModel } from "../../lib/experiments/plane-model/index";
import { openStudy } from "../../lib/study/study";
import { sgm } from "../command-line/run";
import { modelInputs } from "../experiments/model-inputs";
import { resultsOfSuite } from "../own-results";
import { changed, keysOf as keysIn, text } from "./leaf-keys";

const contests = ["whole score", "preconditioned", "boundary configurations"] as const;

const flagsOf = (settings: readonly string[]): string[] => settings.flatMap((setting) => ["--set", setting]);

// A key that a method in time heeds is changed beside one; calibration belongs to the other.
const beside = (key: string): string[] =>
  /^sampler\.(spacing|start|denoise|method)$/.test(key)
    ? ["sampler.method=reverse-sde-heun", "sampler.calibrate=false"]
    : [];

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
  const all = keysIn(configuration({ preset: "smoke" }));
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

  it("of the physics changes what every stage of its problem depends on", async () => {
    const names = (await jobsOf(configuration({ preset: "smoke" }))).map(({ stage }) => stage.name);
    const before = await keysOf([]);
    // Chapters about another problem have its own physics.
    const elsewhere = /^(boundary-|plane-model|two-dimensions)/;
    for (const setting of [
      "problem.parameters.kappa0=0.5",
      "problem.parameters.thickness=5e-5",
      "problem.ranges.F_right=[0,20]",
      "problem.porosity.scale=0.5",
      "problem.porosity.covariance=matern-3/2",
    ]) {
      const after = await keysOf([setting]);
      const same = names.filter((_, k) => after[k] === before[k]);
      // Of the ablation the contest across boundary configurations alone is about another.
      assert.deepEqual(same.filter((name) => !elsewhere.test(name)), ["film-ablation"], setting); // prettier-ignore
      assert.equal(same.filter((name) => elsewhere.test(name)).length, 4, setting);
    }
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
    const unread = all
      .map(([key]) => key.split(".").at(-1)!)
      .filter((name) => !new RegExp(`[.{,]\\s*${name}\\b`).test(read));
    assert.deepEqual(unread, []);
  });

  it("of sample, changed: other fields, or refused by name with what has an effect", async () => {
    const at = (name: string): string => path.join(folder(), name);
    fs.writeFileSync(at("z.json"), JSON.stringify([{ l: 1e-5, U0: 0.1, F_right: 20 }]));
    const small = [
      "problem.cells=10",
      "statistics.nodes=4",
      "statistics.porosities=64",
      "ensemble.conditions=16",
      "ensemble.porosities=16",
      "network.modes=4",
      "training.steps=8",
      "training.heldOutEvery=8",
      "training.checkpointEvery=8",
    ];
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
        const { status, err, bytes } = await sampled(model, [
          ...context.filter((setting) => !setting.startsWith(`${key}=`)),
          text(key, beyond),
        ]);
        if (status === 0) assert.notEqual(bytes, before.bytes, `${key} was accepted and changed nothing`);
        else assert.ok(status === 2 && (err.includes(key) || err.includes(`--set ${key}`)), `${key}: ${err}`);
      }
    }
  });

  it("that asks for more modes of a porosity than its grid has is refused with the number of cells", () => {
    const told = (modes: string) =>
      configuration({ preset: "smoke" }, overridesFromText(["problem.cells=10", `confounder.modes=${modes}`]));
    checkCombinations(told("[1,10]"));
    assert.throws(
      () => checkCombinations(told("[1,11]")),
      /confounder\.modes asks for 11 .*problem\.cells = 10.*Remedy/,
    );
  });

  describe("of a training in modes, where the network learns the whole score,", () => {
    const whole = ["network.preconditioning=none", "sampler.method=reverse-sde-heun", "sampler.steps=200"];
    const heeded = {
      "network.modes=9": ["09"],
      "network.noiseGrading=0.7": ["09", "11"],
      "training.trialFields=22": ["09"],
      "training.penalty=3": ["09", "11"],
      "training.emphasis=2": ["09", "11"],
    } as const;

    it("is refused by name for the model of the study, and taken for chapters that heed it", () => {
      for (const preset of ["smoke", "quick", "published"] as const) {
        const given = (...settings: string[]) => configuration({ preset }, overridesFromText([...whole, ...settings]));
        checkWholeScore(given());
        checkWholeScore(given("training.steps=7"));
        for (const [setting, chapters] of Object.entries(heeded)) {
          const [key] = setting.split("=");
          const only = chapters.map((chapter) => `--only ${chapter}`).join(" ");
          const says = new RegExp(
            `configuration: ${key} has no effect.*preconditioning "none".*Remedy: leave it out, or network.*${only}\\.$`,
          );
          const changes = given(setting);
          checkCombinations(changes);
          assert.throws(() => checkWholeScore(changes), says);
          assert.throws(() => checkWholeScore(changes, ["03", "09"]), says);
          checkWholeScore(changes, chapters);
          if (chapters.length === 1) assert.throws(() => checkWholeScore(changes, ["11"]), says);
          else checkWholeScore(changes, ["11"]);
          checkWholeScore(configuration({ preset: "quick" }, overridesFromText([setting])));
        }
      }
    });

    it("is in the models of just these chapters, which other notebooks do not ask for", () => {
      const names = fs.readdirSync(path.join(projectRoot(), "notebooks")).filter((name) => /^\d\d-.*ipynb$/.test(name));
      const asking = names.filter((name) =>
        /result\(\\?"(boundary-configurations|boundary-contest|plane-model)\\?"\)/.test(
          fs.readFileSync(path.join(projectRoot(), "notebooks", name), "utf8"),
        ),
      );
      assert.deepEqual(asking.map((name) => name.slice(0, 2)), ["09", "11"]); // prettier-ignore
      const inputsOf = (...settings: string[]) => {
        const c = configuration({ preset: "smoke" }, overridesFromText([...whole, ...settings]));
        return {
          "09": [boundaryConfigurations, boundaryContest].map((entry) =>
            JSON.stringify(modelInputs((chain) => entry.job(c, chain))),
          ),
          "11": [JSON.stringify(modelInputs((chain) => planeModel.job(c, chain)))],
        };
      };
      const before = inputsOf();
      for (const [setting, chapters] of Object.entries(heeded)) {
        const after = inputsOf(setting);
        for (const chapter of ["09", "11"] as const) {
          const heeds = after[chapter].map((input, k) => input !== before[chapter][k]);
          assert.deepEqual(
            new Set(heeds),
            new Set([chapters.some((one) => one === chapter)]),
            `${setting} in ${chapter}`,
          );
        }
      }
    });

    it("is refused when that model is asked for, and by commands before anything is computed", async () => {
      const study = openStudy(overridesFromText(["preset=smoke", ...whole, "training.penalty=3"]));
      assert.throws(() => study.modelFolder(), /training\.penalty has no effect.*got 3/);
      await assert.rejects(study.model(), /training\.penalty has no effect/);
      await assert.rejects(study.result("sampling"), /training\.penalty has no effect/);
      for (const [settings, ...words] of [
        [["network.preconditioning=none"], "train"], // which asks for no sampler
        [whole, "study", "--only", "03"],
        [whole, "study"],
      ] as const) {
        const flags = flagsOf([...settings, "training.penalty=3"]);
        const { status, err } = await sgm(...words, "--preset", "smoke", ...flags);
        assert.equal(status, 2, err);
        assert.match(err, /training\.penalty has no effect/);
      }
    });
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
