/** Samplers on the trained network: energy distance of generated fields to a solver ensemble, beside that of a second solver ensemble (the floor). */
import { energyDistance } from "../../diagnostics/energy-distance";
import { fieldSample, type FieldSample } from "../../diagnostics/field-sample";
import { type Method, type MethodName, sample, schemeOf } from "../../diffusion/sample";
import type { Schedule } from "../../diffusion/schedule";
import type { Score } from "../../diffusion/score";
import { matchedTo } from "../../diffusion/start";
import { generateEnsemble } from "../../ensemble/generate";
import { modeSampler } from "../../model/mode-flow";
import { atCondition, generateFields, scoreAt, type ScoreModel, toPhysicalUnits } from "../../model/score-model";
import { stream, type Stream } from "../../random/stream";
import type { StageContext } from "../../cache/stage";
import { publishedCondition } from "../../transport/published-conditions";
import { type SamplerName, gridMethods, spacing, methodOf } from "./samplers";
import type { WorkPrecision, WorkPrecisionInput } from "./stage";

export interface NetworkRow {
  readonly sampler: SamplerName | "solver";
  /** Mean over the batches where the method chooses its own steps; 0 for the solver. */
  readonly evaluations: number;
  /** Energy distance to the reference ensemble (may be negative), and it in units of its null's standard deviation. */
  readonly energy: number;
  readonly z: number;
  readonly secondsPerField: number;
}

export async function networkRows(
  model: ScoreModel,
  { seed, problem: { cells }, workPrecision }: WorkPrecisionInput,
  schedule: Schedule,
  context: StageContext,
): Promise<Pick<WorkPrecision, "network" | "floor">> {
  const { problem, statistics, trained } = model;
  const { evaluations, churn, tolerances, levels, generated: count } = workPrecision;
  const shape = { channels: problem.channels.length, cells };
  const root = stream(seed).child("work precision");
  const at = atCondition(model, publishedCondition);
  const solve = async (name: string, size: number): Promise<FieldSample> => {
    const request = { problem, conditions: [publishedCondition], count: size, cells, signal: context.signal };
    return fieldSample((await generateEnsemble({ ...request, stream: root.child(name) })).fields, shape);
  };
  const reference = await solve("reference", workPrecision.reference);
  const compare = (fields: FieldSample, splits = 1) =>
    energyDistance(fields, reference, { stream: root.child("splits"), splits });
  const rows: NetworkRow[] = [];
  const null_ = compare(await solve("second ensemble", count), 199);
  rows.push({ sampler: "solver", evaluations: 0, energy: null_.distance, z: null_.z, secondsPerField: 0 });

  const network = scoreAt(model, at);
  let calls = 0;
  const counted: Score = Object.assign(
    ((x, level, constants) => (calls++, network(x, level, constants))) as Score,
    { constants: network.constants }, // prettier-ignore
  );
  const start = matchedTo(at.law);
  const dimension = shape.channels * cells;
  const batch = Math.min(count, 500);
  const draw = async (sampler: MethodName, method: Method, steps: number, own: Stream, exactly?: number) => {
    calls = 0;
    const begun = performance.now();
    const values = await sample({
      score: counted,
      schedule,
      start,
      dimension,
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
    const fields = fieldSample(toPhysicalUnits(values.dataSync(), statistics.normalisation, cells), shape);
    values.dispose();
    const { distance, z } = compare(fields);
    const used = exactly ?? calls / Math.ceil(count / batch); // a compiled loop calls the score once, to record it
    rows.push({ sampler, evaluations: used, energy: distance, z, secondsPerField: seconds / count });
  };
  const jobs = gridMethods.flatMap((sampler) => evaluations.map((wanted) => ({ sampler, wanted })));
  try {
    for (const [index, { sampler, wanted }] of jobs.entries()) {
      context.signal.throwIfAborted();
      context.progress(index, jobs.length, `trained network, ${sampler}`);
      const method = methodOf(sampler, churn);
      const per = schemeOf(method).evaluations;
      const steps = Math.max(1, Math.round(wanted / per));
      await draw(sampler, method, steps, root.child(sampler).child(wanted), steps * per + 1);
    }
    for (const tolerance of tolerances) {
      const method = { name: "flow-adaptive", absolute: tolerance, relative: tolerance } as const;
      await draw("flow-adaptive", method, 1, root.child("flow-adaptive").child(String(tolerance)));
    }
  } finally {
    network.dispose();
  }
  if (trained.kind === "modes") {
    for (const level of levels) {
      const flow = modeSampler(trained, { levels: level, batch });
      try {
        const begun = performance.now();
        const own = root.child("mode-flow").child(level);
        const fields = fieldSample(await generateFields(model, at, count, own, { sampler: flow }), shape);
        const seconds = (performance.now() - begun) / 1000;
        const { distance, z } = compare(fields);
        rows.push({
          sampler: "mode-flow",
          evaluations: flow.evaluations,
          energy: distance,
          z,
          secondsPerField: seconds / count,
        });
      } finally {
        flow.dispose();
      }
    }
  }
  return { network: rows, floor: { energyError: null_.nullError, nullZ: null_.nullZ } };
}
