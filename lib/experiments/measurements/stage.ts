/**
 * Stage: fields between sensors. One condition, banks of solver, network and Gaussian fields drawn once; every
 * question of the chapter is answered from these, from draws of the methods that search for each measurement anew, and
 * from the predicted laws of guided samplers.
 */
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { drawConditions } from "../../ensemble/conditions";
import { generateEnsemble } from "../../ensemble/generate";
import { gridCells } from "../../gaussian/conditional-gaussian";
import { type Guidance, guidances } from "../../inverse/guidance";
import { guidedFlow, guidedPosterior, guideOf, type NoisyModes } from "../../inverse/guided-flow";
import { noisyModesOf } from "../../inverse/guided-model";
import { gaussianLatent } from "../../inverse/latent-model";
import { linearPosterior } from "../../inverse/linear-posterior";
import { atPlace, fieldSpace } from "../../inverse/functionals";
import { type Observations, type Sensors, sensors } from "../../inverse/observations";
import { coarseFlow, posteriorAt } from "../../inverse/posterior";
import { modeSampler } from "../../model/mode-flow";
import { atCondition, generateFields, modesOf, type ScoreModel } from "../../model/score-model";
import { stream, type Stream } from "../../random/stream";
import { referenceCondition } from "../../transport/domain";
import type { Condition } from "../../transport/problem";
import type { Common } from "../common-settings";
import { type Answer, bankAnswer, bankReadings, type FieldBank, logLikelihoodsOf } from "./banks";
import type { CandidateResult } from "./candidates";
import { type GainRow, sensorLikelihoods, simulatedGain } from "./design";
import { bankAnswers, errorRow, type ErrorRow, simulatedMeasurements } from "./errors";
import { type Moments, momentsOf } from "./moments";
import { type PredictedLaws, predictedLaws } from "./predicted";
import { bankRanks, rankAmong, rankRow, type RankRow } from "./ranks";
import type { MeasurementsSettings, SensorSettings } from "./settings";
import { logMeanExp } from "../../numerics/importance-weights";

