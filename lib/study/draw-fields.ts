/** Fields from a trained model by the sampler that a configuration names. */
import { variancePreserving } from "../diffusion/schedule";
import { sample } from "../diffusion/sample";
import { matchedTo } from "../diffusion/start";
import { type ModeSampler, modeSampler } from "../network/mode-flow";
import {
  atCondition,
  checkSchedule,
  generateFields,
  modesOf,
  scoreAt,
  type ScoreModel,
  toPhysicalUnits,
} from "../network/score-model";
import type { Stream } from "../random/stream";
import type { Condition } from "../transport/problem";
import { type Configuration, configuration, type Overrides } from "./configuration";

export interface DrawOptions extends Pick<Configuration, "sampler" | "schedule"> {
  /** Extrapolate beyond the box of conditions that the model was trained in. */
  readonly allowOutside?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Sampler and schedule for a model: its own defaults (the schedule of its training, where it has one), then the given changes. */
export function samplingFor({ trained }: ScoreModel, changes: Overrides): Pick<Configuration, "sampler" | "schedule"> {
  if (trained.kind === "modes") return configuration(changes);
  return configuration({ preset: "published", schedule: trained.schedule }, changes);
}

/** Evaluations of the network for one field. */
export function evaluationsOf({ method, steps, denoise }: Configuration["sampler"]): number {
  if (method === "mode-flow") return 2 * steps - 1;
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
  const prepared = conditions.map((condition) => atCondition(model, condition, options)); // refuse before the work begins
  if (options.sampler.method !== "mode-flow") checkSchedule(model, options.schedule);
  const dimension = model.problem.channels.length * model.statistics.cells;
  const result = new Float64Array(conditions.length * count * dimension);
  const { sampler } = options;
  let flow: ModeSampler | undefined;
  try {
    for (const [i, at] of prepared.entries()) {
      const { signal } = options;
      const onProgress = (done: number): void => options.onProgress?.(i * count + done, conditions.length * count);
      let fields: Float64Array;
      if (sampler.method === "mode-flow") {
        flow ??= modeSampler(modesOf(model, "sampler.method=mode-flow"), {
          levels: sampler.steps,
          batch: Math.min(500, count),
        });
        fields = await generateFields(model, at, count, stream.child(i), { sampler: flow, onProgress, signal });
      } else {
        const score = scoreAt(model, at);
        try {
          const values = await sample({
            score,
            schedule: variancePreserving(options.schedule),
            start: sampler.start === "standard normal" ? { law: "standard normal" } : matchedTo(at.law),
            dimension,
            count,
            stream: stream.child(i),
            method: sampler.method,
            steps: sampler.steps,
            spacing: sampler.spacing,
            denoise: sampler.denoise,
            onProgress,
            signal,
          });
          fields = toPhysicalUnits(values.dataSync(), model.statistics.normalisation, model.statistics.cells);
          values.dispose();
        } finally {
          score.dispose();
        }
      }
      result.set(fields, i * count * dimension);
    }
  } finally {
    flow?.dispose();
  }
  return result;
}
