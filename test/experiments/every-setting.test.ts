/**
 * Every key of the configuration changes a result: the smallest computation that can see it is run twice as it is, which
 * must give the same, and once with another value, which must not. Kinds of proof:
 *
 *   result   a stage, or the part of one that the key belongs to, results in other numbers. What a result only repeats of
 *            the settings, and what it tells of the time that it took, count for nothing;
 *   place    a chapter hands the key to a stage in the place of another key, which has a result: the inputs of all its
 *            jobs differ there and nowhere else.
 *
 * A key that is added takes part by the name of its part, and fails here where nobody heeds it. Parameters of problems:
 * transport/physics.test.ts; what commands refuse: study/every-key.test.ts.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { StageContext } from "../../lib/cache/stage";
import { drawConditions } from "../../lib/ensemble/conditions";
import { generateEnsemble } from "../../lib/ensemble/generate";
import type { Fields } from "../../lib/fields/fields";
import { UserError } from "../../lib/errors/user-error";
import { porositySchema } from "../../lib/experiments/common-settings";
import type { Artifact, Chain, Job } from "../../lib/experiments/experiment";
import { filmAblation } from "../../lib/experiments/film-ablation/index";
import { generatedErrors } from "../../lib/experiments/film-ablation/generated-errors";
import type { AblationModels, ContestName } from "../../lib/experiments/film-ablation/models";
import { type Bench, benchOf, type Flow, sensorsAt } from "../../lib/experiments/measurements/bench";
import { candidatesOf } from "../../lib/experiments/measurements/candidate-evidence";
import { simulatedMeasurements } from "../../lib/experiments/measurements/errors";
import { gainsOf } from "../../lib/experiments/measurements/gain-rows";
import { errorsOf } from "../../lib/experiments/measurements/method-errors";
import type { MeasurementsSettings } from "../../lib/experiments/measurements/settings";
import { posterior } from "../../lib/experiments/plane-model/stage";
import { type ExperimentName, registry } from "../../lib/experiments/registry";
import { evaluationStage } from "../../lib/experiments/sampling/stage";
import { training, whiteNoise } from "../../lib/experiments/training/index";
import { trainingData } from "../../lib/experiments/training-data/index";
import { exampleMaps } from "../../lib/experiments/two-dimensions/figures";
import { exactRows } from "../../lib/experiments/work-precision/exact-rows";
import { networkRows } from "../../lib/experiments/work-precision/network-rows";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { convolutionPrecision } from "../../lib/graph/bfloat16-convolutions";
import { drawFields } from "../../lib/model/draw-fields";
import { modeSampler } from "../../lib/model/mode-flow";
import { atCondition, modesOf, type ScoreModel } from "../../lib/model/score-model";
import { stream } from "../../lib/random/stream";
import { isRecord } from "../../lib/storage/json";
import { type Configuration, configuration, type Overrides, overridesFromText } from "../../lib/study/configuration";
import { Study } from "../../lib/study/study";
import { closePool } from "../../lib/threads/pool";
import { TrainingStopped } from "../../lib/training/finite";
import { conduction2d } from "../../lib/transport/conduction-2d";
import { referenceCondition, shapeOf } from "../../lib/transport/domain";
import { problems } from "../../lib/transport/problems";
import { withPhysics } from "../../lib/transport/with-physics";
import { changed, keysOf, text } from "../study/leaf-keys";

/** As small as the schema and the stages allow; where one number hides another (the larger of two counts), it is less. */
const tiny: Overrides = {
  preset: "smoke",
  problem: { cells: 10 },
  statistics: { nodes: 4, porosities: 64 },
  ensemble: { conditions: 16, porosities: 16, heldOutConditions: 8 },
  network: { modes: 4 },
  training: { steps: 8, stepsPerCall: 4, heldOutEvery: 4, checkpointEvery: 4, clip: 0.01, trialFields: 0 },
  sampler: { steps: 4 },
  evaluation: { conditions: 1, generated: 50, reference: 100 },
  meanBias: { generated: 50, exact: 60, reference: 100, empirical: 100, sdeSteps: 2, flowSteps: 2 },
  confounder: { fields: 200, modes: [1, 2], exact: 60, generated: 50, nearest: 50, sdeSteps: 2, flowSteps: 2 },
  floorSpectra: { generated: 50, reference: 100, steps: 2 },
  identifiability: { correlationLengths: [0.1], draws: 1, chain: 1000 },
  ablation: {
    width: 4,
    hidden: 4,
    modes: 2,
    steps: 20,
    conditions: 16,
    porosities: 8,
    heldOutConditions: 8,
    generated: 16,
    reference: 50,
    samplerSteps: 4,
  },
  workPrecision: {
    evaluations: [2, 3],
    exactEvaluations: [2, 4, 8],
    tolerances: [0.1],
    levels: [3],
    churn: 0.2, // a step takes no more than 0.41 of it
    generated: 100,
    reference: 400,
  },
  fewEvaluations: { conditions: 2, generated: 50, reference: 100 },
  twoDimensions: { shown: 8, grids: [8, 12, 16], cells: 6 },
  planeModel: { cells: 8, nodes: 4, porosities: 128, generated: 50, reference: 100 },
  measurements: {
    layouts: [{ name: "one", sensors: [{ channel: "phi", at: 0.6, std: 3e-4 }] }],
    bank: 100,
    dataSets: 2,
    draws: 10,
    ranked: 20,
    candidates: 4,
  },
};

