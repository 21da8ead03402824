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
  modesOf,
  scoreAt,
  type ScoreModel,
  toPhysicalUnits,
} from "./score-model";
import type { SamplerSettings } from "./sampler-settings";
import type { Stream } from "../random/stream";
import { UserError } from "../errors/user-error";
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
  if (sampler.method !== "mode-flow") checkSchedule(model, options.schedule);
  const { normalisation, cells } = model.statistics;
  const { channels } = model.problem;
  let flow: ModeSampler | undefined;
  try {
    for (const [i, at] of prepared.entries()) {
      if (i < first) continue;
      signal?.throwIfAborted();
      const onProgress = (done: number): void => options.onProgress?.(i * count + done, conditions.length * count);
      let fields: Float64Array;
      if (sampler.method === "mode-flow") {
        flow ??= modeSampler(modesOf(model, "sampler.method=mode-flow"), {
          levels: sampler.steps,
          batch: sampler.calibrate ? 500 : Math.min(500, count),
        });
        const name = `condition ${i}`;
        const calibration = sampler.calibrate
          ? await flow.calibrate(arraysOf(at), stream.child(i).child("calibration"), { name, signal })
          : undefined;
        const options_ = { sampler: flow, name, calibration, onProgress, signal };
        fields = await generateFields(model, at, count, stream.child(i), options_);
      } else {
        const score = scoreAt(model, at);
        try {
          const values = await sample({
            score,
            schedule: variancePreserving(options.schedule),
            start: sampler.start === "standard normal" ? { law: "standard normal" } : matchedTo(at.law),
            dimension: channels.length * cells,
            count,
            stream: stream.child(i),
            method: sampler.method,
            steps: sampler.steps,
            spacing: sampler.spacing,
            denoise: sampler.denoise,
            onProgress,
            signal,
          });
          fields = toPhysicalUnits(values.dataSync(), normalisation, cells);
          values.dispose();
        } finally {
          score.dispose();
        }
      }
      requireFinite(fields, i, channels, cells);
      yield fields;
    }
  } finally {
    flow?.dispose();
  }
}

function requireFinite(
  fields: Float64Array,
  condition: number,
  channels: readonly { name: string }[],
  cells: number,
): void {
  const bad = fields.findIndex((x) => !Number.isFinite(x));
  if (bad < 0) return;
  const field = Math.floor(bad / (channels.length * cells));
  const place =
    `condition ${condition}, field ${field}, ${channels[Math.floor(bad / cells) % channels.length].name} in cell ` +
    `${bad % cells}`;
  throw new UserError(
    `drawFields: ${place} is ${fields[bad]}. Remedy: more sampler.steps, or a model whose training converged.`,
  );
}
