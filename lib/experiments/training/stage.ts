/**
 * Stage: the trained network. It learns what the conditional Gaussian lacks, in that one's modes (preconditioning
 * "conditional gaussian"), or the whole score of one noise schedule ("none"). The training pool is not stored: solving
 * it again takes seconds, keeping it would take hundreds of megabytes. A training that was interrupted continues from
 * its checkpoint in the stage's work folder.
 */
import * as path from "node:path";
import { type GaussianStatistics, gridCells } from "../../gaussian/conditional-gaussian";
import { requireSound } from "../../gaussian/gaussian-quality";
import { nativeBackend } from "../../graph/backend";
import { convolutionPrecision } from "../../graph/bfloat16-convolutions";
import { scoreNetwork } from "../../network/score-network";
import { architectureOf } from "./architecture";
import { componentsFor } from "../../model/mode-geometry";
import type { ScoreModel } from "../../model/score-model";
import type { ModeArrays } from "../../model/mode-geometry";
import type { NoiseRange } from "../../model/mode-velocity";
import type { TrainedModes } from "../../model/trained-modes";
import { measureVarianceTerm } from "../../model/variance-term";
import { learnSteps } from "../../model/learnt-steps";
import type { Network } from "../../network/network";
import { stream, type Stream } from "../../random/stream";
import { writeAtomically } from "../../storage/atomic";
import { writeSafetensors } from "../../storage/safetensors";
import { readCheckpoint, writeCheckpoint } from "../../training/checkpoint";
import { fieldPool } from "../../training/field-pool";
import { eventsFile, logFile, logLines, openLogFiles } from "../../training/log-files";
import { modeObjective, noiseRange } from "../../training/mode-objective";
import type { Objective } from "../../training/objective";
import { scoreObjective } from "../../training/score-objective";
import { type LogEntry, train } from "../../training/train";
import { trainingConditions } from "../../training/training-conditions";
import { arraysInPool, whitenedPool } from "../../training/whitened-pool";
import { problemAs } from "../../transport/problems";
import type { Condition, Problem } from "../../transport/problem";
import type { Common } from "../common-settings";
import { assembleModel, isPlain } from "./assemble-model";
import type { TrainingParts } from "./settings";
import type { Stage, StageContext } from "../../cache/stage";
import { modelMetadata, readTrainedModel, stepTensors, type TrainedModel } from "./trained-model";

/** What a training depends on; on a schedule where the network learns its score. */
export type ModelInput = Pick<Common, "seed" | "problem"> &
  TrainingParts &
  Partial<Pick<Common, "schedule">> & {
    /** Conditions that every field of the training has at these values: a model for one choice of many, say. */
    readonly held?: Condition;
  };

/** A trained score model with what its training told. */
export interface TrainedScoreModel extends ScoreModel {
  readonly training: TrainedModel;
  readonly log: readonly LogEntry[];
}

/** Called by the stage while it trains; the notebook's live curve. */
export type LogListener = (entry: LogEntry) => void;

export const modelFile = "model.safetensors";
const checkpointFile = "checkpoint.safetensors";

/**
 * The stage for one input: a model is put together with the input and the statistics that it was trained with, also
 * when it is read back.
 */
export function modelStage(
  given: ModelInput,
  statistics: () => Promise<GaussianStatistics>,
  listener?: LogListener,
): Stage<ModelInput, TrainedScoreModel> {
  const assembled = async (trained: TrainedModel): Promise<TrainedScoreModel> => {
    return { ...assembleModel(given, await statistics(), trained), training: trained, log: trained.log };
  };
  return {
    name: "model",
    module: "lib/experiments/training/stage.ts",
    run: async (input, context) => assembled(await trainedModel(input, statistics, context, listener)),
    save: ({ training: model }, folder) => saveModel(model, given.network.modes, folder),
    load: async (folder) => assembled(await readTrainedModel(path.join(folder, modelFile))),
  };
}

/** Trains, from the checkpoint in the stage's work folder where there is one. */
async function trainedModel(
  input: ModelInput,
  statistics: () => Promise<GaussianStatistics>,
  context: StageContext,
  listener?: LogListener,
): Promise<TrainedModel> {
  const { training } = input;
  const onGpu = nativeBackend()?.isUsingGpuDevice === true;
  const convolutions = convolutionPrecision(training.convolutions, { onGpu });
  const root = stream(input.seed);
  const fitted = await statistics();
  if (fitted.quality) requireSound(fitted.quality, input.problem.name);
  const network = scoreNetwork(architectureOf(input));
  const checkpoint = path.join(context.folder, checkpointFile);
  const resume = await readCheckpoint(checkpoint, { size: network.size, steps: training.steps });
  const files = await openLogFiles(context.folder, resume?.log ?? []);
  const plain = isPlain(input);
  const objectives = plain ? scoreObjectives : modeObjectives;
  const { objective, heldOut, range, trial } = await objectives(input, fitted, network, root, context);
  const { average: theta, log } = await train({
    ...training,
    objective,
    heldOut,
    // Adam's own averages where it works alone, as in the original.
    optimiser: { ...training, betas: plain ? [0.9, 0.999] : [0.9, 0.99] },
    stream: root.child("network"),
    convolutions,
    resume,
    onCheckpoint: (state) => writeCheckpoint(checkpoint, state),
    onLog: (entry) => {
      files.append(entry);
      listener?.(entry);
    },
    onProgress: (done, total) => context.progress(done, total, "training"),
    signal: context.signal,
  });
  const measured = range && trial && (await measuredOnTheFlow({ ...trial, theta, range }, input, root, context));
  return { theta, range, ...measured, convolutions, log, events: await files.events() };
}

