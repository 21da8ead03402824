/**
 * Samplers on the trained network: energy distance of generated fields to a solver ensemble, beside that of a second
 * solver ensemble (the floor).
 */
import { energyDistance } from "../../diagnostics/energy-distance";
import { checked, fieldSample } from "../../diagnostics/field-sample";
import { type Method, sample, schemeOf } from "../../diffusion/sample";
import type { Schedule } from "../../diffusion/schedule";
import type { Score } from "../../diffusion/score";
import { matchedTo } from "../../diffusion/start";
import { generateEnsemble } from "../../ensemble/generate";
import { Fields } from "../../fields/fields";
import { fieldSize, type Shape } from "../../fields/shape";
import { modeSampler } from "../../model/mode-flow";
import { atCondition, generateFields, scoreAt, type ScoreModel } from "../../model/score-model";
import { stream, type Stream } from "../../random/stream";
import type { Common } from "../common-settings";
import type { StageContext } from "../../cache/stage";
import { axisOf, referenceCondition, shapeOf } from "../../transport/domain";
import { type SamplerName, gridMethods, spacing, methodOf } from "./samplers";
import type { WorkPrecisionSettings } from "./settings";

export interface NetworkRow {
  readonly sampler: SamplerName | "solver";
  /** Mean over the batches where the method chooses its own steps; 0 for the solver. */
  readonly evaluations: number;
  /** Energy distance to the reference ensemble (may be negative), and it in units of its null's standard deviation. */
  readonly energy: number;
  readonly z: number;
  readonly secondsPerField: number;
}

export interface NetworkRows {
  readonly network: readonly NetworkRow[];
  /**
   * Null of the energy distance at these numbers of fields: its standard deviation, and z of splits of the reference.
   */
  readonly floor: { readonly energyError: number; readonly nullZ: readonly number[] };
}

interface Setting {
  readonly model: ScoreModel;
  readonly at: ReturnType<typeof atCondition>;
  readonly settings: WorkPrecisionSettings;
  readonly schedule: Schedule;
  readonly shape: Shape;
  readonly batch: number;
  readonly root: Stream;
  readonly context: StageContext;
  /** Energy distance of fields to the reference ensemble. */
  readonly compare: (fields: Fields, splits?: number) => ReturnType<typeof energyDistance>;
}

export async function networkRows(
  model: ScoreModel,
  { seed, problem: { cells: n }, workPrecision: settings }: Common & { workPrecision: WorkPrecisionSettings },
  schedule: Schedule,
  context: StageContext,
): Promise<NetworkRows> {
  const { problem } = model;
  const { cells } = axisOf(problem, n);
  const shape = shapeOf(problem, cells);
  const root = stream(seed).child("work precision");
  const solve = async (name: string, size: number): Promise<Fields> => {
    const request = { problem, conditions: [referenceCondition(problem)], count: size, cells, signal: context.signal };
    return (await generateEnsemble({ ...request, stream: root.child(name) })).fields;
  };
  const reference = await solve("reference", settings.reference);
  const compare: Setting["compare"] = (fields, splits = 1) =>
    energyDistance(fields, reference, { stream: root.child("splits"), splits });
  const null_ = compare(await solve("second ensemble", settings.generated), 199);
  const at = atCondition(model, referenceCondition(model.problem));
  const batch = Math.min(settings.generated, 500);
  const setting = { model, at, settings, schedule, shape, batch, root, context, compare };
  return {
    network: [
      { sampler: "solver", evaluations: 0, energy: null_.distance, z: null_.z, secondsPerField: 0 },
      ...(await processRows(setting)),
      ...(await modeFlowRows(setting)),
    ],
    floor: { energyError: null_.nullError, nullZ: null_.nullZ },
  };
}

/** The methods that reverse a process in time. */
async function processRows(setting: Setting): Promise<NetworkRow[]> {
  const { root, context } = setting;
  const { evaluations, churn, tolerances } = setting.settings;
  const jobs = gridMethods.flatMap((sampler) => evaluations.map((wanted) => ({ sampler, wanted })));
  const network = scoreAt(setting.model, setting.at);
  const rows: NetworkRow[] = [];
  try {
    for (const [index, { sampler, wanted }] of jobs.entries()) {
      context.signal.throwIfAborted();
      context.progress(index, jobs.length, `trained network, ${sampler}`);
      const method = methodOf(sampler, churn);
      const per = schemeOf(method).evaluations;
      const steps = Math.max(1, Math.round(wanted / per));
      const row = await processRow(setting, network, method, steps, root.child(sampler).child(wanted));
      rows.push({ ...row, evaluations: steps * per + 1 }); // a compiled loop calls the score once, to record it
    }
    for (const tolerance of tolerances) {
      const method = { name: "flow-adaptive", absolute: tolerance, relative: tolerance } as const;
      rows.push(await processRow(setting, network, method, 1, root.child(method.name).child(String(tolerance))));
    }
  } finally {
    network.dispose();
  }
  return rows;
}

/** Fields by one method; evaluations counted as the method makes them. */
async function processRow(
  setting: Setting,
  network: Score,
  method: Method,
  steps: number,
  own: Stream,
): Promise<NetworkRow> {
  const { model, schedule, shape, batch, context } = setting;
  const count = setting.settings.generated;
  let calls = 0;
  const score: Score = (x, level, constants) => (calls++, network(x, level, constants));
  const begun = performance.now();
  const values = await sample({
    score: Object.assign(score, { constants: network.constants }),
    schedule,
    start: matchedTo(setting.at.law),
    dimension: fieldSize(shape),
    count,
    batch,
    stream: own,
    method,
    steps,
    spacing,
    mode: "eager", // the time of a field has no compilation in it, whatever the number of steps
    signal: context.signal,
  });
  const seconds = (performance.now() - begun) / 1000;
  const inUnits = new Fields(Float64Array.from(values.dataSync()), shape, "network");
  const fields = checked(inUnits.toSI(model.statistics.normalisation));
  values.dispose();
  const { distance, z } = setting.compare(fields);
  const evaluations = calls / Math.ceil(count / batch);
  return { sampler: method.name, evaluations, energy: distance, z, secondsPerField: seconds / count };
}

/** The flow in whitened modes, which only a model of modes has. */
async function modeFlowRows({ model, at, settings, shape, batch, root, compare }: Setting): Promise<NetworkRow[]> {
  const { trained } = model;
  if (trained.kind !== "modes") return [];
  const count = settings.generated;
  const rows: NetworkRow[] = [];
  for (const levels of settings.levels) {
    const flow = modeSampler(trained, { levels, batch });
    try {
      const begun = performance.now();
      const own = root.child("mode-flow").child(levels);
      const fields = fieldSample(await generateFields(model, at, count, own, { sampler: flow }), shape);
      const secondsPerField = (performance.now() - begun) / 1000 / count;
      const { distance, z } = compare(fields);
      rows.push({ sampler: "mode-flow", evaluations: flow.evaluations, energy: distance, z, secondsPerField });
    } finally {
      flow.dispose();
    }
  }
  return rows;
}
