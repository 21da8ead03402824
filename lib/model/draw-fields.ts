/** Fields from a trained model by the sampler that a configuration names. */
import { type VariancePreserving, variancePreserving } from "../diffusion/schedule";
import { sample } from "../diffusion/sample";
import { matchedTo } from "../diffusion/start";
import { type ModeSampler, modeSampler } from "./mode-flow";
import {
  arraysOf,
  atCondition,
  checkSchedule,
  generateFields,
  type ModelAtCondition,
  modesOf,
  scoreAt,
  type ScoreModel,
} from "./score-model";
import type { SamplerSettings } from "./sampler-settings";
import type { Stream } from "../random/stream";
import { UserError } from "../errors/user-error";
import { channelAt } from "../fields/shape";
import { toSI } from "../fields/units";
import type { Condition } from "../transport/problem";

export interface DrawOptions {
  readonly sampler: SamplerSettings;
  readonly schedule: VariancePreserving;
  /** Extrapolate beyond the box of conditions that the model was trained in. */
  readonly allowOutside?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Evaluations of the network for one field. */
export function evaluationsOf({ method, steps, denoise }: SamplerSettings): number {
  if (method === "mode-flow") return steps;
  return (method.endsWith("heun") ? 2 * steps : steps) + (denoise ? 1 : 0);
}

/** Fields [conditions, count, channels, cells], SI units. Condition i draws from stream.child(i). */
export async function drawFields(
  model: ScoreModel,
  conditions: readonly Condition[],
  count: number,
  stream: Stream,
  options: DrawOptions,
): Promise<Float64Array> {
  const size = count * model.problem.channels.length * model.statistics.cells;
  const result = new Float64Array(conditions.length * size);
  let i = 0;
  for await (const fields of drawByCondition(model, conditions, count, stream, options)) result.set(fields, size * i++);
  return result;
}

/** The same, condition by condition, from condition `first` on. A number that is not finite ends it, saying where. */
export async function* drawByCondition(
  model: ScoreModel,
  conditions: readonly Condition[],
  count: number,
  stream: Stream,
  options: DrawOptions & { readonly first?: number },
): AsyncGenerator<Float64Array, void, undefined> {
  // refuse before the work begins
  const prepared = conditions.map((condition) => atCondition(model, condition, options));
  const { sampler, signal, first = 0 } = options;
  const { method } = sampler;
  if (method !== "mode-flow") checkSchedule(model, options.schedule);
  let flow: ModeSampler | undefined;
  try {
    for (const [i, at] of prepared.entries()) {
      if (i < first) continue;
      signal?.throwIfAborted();
      const onProgress = (done: number): void => options.onProgress?.(i * count + done, conditions.length * count);
      const one = { at, count, name: `condition ${i}`, stream: stream.child(i), onProgress, signal };
      let fields: Float64Array;
      if (method === "mode-flow") {
        flow ??= modeSampler(modesOf(model, "sampler.method=mode-flow"), {
          levels: sampler.steps,
          batch: sampler.calibrate ? 500 : Math.min(500, count),
        });
        fields = await drawnByFlow(model, flow, one, sampler.calibrate);
      } else fields = await drawnBySchedule(model, one, { ...sampler, method }, options.schedule);
      requireFinite(fields, one.name, model);
      yield fields;
    }
  } finally {
    flow?.dispose();
  }
}

/** Fields at one condition are drawn so. */
interface Draw {
  readonly at: ModelAtCondition;
  readonly count: number;
  /** What errors call the condition. */
  readonly name: string;
  readonly stream: Stream;
  readonly onProgress: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** By the flow in whitened modes, calibrated at the condition itself where that is asked for. */
async function drawnByFlow(
  model: ScoreModel,
  sampler: ModeSampler,
  { at, count, stream, ...own }: Draw,
  calibrate: boolean,
): Promise<Float64Array> {
  const calibration = calibrate
    ? await sampler.calibrate(arraysOf(at), stream.child("calibration"), { name: own.name, signal: own.signal })
    : undefined;
  return generateFields(model, at, count, stream, { ...own, sampler, calibration });
}

/** By the reverse process of a noise schedule. */
async function drawnBySchedule(
  model: ScoreModel,
  { at, count, stream, onProgress, signal }: Draw,
  { start, ...settings }: Omit<SamplerSettings, "method"> & { method: Exclude<SamplerSettings["method"], "mode-flow"> },
  schedule: VariancePreserving,
): Promise<Float64Array> {
  const { normalisation, cells, dimension } = model.statistics;
  const score = scoreAt(model, at);
  try {
    const values = await sample({
      ...settings,
      score,
      schedule: variancePreserving(schedule),
      start: start === "standard normal" ? { law: "standard normal" } : matchedTo(at.law),
      dimension,
      count,
      stream,
      onProgress,
      signal,
    });
    const fields = toSI(values.dataSync(), normalisation, cells);
    values.dispose();
    return fields;
  } finally {
    score.dispose();
  }
}

function requireFinite(
  fields: Float64Array,
  condition: string,
  { problem: { channels }, statistics }: ScoreModel,
): void {
  const { cells } = statistics;
  const bad = fields.findIndex((x) => !Number.isFinite(x));
  if (bad < 0) return;
  const field = Math.floor(bad / (channels.length * cells));
  const { name } = channels[channelAt(bad, channels.length, cells)];
  const place = `${condition}, field ${field}, ${name} in cell ${bad % cells}`;
  throw new UserError(
    `drawFields: ${place} is ${fields[bad]}. Remedy: more sampler.steps, or a model whose training converged.`,
  );
}