async function saveModel(model: TrainedModel, modes: number, folder: string): Promise<void> {
  await writeAtomically(path.join(folder, logFile), logLines(model.log));
  if (model.events) await writeAtomically(path.join(folder, eventsFile), model.events);
  await writeSafetensors(
    path.join(folder, modelFile),
    {
      theta: { dtype: "float32", shape: [model.theta.length], data: model.theta },
      ...(model.varianceTerm && { varianceTerm: matrix(model.varianceTerm, modes) }),
      ...stepTensors(model.learntSteps ?? []),
    },
    modelMetadata(model),
  );
}

interface Objectives {
  readonly objective: Objective;
  readonly heldOut: Objective;
  readonly range?: NoiseRange;
  /** What the measurement of the term that keeps the variance needs beside the trained parameters. */
  readonly trial?: Trial;
}

interface Trial extends Pick<TrainedModes, "network" | "modes" | "gamma" | "channels"> {
  readonly conditions: readonly ModeArrays[];
}

/** Conditions of the training at which trial fields are drawn. */
const trialConditions = 12;

/** Numbers of evaluations for which steps are learnt. */
const fewEvaluations = [4, 6, 8, 12];

/**
 * What trial fields tell of the finished flow: the linear term that keeps the variance along it, and steps for few
 * evaluations; nothing where no trial fields are asked for.
 */
async function measuredOnTheFlow(
  { conditions, ...trained }: Trial & Pick<TrainedModes, "theta" | "range">,
  { training: { trialFields: count } }: ModelInput,
  root: Stream,
  { signal, progress }: StageContext,
): Promise<Pick<TrainedModel, "varianceTerm" | "learntSteps">> {
  if (count === 0) return {};
  const as = (what: string) => ({
    count,
    signal,
    onProgress: (done: number, all: number) => progress(done, all, what),
  });
  const fields = root.child("trial fields");
  const varianceTerm = await measureVarianceTerm(trained, conditions, fields, as("variance along the flow"));
  const learntSteps = await learnSteps({ ...trained, varianceTerm }, conditions, fields.child("steps"), {
    ...as("steps for few evaluations"),
    evaluations: fewEvaluations,
  });
  return { varianceTerm, learntSteps };
}

const matrix = (data: Float32Array, columns: number) =>
  ({ dtype: "float32", shape: [data.length / columns, columns], data }) as const;

/**
 * Conditions and progress of the two pools, training and held out, which `make` fills with fields. Both are as dense,
 * so that their losses can be compared.
 */
async function twoPools<P>(
  { problem: settings, ensemble, held = {} }: ModelInput,
  statistics: GaussianStatistics,
  root: Stream,
  context: StageContext,
  make: (common: {
    problem: Problem;
    conditions: Condition[];
    count: number;
    stream: Stream;
    signal: AbortSignal;
    onProgress: (done: number) => void;
  }) => Promise<P>,
): Promise<{ training: P; heldOut: P }> {
  const p = problemAs(settings);
  const count = ensemble.porosities;
  const total = (ensemble.conditions + ensemble.heldOutConditions) * count;
  const pool = (part: string, conditions: number, before: number): Promise<P> =>
    make({
      problem: p,
      conditions: trainingConditions(
        statistics,
        p,
        conditions,
        ensemble.refinement,
        root.child(part).child("conditions"),
      ).map((condition) => ({ ...condition, ...held })),
      count,
      stream: root.child(part),
      signal: context.signal,
      onProgress: (done) => context.progress(before * count + done, total, "solving"),
    });
  const training = await pool("training", ensemble.conditions, 0);
  const heldOut = await pool("held out", ensemble.heldOutConditions, ensemble.conditions);
  return { training, heldOut };
}

async function modeObjectives(
  input: ModelInput,
  statistics: GaussianStatistics,
  network: Network,
  root: Stream,
  context: StageContext,
): Promise<Objectives> {
  const { conditions, fields, penalty, emphasis } = input.training;
  const { modes, noiseGrading } = input.network;
  const pools = await twoPools(input, statistics, root, context, (common) =>
    whitenedPool({ ...common, statistics, modes, components: componentsFor(noiseGrading) }),
  );
  const range = noiseRange(pools.training, noiseGrading);
  const channels = statistics.normalisation.mean.length;
  // Held-out conditions weigh as those for training do, so that the two losses can be compared.
  const options = { conditions, fields, gamma: noiseGrading, channels, range, penalty, emphasis };
  return {
    objective: modeObjective(network, pools.training, root.child("training noise"), options),
    heldOut: modeObjective(network, pools.heldOut, root.child("held-out noise"), options),
    range,
    trial: {
      network,
      modes,
      gamma: noiseGrading,
      channels,
      conditions: Array.from({ length: Math.min(trialConditions, pools.training.conditions.length) }, (_, c) =>
        arraysInPool(pools.training, c),
      ),
    },
  };
}

async function scoreObjectives(
  input: ModelInput,
  statistics: GaussianStatistics,
  network: Network,
  root: Stream,
  context: StageContext,
): Promise<Objectives> {
  const { schedule } = input;
  if (!schedule) throw new Error("modelStage: a network that learns the whole score needs its schedule");
  const { normalisation } = statistics;
  const pools = await twoPools(input, statistics, root, context, (common) =>
    fieldPool({ ...common, normalisation, cells: gridCells(statistics) }),
  );
  const options = { batch: input.training.conditions * input.training.fields, schedule };
  return {
    objective: scoreObjective(network, pools.training, root.child("training noise"), options),
    heldOut: scoreObjective(network, pools.heldOut, root.child("held-out noise"), options),
  };
}