const given = (settings: readonly string[] = []): Configuration => configuration(tiny, overridesFromText(settings));

const sha256 = (part: string | Uint8Array): string => createHash("sha256").update(part).digest("hex");

/** All that a job depends on beside its source. */
const inWords = ({ stage, input, upstream }: Job<unknown>): string =>
  sha256(JSON.stringify([stage.name, input, upstream.map((made) => made.key())]));

/** A folder for checkpoints that nobody else has, and a stage's context in it. */
function contextIn(home: string, options: Partial<StageContext> = {}): StageContext {
  const folder = fs.mkdtempSync(path.join(home, "stage-"));
  return { folder, signal: new AbortController().signal, progress: () => undefined, ...options };
}

/**
 * What is compared of a result: numbers that the settings hold are taken for repetitions of them, and times are left
 * out.
 */
function facts(value: unknown, settings: ReadonlySet<unknown>): unknown {
  if (typeof value === "number" || typeof value === "string") return settings.has(value) ? "as set" : value;
  if (ArrayBuffer.isView(value)) return sha256(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (Array.isArray(value)) return value.map((entry) => facts(entry, settings));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([name]) => !/^seconds/.test(name));
  return Object.fromEntries(entries.map(([name, part]) => [name, facts(part, settings)]));
}

/** The numbers and words of a value, lists and records opened. */
function wordsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  return isRecord(value) ? Object.values(value).flatMap(wordsOf) : [value];
}

type Probe = (c: Configuration) => Promise<unknown>;

/** Does another value of a key change what a probe results in, beyond its repetition there? */
function differs(before: unknown, after: unknown, values: readonly unknown[]): boolean {
  const settings = new Set(values.flatMap(wordsOf));
  return JSON.stringify(facts(before, settings)) !== JSON.stringify(facts(after, settings));
}

