import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { stream } from "../../lib/random/stream";
import { readNpy } from "../../lib/storage/npy";
import { readSafetensors } from "../../lib/storage/safetensors";
import { UserError } from "../../lib/errors/user-error";
import { improvements, trainingFigure } from "../../lib/experiments/training/figures";
import { configuration, type Overrides } from "../../lib/study/configuration";
import { drawFields, evaluationsOf } from "../../lib/model/draw-fields";
import { samplingFor } from "../../lib/study/sampling-for";
import { trainingInput } from "../../lib/experiments/training/index";
import { experiments } from "../../lib/experiments/mean-bias/experiments";
import { assembleModel } from "../../lib/experiments/training/assemble-model";
import { openModel } from "../../lib/study/stored-model";
import { openStudy } from "../../lib/study/study";
import { sgm } from "../command-line/run";
import { resultsOfSuite } from "../own-results";

const settings: Overrides = {
  preset: "published",
  problem: { cells: 20 },
  statistics: { nodes: 4, porosities: 64 },
  ensemble: { conditions: 16, porosities: 16, heldOutConditions: 8 },
  network: { size: "smoke" },
  training: {
    steps: 24,
    conditions: 32,
    stepsPerCall: 4,
    heldOutEvery: 12,
    checkpointEvery: 12,
    learningRate: 5e-3,
    average: 0.5,
  },
  sampler: { steps: 6 },
  evaluation: { conditions: 1, generated: 50, reference: 100 },
  meanBias: { betaMax: [3, 20], generated: 50, reference: 100, empirical: 100, sdeSteps: 4, flowSteps: 4 },
};

/** The same as `--set` texts. */
const flags = Object.entries(settings)
  .filter(([key]) => key !== "preset")
  .flatMap(([group, values]) =>
    Object.entries(values).flatMap(([k, v]) => ["--set", `${group}.${k}=${JSON.stringify(v)}`]),
  );