/** Mean and central 90 % of fields over [channels * cells], SI units. */
export interface Band {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface Overview {
  readonly condition: Condition;
  readonly truth: readonly number[];
  readonly readings: readonly { channel: string; x: number; value: number; std: number }[];
  readonly prior: Band;
  readonly solver: Band;
  readonly network: Band;
  /** How the network's was made, and how many fields each is worth. */
  readonly method: string;
  readonly ess: { readonly solver: number; readonly network: number };
}

export interface MeasurementsResult {
  readonly overview: Overview;
  readonly errors: readonly ErrorRow[];
  readonly ranks: readonly RankRow[];
  readonly predicted: PredictedLaws;
  readonly candidates: CandidateResult;
  readonly gains: readonly GainRow[];
}

export interface MeasurementsInput extends Pick<Common, "seed" | "problem"> {
  readonly measurements: MeasurementsSettings;
  /** Levels of the flow. */
  readonly steps: number;
}

/** What the parts of the stage share. */
interface Bench {
  readonly model: ScoreModel;
  readonly condition: Condition;
  readonly at: ReturnType<typeof atCondition>;
  readonly settings: MeasurementsSettings;
  readonly steps: number;
  readonly root: Stream;
  readonly signal: AbortSignal;
  readonly banks: {
    readonly solver: FieldBank;
    readonly again: FieldBank;
    readonly network: FieldBank;
    readonly gaussian: FieldBank;
  };
  /** Solver fields that are in no bank. */
  readonly truths: FieldBank;
}

/** Sensors at places along the first axis, at a condition: a face may be held there. */
export function sensorsAt(model: ScoreModel, condition: Condition, list: readonly SensorSettings[]): Sensors {
  const space = fieldSpace(model.problem, condition, gridCells(model.statistics));
  const axes = space.grid.axes;
  const functionals = list.map(({ channel, at }) => atPlace(space, channel, ...axes.map((axis) => at * axis.length)));
  return sensors(
    functionals,
    list.map(({ std }) => std),
    space.channels.length * space.grid.cells,
  );
}

export function measurementsStage(model: () => Promise<ScoreModel>): Stage<MeasurementsInput, MeasurementsResult> {
  return jsonStage({
    name: "measurements",
    module: "lib/experiments/measurements/stage.ts",
    run: async (input, context) => {
      const m = await model();
      const batch = Math.min(500, input.measurements.draws); // a call is padded to it
      const flow = modeSampler(modesOf(m, "the measurements' flow"), { levels: input.steps, batch });
      const coarse = coarseFlow(modesOf(m, "the measurements' flow"), input.steps, batch);
      const parts = 6;
      const tell = (part: number, what: string): void => {
        context.signal.throwIfAborted();
        context.progress(part, parts, what);
      };
      try {
        tell(0, "banks");
        const bench = await benchOf(m, input, flow, context.signal);
        tell(1, "errors of the methods");
        const errors = await errorsOf(bench, flow, coarse);
        tell(2, "prior and posterior");
        const overview = await overviewOf(bench, flow, coarse);
        tell(3, "ranks of the truth");
        const ranks = await ranksOf(bench);
        tell(4, "predicted laws");
        const { settings, truths, root } = bench;
        const of = sensorsAt(m, bench.condition, settings.sensors);
        const [measured] = simulatedMeasurements(truths, of, 1, root.child("overview"));
        const trained = modesOf(m, "guidance");
        const { normalisation } = m.statistics;
        const draws = { draws: settings.draws, stream: root.child("guided") };
        const predicted = await predictedLaws({ law: bench.at.law, normalisation, trained }, measured, draws);
        tell(5, "unknown conditions and one more sensor");
        const candidates = await candidatesOf(bench, measured, flow);
        const gains = gainsOf(bench, of);
        context.progress(parts, parts);
        return { overview, errors, ranks, predicted, candidates, gains };
      } finally {
        flow.dispose();
        coarse?.dispose();
      }
    },
  });
}

type Flow = ReturnType<typeof modeSampler>;

async function benchOf(model: ScoreModel, input: MeasurementsInput, flow: Flow, signal: AbortSignal): Promise<Bench> {
  const { problem, statistics } = model;
  const settings = input.measurements;
  const condition = referenceCondition(problem);
  const at = atCondition(model, condition);
  const root = stream(input.seed).child("measurements");
  const size = problem.channels.length * statistics.cells;
  const solve = async (name: string, count: number): Promise<FieldBank> => {
    const request = {
      problem,
      conditions: [condition],
      count,
      cells: gridCells(statistics),
      stream: root.child(name),
      signal,
    };
    return { fields: (await generateEnsemble(request)).fields, size };
  };
  const draw = async (name: string, sampler?: Flow): Promise<FieldBank> => {
    return { fields: await generateFields(model, at, settings.bank, root.child(name), { sampler, signal }), size };
  };
  const truths = await solve("truths", Math.max(settings.ranked, settings.dataSets));
  const banks = {
    solver: await solve("solver", settings.bank),
    again: await solve("solver again", settings.bank),
    network: await draw("network", flow),
    gaussian: await draw("gaussian"),
  };
  return { model, condition, at, settings, steps: input.steps, root, signal, banks, truths };
}

async function overviewOf(
  { model, condition, settings, root, banks, truths, signal }: Bench,
  flow: Flow,
  coarse?: Flow,
): Promise<Overview> {
  const of = sensorsAt(model, condition, settings.sensors);
  const [d] = simulatedMeasurements(truths, of, 1, root.child("overview"));
  const exact = bankAnswer(banks.solver, bankReadings(banks.solver, of), d);
  const options = { count: Math.max(200, settings.draws), stream: root.child("overview draws"), flow, coarse, signal };
  const found = await posteriorAt(model, condition, d, options);
  const { size } = banks.solver;
  const band = ({ mean, std }: { mean: Float64Array; std: Float64Array }): Band => ({ mean: [...mean], std: [...std] });
  const [axis] = fieldSpace(model.problem, condition, gridCells(model.statistics)).grid.axes;
  return {
    condition,
    truth: [...truths.fields.subarray(0, size)],
    readings: settings.sensors.map(({ channel, at, std }, j) => ({
      channel,
      x: at * axis.length,
      value: d.value[j],
      std,
    })),
    prior: band(momentsOf(banks.solver.fields, size)),
    solver: band(exact),
    network: band(momentsOf(found.fields, size)),
    method: found.method,
    ess: { solver: exact.ess, network: found.ess },
  };
}

async function errorsOf(bench: Bench, flow: Flow, coarse?: Flow): Promise<ErrorRow[]> {
  const { model, condition, settings, root, banks, truths } = bench;
  const channels = model.problem.channels.length;
  const guided = noisyModesOf(model, bench.at, { levels: bench.steps, batch: Math.min(500, settings.draws) });
  const rows: ErrorRow[] = [];
  const layouts = [...settings.layouts, { name: "the chapter's sensors", sensors: settings.sensors }];
  try {
    for (const { name, sensors: list } of layouts) {
      const of = sensorsAt(model, condition, list);
      const own = root.child(`layout ${name}`);
      const simulated = simulatedMeasurements(truths, of, settings.dataSets, own.child("noise"));
      const { measurements: all, reference } = wellKnown(simulated, bankAnswers(banks.solver, of, simulated));
      const drawn = { "solver again": banks.again, network: banks.network, gaussian: banks.gaussian };
      for (const [method, bank] of Object.entries(drawn)) {
        rows.push(errorRow([name, method], bankAnswers(bank, of, all), reference, channels));
      }
      const few = all.slice(0, settings.searched);
      for (const method of ["latent", "es-mda", ...guidances] as const) {
        const answers = [];
        for (const [i, d] of few.entries()) {
          answers.push(await searched(bench, method, d, own.child(method).child(i), { flow, coarse, guided }));
        }
        rows.push(errorRow([name, method], answers, reference.slice(0, few.length), channels));
      }
    }
  } finally {
    guided.dispose();
  }
  return rows;
}

/** Fewer effective fields than this, and the reference itself does not know the answer. */
const leastKnown = 50;

/**
 * The measurements whose answer the reference knows, best known first; two at least. Whoever is compared with it has no
 * part in the choice.
 */
function wellKnown(measurements: readonly Observations[], answers: readonly Answer[]) {
  const order = [...answers.keys()].sort((a, b) => answers[b].ess - answers[a].ess);
  const chosen = order.filter((i, place) => place < 2 || answers[i].ess >= leastKnown);
  return { measurements: chosen.map((i) => measurements[i]), reference: chosen.map((i) => answers[i]) };
}

/** The answer of a method that draws for each measurement anew. */
async function searched(
  { model, condition, at, settings, signal }: Bench,
  method: "latent" | "es-mda" | Guidance,
  d: Observations,
  s: Stream,
  { flow, coarse, guided }: { flow: Flow; coarse?: Flow; guided: NoisyModes },
): Promise<Moments & { ess: number; logEvidence: number }> {
  signal.throwIfAborted();
  const count = settings.draws;
  const gaussian = gaussianLatent(at.law, model.statistics.normalisation);
  if (method !== "latent" && method !== "es-mda") {
    const options = { guidance: method, count, stream: s, signal };
    const { images, ess, logEvidence } = await guidedPosterior(guided, gaussian.affine(d), d, options);
    return { ...momentsOf(gaussian.fields(images), gaussian.size), ess, logEvidence };
  }
  const options = { method, count, stream: s, flow, coarse, pilot: fewest, signal };
  const { fields, ess, logEvidence } = await posteriorAt(model, condition, d, options);
  return { ...momentsOf(fields, gaussian.size), ess, logEvidence };
}

/** The misfit of readings that were simulated is known to be none: so many fields are drawn for it. */
const fewest = 20;

/** Draws of a guided sampler for each ranked measurement. */
const rankedDraws = 9;
/** Rows of a guided flow for the ranks, at most: they cost ten evaluations a level. */
const rankedRows = 1800;

async function ranksOf({
  model,
  condition,
  at,
  settings,
  steps,
  root,
  banks,
  truths,
  signal,
}: Bench): Promise<RankRow[]> {
  const { channels } = model.problem;
  const { cells, normalisation } = model.statistics;
  const of = sensorsAt(model, condition, settings.sensors);
  const all = simulatedMeasurements(truths, of, settings.ranked, root.child("ranked"));
  const { axes } = fieldSpace(model.problem, condition, gridCells(model.statistics)).grid;
  const middle = axes.reduce((index, axis) => index * axis.cells + Math.floor(axis.cells / 2), 0);
  const places = channels.map((_, k) => k * cells + middle);
  const rows: RankRow[] = [];
  for (const [method, bank] of [
    ["solver again", banks.again],
    ["network", banks.network],
    ["gaussian", banks.gaussian],
  ] as const) {
    const { ranks, ess } = bankRanks(bank, of, all, truths, places);
    ranks.forEach((own, k) => rows.push({ ...rankRow(method, channels[k].name, own), ess }));
    signal.throwIfAborted();
  }
  const few = all.slice(0, Math.max(1, Math.min(all.length, Math.floor(rankedRows / rankedDraws))));
  const gaussian = gaussianLatent(at.law, normalisation);
  const readings = gaussian.affine(of);
  const start = root.child("guided ranks").normals(few.length * rankedDraws * at.law.rank);
  const value = Float64Array.from(few.flatMap((d) => Array.from({ length: rankedDraws }, () => [...d.value]).flat()));
  const modes = noisyModesOf(model, at, { levels: steps });
  for (const guidance of guidances) {
    const guide = { ...guideOf(readings, few[0], { guidance }), value };
    const images = await guidedFlow(modes, guide, start, { signal });
    const fields = gaussian.fields(images);
    const size = fields.length / (few.length * rankedDraws);
    const ties = root.child(`ties ${guidance}`).uniforms(few.length * places.length);
    places.forEach((place, k) => {
      const ranks = few.map((_, i) => {
        const draws = Array.from({ length: rankedDraws }, (_unused, n) => fields[(i * rankedDraws + n) * size + place]);
        return rankAmong(draws, truths.fields[i * truths.size + place], ties[i * places.length + k]);
      });
      rows.push(rankRow(guidance, channels[k].name, ranks, rankedDraws));
    });
  }
  modes.dispose();
  return rows;
}

/** Fields of a candidate's bank. */
const candidateFields = 400;

async function candidatesOf(bench: Bench, measured: Observations, flow: Flow): Promise<CandidateResult> {
  const { model, condition, settings, root, signal } = bench;
  const { problem, statistics } = model;
  const names = settings.infer;
  const own = root.child("candidates");
  const drawn = drawConditions(problem, settings.candidates, own.child("conditions")).map((z) => {
    return { ...condition, ...Object.fromEntries(names.map((name) => [name, z[name]])) };
  });
  const size = problem.channels.length * statistics.cells;
  const count = Math.min(settings.bank, candidateFields);
  const { fields } = await generateEnsemble({
    problem,
    conditions: drawn,
    count,
    cells: gridCells(statistics),
    stream: own.child("solver"),
    signal,
  });
  const logEvidence = { solver: [] as number[], network: [] as number[], gaussian: [] as number[] };
  for (const [i, z] of drawn.entries()) {
    signal.throwIfAborted();
    const at = atCondition(model, z);
    const of = { ...sensorsAt(model, z, settings.sensors), std: measured.std.map((s) => s * candidateNoise) };
    const d = { ...of, value: measured.value };
    const evidence = (some: Float64Array): number =>
      Math.max(worst, logMeanExp(logLikelihoodsOf(bankReadings({ fields: some, size }, of), d)));
    logEvidence.solver.push(evidence(fields.subarray(i * count * size, (i + 1) * count * size)));
    const networks = await generateFields(model, at, count, own.child("network").child(i), { sampler: flow, signal });
    logEvidence.network.push(evidence(networks));
    const gaussian = gaussianLatent(at.law, statistics.normalisation);
    logEvidence.gaussian.push(Math.max(worst, linearPosterior(gaussian.affine(of), d).logEvidence));
  }
  const truth = names.map((name) => condition[name]);
  return { names, truth, values: drawn.map((z) => names.map((name) => z[name])), logEvidence, fields: count };
}
/** Readings are taken to be less sure here, so that a small bank has fields near them at every candidate. */
const candidateNoise = 3;
/** A candidate that cannot have made the readings: JSON has no minus infinity. */
const worst = -1e6;

function gainsOf({ model, condition, at, settings, root, banks, truths }: Bench, of: Sensors): GainRow[] {
  const { problem, statistics } = model;
  const gaussian = gaussianLatent(at.law, statistics.normalisation);
  const closed = linearPosterior(gaussian.affine(of), { ...of, value: gaussian.affine(of).base });
  const measurements = Math.min(200, settings.ranked);
  const few = (bank: FieldBank): FieldBank => ({ ...bank, fields: bank.fields.subarray(0, 10_000 * bank.size) });
  const [solver, network] = [few(banks.solver), few(banks.network)];
  const own = { measurements, stream: root.child("gain") };
  const [likely, likelyNetwork] = [solver, network].map((bank) => sensorLikelihoods(bank, truths, of, own));
  const [axis] = fieldSpace(problem, condition, gridCells(statistics)).grid.axes;
  return problem.channels.flatMap(({ name }) => {
    const std = settings.sensors.find(({ channel }) => channel === name)?.std;
    if (std === undefined) return [];
    return Array.from({ length: 10 }, (_, k): GainRow => {
      const place = (k + 0.5) / 10;
      const more = sensorsAt(model, condition, [{ channel: name, at: place, std }]);
      const a = simulatedGain(solver, truths, of, more, { ...own, likelihoods: likely });
      const b = simulatedGain(network, truths, of, more, { ...own, likelihoods: likelyNetwork });
      const row = gaussian.affine(more).slope;
      let variance = row.reduce((sum, v) => sum + v * v, 0);
      closed.shrinkage.forEach((shrink, s) => {
        const along = row.reduce((sum, v, i) => sum + v * closed.directions[s * row.length + i], 0);
        variance -= (1 - shrink ** 2) * along ** 2;
      });
      const exact = 0.5 * Math.log1p(Math.max(0, variance) / std ** 2);
      return {
        channel: name,
        x: place * axis.length,
        std,
        closed: exact,
        solver: a.gain,
        solverError: a.error,
        network: b.gain,
        networkError: b.error,
      };
    });
  });
}
