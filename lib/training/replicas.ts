/**
 * The same training several times: one compiled program, run for other parameters to begin with, other draws of batches
 * and noise, and other data of the same shape. Compiling takes longer than a short training, so an experiment with
 * several seeds pays for it once.
 *
 * Replica k of n steps draws the batches k n .. (k + 1) n - 1 of the objective's streams. A replica that diverges is an
 * outcome here, not an error: it stops, and says so.
 */
import { setImmediate as turnOfTheEventLoop } from "node:timers/promises";
import { compileLoop } from "../graph/compile-loop";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import type { Objective } from "./objective";
import type { OptimiserOptions, OptimiserState } from "./optimiser";
import { trainingStep } from "./training-step";
import { mean } from "../numerics/statistics";

export interface Replica {
  /** Which draws; distinct replicas of one experiment have distinct numbers. */
  readonly number: number;
  /** Of the initial parameters. */
  readonly stream: Stream;
  /** Data in the place of the objective's own, of the same names and shapes; the caller keeps them. */
  readonly constants?: Readonly<Record<string, tf.Tensor>>;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface TrainedReplica {
  /** The moving average of the parameters; empty for a replica that diverged. */
  readonly theta: Float32Array;
  /** Means over tenths of the training. */
  readonly losses: readonly number[];
  readonly diverged: boolean;
}

export interface ReplicaTrainer {
  train(replica: Replica): Promise<TrainedReplica>;
  dispose(): void;
}

const stepsPerCall = 20;
const windows = 10;
/** A mean loss beyond this multiple of the first one counts as divergence. */
const divergedBeyond = 10;

/** Compiles the training. The objective's constants stay the caller's. Dispose it after use. */
export function replicaTrainer(objective: Objective, optimiser: OptimiserOptions): ReplicaTrainer {
  const { network } = objective;
  const { steps } = optimiser;
  const zeros = tf.zeros<tf.Rank.R1>([network.size]);
  const inputs = { before: tf.scalar(0, "int32") };
  const program = compileLoop({
    name: "replicas",
    state: { theta: zeros, first: zeros, second: zeros, average: zeros },
    constants: objective.constants,
    inputs,
    step: (current, constants, { before }, i) => {
      const at = { batch: i.add<tf.Scalar>(before), update: i };
      const { state, outputs } = trainingStep(objective, optimiser, current as OptimiserState, constants, at);
      return { state, outputs: { loss: outputs.loss } };
    },
  });
  zeros.dispose();
  inputs.before.dispose();

  async function train({ number, stream, constants, onProgress, signal }: Replica): Promise<TrainedReplica> {
    program.setConstants(constants ?? objective.constants);
    const theta = network.initial(stream.child("parameters"));
    const still = new Float32Array(network.size);
    program.write({ theta, first: still, second: still, average: theta });
    const before = tf.scalar(number * steps, "int32");
    const losses: number[] = [];
    try {
      for (let step = 0; step < steps; step += stepsPerCall) {
        signal?.throwIfAborted();
        const { loss } = program.run(step, Math.min(stepsPerCall, steps - step), { before });
        losses.push(...loss.dataSync<"float32">());
        loss.dispose();
        onProgress?.(losses.length, steps);
        if (diverges(losses)) return { theta: new Float32Array(0), losses: windowMeans(losses, steps), diverged: true };
        await turnOfTheEventLoop();
      }
    } finally {
      before.dispose();
    }
    const { average } = (await program.read("average")) as Record<string, Float32Array>;
    const diverged = average.some((x) => !Number.isFinite(x));
    return { theta: diverged ? new Float32Array(0) : average, losses: windowMeans(losses, steps), diverged };
  }
  return { train, dispose: () => program.dispose() };
}

/** By the mean over the last call, so that one unlucky batch is not taken for it. */
function diverges(losses: readonly number[]): boolean {
  const last = mean(losses.slice(-stepsPerCall));
  return !(last <= divergedBeyond * mean(losses.slice(0, stepsPerCall)));
}

function windowMeans(losses: readonly number[], steps: number): number[] {
  const width = Math.max(1, Math.ceil(steps / windows));
  return Array.from({ length: Math.ceil(losses.length / width) }, (_, w) =>
    mean(losses.slice(w * width, (w + 1) * width)),
  );
}

/** Mean loss of parameters over the batches 0 .. batches - 1 of an objective, eagerly. */
export function meanLoss(objective: Objective, theta: Float32Array, batches: number): number {
  return tf.tidy(() => {
    const parameters = tf.tensor1d(theta);
    const losses = Array.from(
      { length: batches },
      (_, k) => objective.loss(parameters, objective.constants, tf.scalar(k, "int32")).loss.dataSync()[0],
    );
    return mean(losses);
  });
}