describe("every key of every experiment's settings", function () {
  this.timeout(600_000);
  let home = "";
  before(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), "porous-sgm-"));
  });
  after(async () => {
    await closePool();
    fs.rmSync(home, { recursive: true, force: true });
  });

  const made = new Map<string, Promise<unknown>>();
  const fresh = <A>({ stage, input }: Job<A>, options?: Partial<StageContext>): Promise<A> =>
    stage.run(input, contextIn(home, options));
  /** Computed once, whichever configuration asks. */
  function once<A>(job: Job<A>): Promise<A> {
    const key = inWords(job);
    const known = made.get(key) as Promise<A> | undefined;
    if (known) return known;
    const result = fresh(job);
    made.set(key, result);
    return result;
  }
  function chainOf(c: Configuration, note: (job: Job<unknown>) => void = () => undefined): Chain {
    const artifact = <A>(job: Job<A>): Artifact<A> => {
      note(job);
      return { key: () => ({ stage: job.stage.name, hash: inWords(job) }), value: () => once(job) };
    };
    const statistics = artifact(trainingData.job(c));
    return {
      statistics,
      model: artifact(training.job(c, { statistics })),
      isotropicModel: artifact(training.job(whiteNoise(c), { statistics })),
      artifact,
    };
  }
  /** The result of an experiment, its last stage computed anew. */
  const resultOf =
    (name: Exclude<ExperimentName, "film-ablation">): Probe =>
    async (c) => {
      const entry: { job(c: Configuration, chain: Chain): Job<unknown> | Promise<Job<unknown>> } = registry[name];
      return fresh(await entry.job(c, chainOf(c)));
    };
  const drawing = (c: Configuration): Promise<ScoreModel> => {
    const { model, isotropicModel } = chainOf(c);
    return c.sampler.method === "mode-flow" ? model.value() : isotropicModel.value();
  };

  /** Parameters, log and the steps at whose ends a checkpoint was found; or why the training stopped. */
  const trained: Probe = async (c) => {
    const found: [step: number, there: boolean][] = [];
    const folder = fs.mkdtempSync(path.join(home, "training-"));
    const progress = (step: number, _total: number, what = ""): void => {
      if (what === "training") found.push([step, fs.readdirSync(folder).some((name) => name.startsWith("checkpoint"))]);
    };
    try {
      const job = training.job(c, { statistics: chainOf(c).statistics });
      const { training: made, log } = await fresh(job, { folder, progress });
      return { theta: made.theta, varianceTerm: made.varianceTerm, log, found };
    } catch (error) {
      if (error instanceof TrainingStopped) return { stopped: error.message };
      if (error instanceof UserError && /bfloat16/.test(error.message)) return { refused: error.message };
      throw error;
    }
  };

  /** The first contestant's networks: the stage is stopped when it comes to the second and keeps what it has. */
  async function firstContestant(c: Configuration, contest: ContestName): Promise<AblationModels> {
    const jobs: Job<unknown>[] = [];
    filmAblation.job(c, chainOf(c, (job) => jobs.push(job)), contest); // prettier-ignore
    const { stage, input } = jobs.find((job) => job.stage.name === "ablation-models") as Job<AblationModels>;
    const stop = new AbortController();
    const { seeds, steps } = c.ablation;
    const progress = (done: number, _total: number, what = ""): void => {
      if (what.startsWith("training, ") && done >= seeds * steps) stop.abort(new Error("it is enough"));
    };
    const context = contextIn(home, { signal: stop.signal, progress });
    await assert.rejects(stage.run(input, context), /it is enough/);
    return stage.load(context.folder);
  }
  let wholeScore: Promise<AblationModels> | undefined;
  const ablationErrors: Probe = async (c) => {
    wholeScore ??= firstContestant(given(), "whole score");
    const { seed, problem, schedule, ablation } = c;
    const measure = await generatedErrors({ seed, experiment: "whole score", problem, schedule, ablation }, contextIn(home)); // prettier-ignore
    const { runs } = await wholeScore;
    assert.deepEqual([...new Set(runs.map(({ contestant }) => contestant))], ["no conditioning"]);
    return measure("no conditioning", runs);
  };

  const exactSamplers: Probe = async (c) => {
    const m = await chainOf(c).isotropicModel.value();
    const { law } = atCondition(m, referenceCondition(m.problem));
    return exactRows(law, variancePreserving(c.schedule), c.workPrecision, contextIn(home));
  };
  const networkSamplers: Probe = async (c) => {
    const m = await chainOf(c).isotropicModel.value();
    return networkRows(m, c, variancePreserving(c.schedule), contextIn(home));
  };

  let flow: ReturnType<typeof modeSampler> | undefined;
  after(() => flow?.dispose());
  /** A part of the stage, with its banks and its flow. */
  const measured =
    (part: (bench: Bench, flow: Flow) => unknown): Probe =>
    async (c) => {
      const m = await chainOf(c).model.value();
      const { steps } = c.sampler;
      flow ??= modeSampler(modesOf(m, "a test"), { levels: steps, batch: 16 });
      const input = { seed: c.seed, problem: c.problem, measurements: c.measurements, steps };
      return part(await benchOf(m, input, flow, new AbortController().signal), flow);
    };
  const methodErrors = measured((bench, own) => errorsOf(bench, own));
  const candidates = measured((bench, own) => {
    const of = sensorsAt(bench.model, bench.condition, bench.settings.sensors);
    const [readings] = simulatedMeasurements(bench.truths, of, 1, bench.root.child("overview"));
    return candidatesOf(bench, readings, own);
  });
  const gains = measured((bench) => gainsOf(bench, sensorsAt(bench.model, bench.condition, bench.settings.sensors)));

  /** What sensors on the plane say, of banks of solver fields. */
  const onPlane: Probe = async (c) => {
    const root = stream(1);
    const { cells, noise } = c.planeModel;
    const condition = referenceCondition(conduction2d);
    const bank = async (name: string, count: number): Promise<Fields> => {
      const request = { problem: conduction2d, conditions: [condition], count, cells, stream: root.child(name) };
      return (await generateEnsemble(request)).fields;
    };
    const [solver, again, generated] = [await bank("a", 20), await bank("b", 20), await bank("c", 20)];
    const truth = (await bank("truth", 1)).values;
    const banks = { solver, again, generated, truth, shape: shapeOf(conduction2d, cells) };
    return posterior(conduction2d, condition, banks, { noise, problem: { name: "conduction-2d", cells } }, root);
  };

  const drawn: Probe = async (c) => {
    const m = await drawing(c);
    const { sampler, schedule } = c;
    return drawFields(m, [referenceCondition(m.problem)], 4, stream(3), { sampler, schedule });
  };

  const maps: Probe = (c) => exampleMaps(new Study(c), referenceCondition(conduction2d), { count: 1 });

  interface Seen {
    readonly keys: RegExp;
    readonly probe: Probe;
    /** What is set besides, for a key that heeds something else to be seen. */
    readonly beside?: readonly string[];
  }
  /** What each key is seen in; the first that fits. */
  const seen: readonly Seen[] = [
    { keys: /^(seed|problem\.|statistics\.)/, probe: resultOf("training-data") },
    { keys: /^training\.divergence$/, probe: trained, beside: ["training.steps=96", "training.heldOutEvery=96"] },
    { keys: /^(ensemble|network|training)\./, probe: trained },
    { keys: /^sampler\.(method|steps|calibrate)$/, probe: drawn },
    { keys: /^sampler\./, probe: drawn, beside: ["sampler.method=reverse-sde-heun"] },
    { keys: /^evaluation\./, probe: resultOf("sampling") },
    { keys: /^(schedule|floorSpectra)\./, probe: resultOf("floor-spectra") },
    { keys: /^meanBias\./, probe: resultOf("mean-bias") },
    { keys: /^confounder\./, probe: resultOf("confounder") },
    { keys: /^identifiability\.chain$/, probe: resultOf("posterior") },
    { keys: /^identifiability\./, probe: resultOf("identifiability") },
    { keys: /^manifold\./, probe: resultOf("manifold") },
    { keys: /^ablation\.(testConditions|generated|reference|samplerSteps)$/, probe: ablationErrors },
    { keys: /^ablation\./, probe: (c) => firstContestant(c, "preconditioned") },
    { keys: /^workPrecision\.(exactEvaluations|churn|tolerances)$/, probe: exactSamplers },
    { keys: /^workPrecision\./, probe: networkSamplers },
    { keys: /^fewEvaluations\./, probe: resultOf("few-evaluations") },
    { keys: /^twoDimensions\.shown$/, probe: maps },
    { keys: /^twoDimensions\./, probe: resultOf("two-dimensions") },
    { keys: /^planeModel\.noise$/, probe: onPlane },
    { keys: /^measurements\.(layouts|dataSets|searched|draws)$/, probe: methodErrors },
    { keys: /^measurements\.(infer|candidates)$/, probe: candidates },
    { keys: /^measurements\./, probe: gains },
  ];
  /** Chapters that hand their keys to stages in the place of others. */
  const places = { boundaries: "boundary-configurations", planeModel: "plane-model" } as const;

  const all = keysOf(given());
  const seenBy = (key: string): Seen | undefined => seen.find(({ keys }) => keys.test(key));

  const results = new Map<string, Promise<unknown>>();
  /** What a probe results in as it is, after it has been seen to result in the same twice. */
  function usually({ probe, beside = [] }: Seen): Promise<unknown> {
    const key = `${seen.findIndex((one) => one.probe === probe)} ${beside.join()}`;
    const twice = async (): Promise<unknown> => {
      const [first, second] = [await probe(given(beside)), await probe(given(beside))];
      assert.equal(differs(first, second, []), false, "the same settings give another result");
      return first;
    };
    if (!results.has(key)) results.set(key, twice());
    return results.get(key)!;
  }

  /** Other values of a key; several where it has parts of its own. */
  function otherValues(key: string, value: unknown): unknown[] {
    if (key === "training.convolutions") {
      return [convolutionPrecision("auto", { onGpu: false }) === "float32" ? "bfloat16" : "float32"];
    }
    if (key === "training.divergence") return [1.0001];
    if (key === "measurements.sensors") {
      const [first, ...rest] = value as MeasurementsSettings["sensors"];
      const others = [{ at: 0.5 }, { std: 2 * first.std }, { channel: "c" }].map((other) => ({ ...first, ...other }));
      return [rest, ...others.map((other) => [other, ...rest])];
    }
    if (key === "measurements.layouts") {
      const [{ name, sensors }] = value as MeasurementsSettings["layouts"];
      const moved = sensors.map((sensor) => ({ ...sensor, at: 0.5 }));
      return [[], [{ name: "another", sensors }], [{ name, sensors: moved }]];
    }
    return [changed(key, value)];
  }

  const parts = [...new Set(all.map(([key]) => key.split(".")[0]))];
  for (const part of parts.filter((name) => name !== "boundaries")) {
    it(`${part}: each key has a result`, async () => {
      const without: string[] = [];
      for (const [key, value] of all) {
        const by = seenBy(key);
        if (key.split(".")[0] !== part || (!by && part in places)) continue;
        assert.ok(by, `nothing is named that ${key} could be seen in`);
        const before = await usually(by);
        for (const other of otherValues(key, value)) {
          const after = await by.probe(given([...(by.beside ?? []), text(key, other)]));
          if (!differs(before, after, [value, other])) without.push(text(key, other));
        }
      }
      assert.deepEqual(without, [], "these keys are without effect");
    });
  }

  for (const [part, name] of Object.entries(places)) {
    it(`${part}: each other key takes the place of one that has a result, and of nothing else`, async () => {
      const inputsOf = async (settings: readonly string[]): Promise<Map<string, unknown>> => {
        const jobs: Job<unknown>[] = [];
        const c = given(settings);
        jobs.push(await registry[name].job(c, chainOf(c, (job) => jobs.push(job)))); // prettier-ignore
        const own = jobs.slice(3); // the study's own statistics and models are no part of it
        return new Map(own.flatMap(({ stage, input }) => keysOf({ [stage.name]: input })));
      };
      const before = await inputsOf([]);
      for (const [key, value] of all.filter(([one]) => one.startsWith(`${part}.`) && !seenBy(one))) {
        const after = await inputsOf([text(key, changed(key, value))]);
        const differing = [...new Set([...before.keys(), ...after.keys()])]
          .filter((place) => JSON.stringify(before.get(place)) !== JSON.stringify(after.get(place)))
          .map((place) => place.split(".").slice(1).join("."));
        assert.ok(differing.length > 0, `${key} is without effect`);
        for (const place of differing) assert.ok(place === "at" || seenBy(place), `${key} changes ${place}`);
      }
    });
  }

  it("conditions that a chapter gives to an evaluation are the ones at which it evaluates", async () => {
    const c = given();
    const { model } = chainOf(c);
    const at = drawConditions((await model.value()).problem, 2, stream(5));
    const { seed, problem, evaluation, sampler } = c;
    const stage = evaluationStage(() => model.value());
    const { conditions } = await stage.run({ seed, problem, evaluation, sampler, at }, contextIn(home));
    assert.deepEqual(conditions.map(({ condition }) => condition), at); // prettier-ignore
  });

  it("every preset has the same keys, along one axis and on two", () => {
    const names = all.map(([key]) => key);
    for (const preset of ["smoke", "quick", "full", "published"] as const) {
      for (const name of ["electrode-published", "conduction-2d"] as const) {
        assert.deepEqual(keysOf(configuration({ preset, problem: { name } })).map(([key]) => key), names); // prettier-ignore
      }
    }
  });

  it("a key that a result only repeats, and a time, would be found to be without effect", () => {
    const result = { steps: 250, of: "a word", numbers: Float32Array.of(1, 2), rows: [{ value: 3, seconds: 0.1 }] };
    const again = { ...result, steps: 251, rows: [{ value: 3, seconds: 0.2 }] };
    assert.equal(differs(result, again, [250, 251]), false);
    assert.equal(differs(result, again, []), true);
    assert.equal(differs(result, { ...again, numbers: Float32Array.of(1, 2.5) }, [250, 251]), true);
    assert.equal(differs(result, { ...again, rows: [] }, [250, 251]), true);
  });

  for (const p of problems) {
    it(`${p.name}: every key of problem.porosity and every range of a condition changes drawn fields`, async () => {
      const fieldsOf = async (physics: Parameters<typeof withPhysics>[1]): Promise<string> => {
        const problem = withPhysics(p, physics);
        const conditions = drawConditions(problem, 8, stream(6));
        const { fields } = await generateEnsemble({ problem, conditions, count: 1, cells: 10, stream: stream(7), workers: 1 }); // prettier-ignore
        return sha256(new Uint8Array(fields.values.buffer));
      };
      const { epsMin, epsMax } = p.porosity.law;
      const [l] = p.conditions;
      const porosity = {
        bounds: [epsMin, 0.9 * epsMax],
        mean: 0.3,
        scale: 0.7,
        covariance: "matern-3/2",
        nugget: 0.01,
        correlationLength: [l.min, 0.9 * l.max],
      } as const;
      assert.deepEqual(Object.keys(porosity).sort(), Object.keys(porositySchema.shape).sort());
      const before = await fieldsOf({});
      assert.equal(await fieldsOf({}), before);
      for (const [key, value] of Object.entries(porosity)) {
        assert.notEqual(await fieldsOf({ porosity: { [key]: value } }), before, `problem.porosity.${key}`);
      }
      for (const { name, min, max, choices } of p.conditions) {
        const narrow = [min, choices ? max - 1 : min + 0.9 * (max - min)] as const;
        assert.notEqual(await fieldsOf({ ranges: { [name]: narrow } }), before, `problem.ranges.${name}`);
      }
    });
  }
});
