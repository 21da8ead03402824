/**
 * A trained score model as samplers and diagnostics use it: the problem, its conditional Gaussian and the network's velocity.
 * Without the trained part the same functions give the conditional Gaussian, the baseline of every result.
 */
import { gaussianAt, type GaussianLaw, type GaussianStatistics } from "../diffusion/conditional-gaussian";
import { fieldsFromModes } from "../diffusion/mode-fields";
import type { ResidentScore } from "../diffusion/score";
import { checkCondition, conditionFeatures } from "../ensemble/conditions";
import type { Normalisation } from "../ensemble/normalisation";
import type { Stream } from "../random/stream";
import type { Condition, Problem } from "../transport/problem";
import type { ModeSampler, TrainedModes } from "./mode-flow";
import { type ModeArrays, modeGeometry } from "./mode-geometry";
import { modeScore } from "./mode-score";

export interface ScoreModel {
  readonly problem: Problem;
  readonly statistics: GaussianStatistics;
  readonly trained: TrainedModes;
}

/** What the model knows of one condition before any sample is drawn. */
export interface ModelAtCondition {
  readonly law: GaussianLaw;
  readonly arrays: ModeArrays;
}

/** Refuses conditions outside the box that the model was made for, unless told that extrapolation is wanted. */
export function atCondition(
  model: ScoreModel,
  condition: Condition,
  options: { allowOutside?: boolean } = {},
): ModelAtCondition {
  checkCondition(model.problem, condition, options);
  const law = gaussianAt(model.statistics, model.problem, condition);
  const features = conditionFeatures(model.problem, condition);
  return { law, arrays: modeGeometry(law, model.trained.modes, model.problem.channels.length, features) };
}

/** The score in network units, [channels * cells] channel by channel. "gaussian" leaves the network out. Dispose it after use. */
export function scoreAt(
  model: ScoreModel,
  at: ModelAtCondition,
  which: "network" | "gaussian" = "network",
): ResidentScore {
  const channels = model.problem.channels.length;
  const { network, theta, modes, range } = model.trained;
  const trained = which === "network" ? { network, theta, modes, range, geometry: at.arrays } : undefined;
  return modeScore({ law: at.law, channels, trained });
}

/**
 * Fields [count, channels, cells] in SI units by the flow in whitened modes. Without a sampler: the conditional Gaussian. Rows depend on
 * stream and row number, not on count.
 */
export async function generateFields(
  model: ScoreModel,
  at: ModelAtCondition,
  count: number,
  stream: Stream,
  options: {
    sampler?: ModeSampler;
    onProgress?: (done: number, total: number) => void;
    signal?: AbortSignal;
  } = {},
): Promise<Float64Array> {
  const modes = model.trained.modes;
  const start = stream.child("start");
  const coordinates = options.sampler
    ? await options.sampler.sample(at.arrays, count, start, options)
    : Float32Array.from(start.normals(count * modes));
  return fieldsFromModes(coordinates, count, at.law, model.statistics.normalisation, stream.child("modes beyond"));
}

/** Rows [count, channels * cells] from SI to network units, in place. */
export function toNetworkUnits(fields: Float64Array, { mean, std }: Normalisation, cells: number): Float64Array {
  for (let k = 0; k < fields.length; k++) {
    const channel = Math.floor(k / cells) % mean.length;
    fields[k] = (fields[k] - mean[channel]) / std[channel];
  }
  return fields;
}
/** Rows [count, channels * cells] from network units to SI (a new array). */
export function toPhysicalUnits(values: ArrayLike<number>, { mean, std }: Normalisation, cells: number): Float64Array {
  return Float64Array.from(values, (x, k) => {
    const channel = Math.floor(k / cells) % mean.length;
    return mean[channel] + std[channel] * x;
  });
}
