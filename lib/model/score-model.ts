/**
 * A trained score model as samplers and diagnostics use it: the problem, its conditional Gaussian and the network. The
 * network is of one of two kinds: "modes" learned what the Gaussian lacks and serves every schedule, "score" learned
 * the whole score of one schedule. Without the trained part the same functions give the conditional Gaussian, the
 * baseline of every result.
 */
import { gaussianAt, knownPart, type GaussianLaw, type GaussianStatistics } from "../gaussian/conditional-gaussian";
import { fieldsFromModes } from "../gaussian/mode-fields";
import type { VariancePreserving } from "../diffusion/schedule";
import type { ResidentScore } from "../diffusion/score";
import { checkCondition, conditionFeatures } from "../ensemble/conditions";
import type { Stream } from "../random/stream";
import { UserError } from "../errors/user-error";
import type { Condition, Problem } from "../transport/problem";
import type { ModeSampler } from "./mode-flow";
import { componentsFor, type ModeArrays, modeArraysAt } from "./mode-geometry";
import { modeScore } from "./mode-score";
import { plainScore, type TrainedScore } from "./plain-score";
import type { Calibration } from "./self-calibration";
import type { TrainedModes } from "./trained-modes";

export type Trained = (TrainedModes & { readonly kind: "modes" }) | (TrainedScore & { readonly kind: "score" });

/** A problem, its conditional Gaussian and what a network learned beyond it. */
export interface ScoreModel {
  readonly problem: Problem;
  readonly statistics: GaussianStatistics;
  readonly trained: Trained;
}

/** What the model knows of one condition before any sample is drawn. */
export interface ModelAtCondition {
  readonly law: GaussianLaw;
  readonly features: readonly number[];
  /** The modes' geometry, for a network of modes. */
  readonly arrays?: ModeArrays;
}

/** Refuses conditions outside the box that the model was made for, unless told that extrapolation is wanted. */
export function atCondition(
  model: ScoreModel,
  condition: Condition,
  options: { allowOutside?: boolean } = {},
): ModelAtCondition {
  checkCondition(model.problem, condition, options);
  const { trained, problem } = model;
  const components = trained.kind === "score" ? "covariance" : componentsFor(trained.gamma);
  const law = gaussianAt(model.statistics, problem, condition, { components });
  const features = conditionFeatures(problem, condition);
  if (trained.kind === "score") return { law, features };
  const known = knownPart(model.statistics, law);
  return { law, features, arrays: modeArraysAt(model.statistics, problem, condition, known, trained.modes) };
}

/**
 * The network of modes, for what only it can do. `what` completes the sentence "... needs a network of whitened modes".
 */
export function modesOf({ trained }: ScoreModel, what: string): TrainedModes {
  if (trained.kind === "modes") return trained;
  throw new UserError(
    `${what} needs a network of whitened modes, but this model learned the whole score (network.preconditioning ` +
      '"none"). Remedy: another sampler.method, for instance reverse-sde-heun.',
  );
}

/** Refuses a schedule that the network was not trained with; a network of modes serves every one. */
export function checkSchedule({ trained }: ScoreModel, asked: VariancePreserving): void {
  if (trained.kind === "modes") return;
  for (const key of ["betaMin", "betaMax"] as const) {
    if (asked[key] !== trained.schedule[key]) {
      throw new UserError(
        `schedule.${key}: this model learned the score of one schedule, with ${trained.schedule[key]}, got ` +
          `${asked[key]}. Remedy: train with it, or with network.preconditioning "conditional gaussian", whose ` +
          "network serves every schedule.",
      );
    }
  }
  if (asked.tMin < trained.schedule.tMin) {
    throw new UserError(
      `schedule.tMin: this model was trained down to ${trained.schedule.tMin} and cannot go to ${asked.tMin}`,
    );
  }
}

/**
 * The score in network units, [channels * cells] channel by channel. "gaussian" leaves the network out. Dispose it
 * after use. A network that learned the whole score is right for its own schedule only: see `checkSchedule`.
 */
export function scoreAt(
  model: ScoreModel,
  at: ModelAtCondition,
  which: "network" | "gaussian" = "network",
): ResidentScore {
  const channels = model.problem.channels.length;
  const { trained } = model;
  if (which === "gaussian") return modeScore({ law: at.law, channels });
  if (trained.kind === "score") return plainScore(trained, at.features);
  const { network, theta, varianceTerm, modes, range, gamma } = trained;
  if (gamma !== 1) {
    throw new UserError(
      "the score of white noise needs a network that was trained with it, network.noiseGrading=1, but this model " +
        `has ${gamma}. Remedy: sampler.method=mode-flow, or train with network.noiseGrading=1.`,
    );
  }
  return modeScore({
    law: at.law,
    channels,
    trained: { network, theta, varianceTerm, modes, range, geometry: arraysOf(at) },
  });
}

/** The modes' geometry; refuses a condition that was prepared for a network without modes. */
export function arraysOf({ arrays }: ModelAtCondition): ModeArrays {
  if (arrays) return arrays;
  throw new RangeError("score model: this condition was prepared for a network that has no modes; see atCondition");
}

/**
 * Fields [count, channels, cells] in SI units by the flow in whitened modes. Without a sampler: the conditional
 * Gaussian. Rows depend on stream and row number, not on count.
 */
export async function generateFields(
  model: ScoreModel,
  at: ModelAtCondition,
  count: number,
  stream: Stream,
  options: {
    sampler?: ModeSampler;
    /** What errors call the condition. */
    name?: string;
    calibration?: Calibration;
    onProgress?: (done: number, total: number) => void;
    signal?: AbortSignal;
  } = {},
): Promise<Float64Array> {
  const modes = model.trained.kind === "modes" ? model.trained.modes : 0;
  const start = stream.child("start");
  const coordinates = options.sampler
    ? await options.sampler.sample(arraysOf(at), count, start, options)
    : Float32Array.from(start.normals(count * modes));
  return fieldsFromModes(coordinates, count, at.law, model.statistics.normalisation, stream.child("modes beyond"));
}