describe("a study without preconditioning", function () {
  this.timeout(120_000);
  const folder = resultsOfSuite();
  const at = (name: string): string => path.join(folder(), name);
  before(() => {
    fs.writeFileSync(
      at("z.json"),
      JSON.stringify([
        { l: 1e-5, U0: 0, F_right: 25 },
        { l: 1.5e-5, U0: 0.1, F_right: 30 },
      ]),
    );
  });

  const ofModel = flags.filter((_, k) => !/^(evaluation|meanBias)/.test(flags[k | 1]));
  const ofTraining = ofModel.filter((_, k) => !ofModel[k | 1].startsWith("sampler"));
  const draw = (...more: string[]) =>
    sgm(
      "sample",
      "--conditions",
      at("z.json"),
      "--count",
      "3",
      "--seed",
      "4",
      "--out",
      at("x.npy"),
      "--preset",
      "published",
      ...ofModel,
      "--set",
      "sampler.steps=8",
      ...more,
    );

  it("trains and samples from the command line, by the original's sampler unless told otherwise", async () => {
    const trained = await sgm("train", "--preset", "published", ...ofTraining);
    assert.equal(trained.status, 0, trained.err);
    const { step, loss, heldOut } = JSON.parse(trained.out) as {
      step: number;
      loss: number;
      heldOut: { loss: number };
    };
    assert.equal(step, 24);
    const [stored] = fs.readdirSync(at("data/model")).filter((name) => /^[0-9a-f]+$/.test(name));
    const { metadata } = await readSafetensors(at(`data/model/${stored}/model.safetensors`));
    assert.equal(metadata.convolutions, "float32"); // the preset's, whatever the processor could do
    assert.ok(loss < 1 && heldOut.loss < 0.95, `losses ${loss}, ${heldOut.loss}`); // the score zero has 1
    const drawn = await draw();
    assert.equal(drawn.status, 0, drawn.err);
    const { shape, data } = await readNpy(at("x.npy"));
    assert.deepEqual([...shape], [2, 3, 2, 20]);
    assert.ok(data.every((x) => Number.isFinite(x)));
    const { trained: network } = await openModel("latest");
    assert.ok(network.kind === "score" && network.schedule.betaMax === 20);
  });

  it("refuses the mode flow and another schedule, before it draws anything", async () => {
    const flow = await draw("--set", "sampler.method=mode-flow");
    assert.equal(flow.status, 2);
    assert.match(flow.err, /"mode-flow" needs network\.preconditioning "conditional gaussian".*reverse-sde-heun/);
    const named = await sgm(
      "sample",
      "--model",
      "latest",
      "--conditions",
      at("z.json"),
      "--count",
      "1",
      "--out",
      at("x.npy"),
      "--set",
      "sampler.method=mode-flow",
    );
    assert.match(named.err, /mode-flow needs a network of whitened modes.*reverse-sde-heun/);
    const latest = (...more: string[]) =>
      sgm("sample", "--model", "latest", "--conditions", at("z.json"), "--count", "1", "--out", at("x.npy"), ...more);
    const other = await latest("--set", "schedule.betaMax=3");
    assert.equal(other.status, 2);
    assert.match(other.err, /schedule\.betaMax: this model learned the score of one schedule, with 20, got 3/);
    const fine = await latest("--set", "schedule.tMin=1e-5");
    assert.match(fine.err, /schedule\.tMin: this model was trained down to 0\.0001/);
  });

  it("refuses conditions outside the box it was trained in; --extrapolate draws them and marks the output", async () => {
    fs.writeFileSync(
      at("far.json"),
      JSON.stringify([
        { l: 1e-5, U0: 0, F_right: 25 },
        { l: 1e-5, U0: 0.3, F_right: 25 },
      ]),
    );
    const far = (...more: string[]) =>
      sgm(
        "sample",
        "--model",
        "latest",
        "--conditions",
        at("far.json"),
        "--count",
        "2",
        "--out",
        at("far.npy"),
        "--set",
        "sampler.steps=4",
        ...more,
      );
    const refused = await far();
    assert.equal(refused.status, 2);
    assert.match(refused.err, /far\.json: condition 1: U0 = 0\.3 V lies outside .*Remedy: --extrapolate/);
    assert.ok(!fs.existsSync(at("far.npy")));
    const drawn = await far("--extrapolate");
    assert.equal(drawn.status, 0, drawn.err);
    assert.match(drawn.err, /EXTRAPOLATED: condition 1: U0 = 0\.3 V lies outside the range \[-0\.2, 0\.2\]/);
    const mark = JSON.parse(fs.readFileSync(at("far.extrapolated.json"), "utf8")) as { outsideTheTrainedBox: string[] };
    assert.equal(mark.outsideTheTrainedBox.length, 1);
    fs.copyFileSync(at("z.json"), at("far.json")); // inside: the mark of the earlier file goes
    assert.equal((await far()).status, 0);
    assert.ok(!fs.existsSync(at("far.extrapolated.json")));
  });

  it("leaves its log as JSON lines and as TensorBoard events beside the weights, and says where", async () => {
    const again = await sgm("train", "--preset", "published", ...ofTraining);
    const { log } = JSON.parse(again.out) as { log: string };
    assert.match(again.err, /training log: .*log\.jsonl.*tensorboard --logdir/);
    const folder = path.dirname(log); // whole, since the data folder lies elsewhere than this process
    const lines = fs.readFileSync(path.join(folder, "log.jsonl"), "utf8").trim().split("\n");
    assert.deepEqual(lines.map((line) => (JSON.parse(line) as { step: number }).step), [12, 24]); // prettier-ignore
    assert.ok(fs.readdirSync(folder).some((name) => name.includes("tfevents")));
  });

  it("is refused where it was made for another problem or grid, or is not what its manifest says", async () => {
    const model = await openModel("latest");
    const { network } = configuration(settings);
    const trained = { theta: model.trained.theta, log: [] };
    for (const problem of [
      { name: "electrode", cells: 20 },
      { name: "electrode-published", cells: 40 },
    ] as const) {
      const asked = { problem, network, schedule: configuration(settings).schedule };
      assert.throws(
        () => assembleModel(asked, model.statistics, trained),
        /its statistics are of electrode-published on 20 cells, the model is for/,
      );
    }
    const few = { ...trained, theta: trained.theta.slice(1) };
    const asked = {
      problem: { name: "electrode-published", cells: 20 } as const,
      network,
      schedule: configuration(settings).schedule,
    };
    assert.throws(() => assembleModel(asked, model.statistics, few), /parameters, its network/);
  });

  it("whose samples are not finite stops, saying at which condition, field, channel and cell", async () => {
    const model = await openModel("latest");
    const { network, schedule } = configuration(settings);
    const asked = { problem: { name: "electrode-published", cells: 20 } as const, network, schedule };
    const theta = model.trained.theta.slice().fill(1e30); // every product overflows
    const broken = assembleModel(asked, model.statistics, { theta, log: [] });
    const sampling = samplingFor(broken, { sampler: { steps: 2 } });
    const draw = drawFields(broken, [{ l: 1e-5, U0: 0, F_right: 25 }], 2, stream(1), sampling);
    await assert.rejects(
      draw,
      (error) =>
        error instanceof UserError && /condition 0, field 0, c in cell 0 is NaN\. Remedy: /.test(error.message),
    );
  });

  it("is evaluated with the configured sampler; the figure of its training compares with the score zero", async () => {
    const study = openStudy(settings);
    const model = await study.model();
    const evaluation = await study.result("sampling");
    assert.equal(evaluation.evaluations, 12); // Heun twice a step, no denoising in this preset
    const { network, gaussian, solver } = evaluation.conditions[0].fidelity;
    for (const row of [network, gaussian, solver]) {
      assert.ok(row && [...row.squaredBias, ...row.stdRatio].every(Number.isFinite));
    }
    const bands = improvements(model);
    assert.equal(bands.length, 8);
    bands.slice(1).forEach(({ noise }, b) => assert.ok(noise > bands[b].noise));
    assert.match(JSON.stringify(trainingFigure(model)), /against score zero/);
  });

  it("is asked for the mean bias at its own schedule only, from every start law", async () => {
    const { rows } = await openStudy(settings).result("mean-bias");
    const network = rows.filter((row) => row.score === "network");
    assert.deepEqual(new Set(network.map((row) => row.betaMax)), new Set([20]));
    assert.deepEqual(new Set(network.map((row) => row.start)), new Set(["standard normal", "centred", "matched"]));
    assert.ok(network.every((row) => row.bias.every(Number.isFinite)));
    assert.ok(
      rows.some((row) => row.score === "empirical" && row.betaMax === 20),
      "the exact score beside it",
    );
  });

  it("says when it is opened that the mode flow cannot draw its fields", () => {
    const impossible = { ...settings, seed: 99, sampler: { method: "mode-flow", steps: 10 } } as const;
    assert.throws(() => openStudy(impossible), /"mode-flow" needs network\.preconditioning "conditional gaussian"/);
  });
});

describe("what a model depends on", () => {
  it("the schedule is an input of the training only where the network learns the whole score", () => {
    assert.equal(trainingInput(configuration({ preset: "quick" })).schedule, undefined);
    assert.equal(trainingInput(configuration({ preset: "published", schedule: { betaMax: 3 } })).schedule?.betaMax, 3);
  });

  it("the mean-bias experiments of a network of modes run over every beta_max", () => {
    const jobs = experiments([1, 3, 20]);
    const network = jobs.filter((job) => job.score === "network");
    assert.deepEqual(new Set(network.map((job) => job.betaMax)), new Set([1, 3, 20]));
    assert.equal(new Set(jobs.map((job) => JSON.stringify(job))).size, jobs.length);
  });

  it("evaluations of the network are counted by method", () => {
    const sampler = configuration().sampler;
    const count = (method: typeof sampler.method, denoise: boolean): number =>
      evaluationsOf({ ...sampler, method, steps: 10, denoise });
    assert.deepEqual(
      [count("mode-flow", true), count("flow-heun", true), count("reverse-sde-euler", false)],
      [10, 21, 10],
    );
  });
});
