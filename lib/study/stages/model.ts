/**
 * Stage: the trained network with its conditional Gaussian's modes. The training pool is not stored: solving it again takes seconds,
 * keeping it would take hundreds of megabytes. A training that was interrupted continues from its checkpoint in the stage's work folder.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { GaussianStatistics } from "../../diffusion/conditional-gaussian";
import { drawConditions } from "../../ensemble/conditions";
import { scoreNetwork } from "../../network/score-network";
import { architectureOf } from "../architecture";
import type { NoiseRange } from "../../network/mode-velocity";
import { stream } from "../../random/stream";
import { readSafetensors, writeSafetensors } from "../../storage/safetensors";
import { modeObjective, noiseRange } from "../../training/mode-objective";
import { type LogEntry, train, type TrainingState } from "../../training/train";
import { whitenedPool } from "../../training/whitened-pool";
import { problem } from "../../transport/problems";
import type { Configuration } from "../configuration";
import type { Stage } from "../stage";

export type ModelInput = Pick<Configuration, "seed" | "problem" | "ensemble" | "network" | "training">;

/** What sampling needs of a training. */
export interface TrainedModel {
  readonly theta: Float32Array;
  readonly range: NoiseRange;
  readonly log: readonly LogEntry[];
}

/** Called by the stage while it trains; the notebook's live curve. */
export type LogListener = (entry: LogEntry) => void;

const modelFile = "model.safetensors";
const checkpointFile = "checkpoint.safetensors";
/** Noise graded as white noise in network units, so that one network serves every variance-preserving schedule. */
export const noiseGrading = 1;

export function modelStage(
  statistics: () => Promise<GaussianStatistics>,
  listener?: LogListener,
): Stage<ModelInput, TrainedModel> {
  return {
    name: "model",
    sources: [
      "lib/random",
      "lib/porosity",
      "lib/transport",
      "lib/ensemble",
      "lib/diffusion/conditional-gaussian.ts",
      "lib/network",
      "lib/training",
    ],
    run: async (input, context) => {
      const root = stream(input.seed);
      const p = problem(input.problem.name);
      const fitted = await statistics();
      const { ensemble, network: size, training } = input;
      const pools = { conditions: ensemble.conditions, heldOutConditions: ensemble.heldOutConditions };
      const fields = (pools.conditions + pools.heldOutConditions) * ensemble.porosities;
      let solved = 0;
      const pool = async (name: string, count: number) => {
        const from = solved;
        const result = await whitenedPool({
          problem: p,
          statistics: fitted,
          conditions: drawConditions(p, count, root.child(name).child("conditions")),
          count: ensemble.porosities,
          modes: size.modes,
          stream: root.child(name),
          signal: context.signal,
          onProgress: (done) => context.progress(from + done, fields, "solving"),
        });
        solved += count * ensemble.porosities;
        return result;
      };
      const trainingPool = await pool("training", ensemble.conditions);
      const heldOutPool = await pool("held out", ensemble.heldOutConditions);
      const network = scoreNetwork(architectureOf(input));
      const range = noiseRange(trainingPool, noiseGrading);
      const options = {
        conditions: training.conditions,
        fields: training.fields,
        gamma: noiseGrading,
        channels: p.channels.length,
        range,
        penalty: training.penalty,
      };
      const checkpoint = path.join(context.folder, checkpointFile);
      const final = await train({
        objective: modeObjective(network, trainingPool, root.child("training noise"), options),
        heldOut: modeObjective(network, heldOutPool, root.child("held-out noise"), options),
        optimiser: { ...training, betas: [0.9, 0.99] },
        stream: root.child("network"),
        stepsPerCall: training.stepsPerCall,
        heldOutEvery: training.heldOutEvery,
        checkpointEvery: training.checkpointEvery,
        resume: await readCheckpoint(checkpoint),
        onCheckpoint: (state) => writeState(checkpoint, state, range),
        onLog: listener,
        onProgress: (done, total) => context.progress(done, total, "training"),
        signal: context.signal,
      });
      return { theta: final.average, range, log: final.log };
    },
    save: (model, folder) =>
      writeSafetensors(
        path.join(folder, modelFile),
        { theta: { dtype: "float32", shape: [model.theta.length], data: model.theta } },
        { range: JSON.stringify(model.range), log: JSON.stringify(model.log) },
      ),
    load: async (folder) => {
      const { tensors, metadata } = await readSafetensors(path.join(folder, modelFile));
      return {
        theta: tensors.theta.data as Float32Array,
        range: JSON.parse(metadata.range) as NoiseRange,
        log: JSON.parse(metadata.log) as LogEntry[],
      };
    },
  };
}

async function writeState(file: string, state: TrainingState, range: NoiseRange): Promise<void> {
  const vector = (data: Float32Array) => ({ dtype: "float32" as const, shape: [data.length], data });
  await writeSafetensors(
    file,
    {
      theta: vector(state.theta),
      first: vector(state.first),
      second: vector(state.second),
      average: vector(state.average),
    },
    { step: String(state.step), log: JSON.stringify(state.log), range: JSON.stringify(range) },
  );
}

async function readCheckpoint(file: string): Promise<TrainingState | undefined> {
  try {
    await fs.access(file);
  } catch {
    return undefined; // nothing to resume: a fresh training
  }
  const { tensors, metadata } = await readSafetensors(file);
  const vector = (name: string): Float32Array => tensors[name].data as Float32Array;
  return {
    step: Number(metadata.step),
    log: JSON.parse(metadata.log) as LogEntry[],
    theta: vector("theta"),
    first: vector("first"),
    second: vector("second"),
    average: vector("average"),
  };
}
