/**
 * The training loop: one compiled program holds parameters, optimiser state, data and noise; each call runs a few steps.
 *
 * Step i draws its batch from counter-based streams at i, and calls always hold the same number of steps, so that a training resumed
 * from a checkpoint (written between calls) continues bit for bit as the uninterrupted one on the same machine and thread count.
 */
import { compile } from "../graph/compile";
import { compileLoop } from "../graph/compile-loop";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import type { Objective } from "./objective";
import { type OptimiserOptions, type OptimiserState, optimiserStep } from "./optimiser";

/** Everything that continues a training: four flat vectors, the number of finished steps and the log so far. */
export interface TrainingState {
  readonly step: number;
  readonly theta: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly average: Float32Array;
  readonly log: readonly LogEntry[];
}

export interface LogEntry {
  readonly step: number;
  /** Means over the steps since the last entry. */
  readonly loss: number;
  /** Per band of noise levels, fine to coarse: what the network explains beyond the Gaussian part. */
  readonly explained: readonly number[];
  /** The same objective on held-out conditions with the averaged parameters, where it was measured. */
  readonly heldOut?: { readonly loss: number; readonly explained: readonly number[] };
}

export interface TrainingOptions {
  readonly objective: Objective;
  /** Measured every `heldOutEvery` steps. */
  readonly heldOut?: Objective;
  readonly heldOutEvery: number;
  readonly optimiser: OptimiserOptions;
  readonly stream: Stream;
  readonly stepsPerCall: number;
  readonly checkpointEvery: number;
  /** Start from here instead of from fresh parameters. */
  readonly resume?: TrainingState;
  readonly onCheckpoint?: (state: TrainingState) => Promise<void>;
  readonly onLog?: (entry: LogEntry) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Training was stopped by its signal; the last checkpoint holds everything up to `step`. */
export class TrainingInterrupted extends Error {
  constructor(readonly step: number) {
    super(`training was interrupted after step ${step}; run it again to continue there`);
    this.name = "AbortError";
  }
}

const heldOutBatches = 4;

/** Runs to the last step and returns the final state. Throws on a loss or parameters that are not finite, with the step. */
export async function train(options: TrainingOptions): Promise<TrainingState> {
  const { objective, heldOut, optimiser, stepsPerCall } = options;
  const { network } = objective;
  let state = options.resume ?? freshState(network.initial(options.stream.child("parameters")));
  if (state.theta.length !== network.size) {
    throw new RangeError(`train: the state has ${state.theta.length} parameters, the network ${network.size}`);
  }
  const initial = stateTensors(state);
  const program = compileLoop({
    name: "training",
    state: initial,
    constants: objective.constants,
    step: (current, constants, _inputs: Record<never, never>, i) => {
      const { value, explained, gradient } = lossAndGradient(objective, current.theta as tf.Tensor1D, constants, i);
      const next = optimiserStep(current as OptimiserState, gradient, i, network.parameters, optimiser);
      return { state: next, outputs: { loss: value as tf.Tensor, explained: explained as tf.Tensor } };
    },
  });
  const measureHeldOut = heldOut ? heldOutMeter(heldOut) : undefined;
  try {
    const log = [...state.log];
    let window: { loss: number[]; explained: number[][] } = { loss: [], explained: [] };
    const snapshot = async (step: number): Promise<TrainingState> => {
      const { theta, first, second, average } = (await program.read()) as Record<string, Float32Array>;
      return { step, theta, first, second, average, log: [...log] };
    };
    let step = state.step;
    while (step < optimiser.steps) {
      const count = Math.min(stepsPerCall, optimiser.steps - step);
      record(program.run(step, count), step, window);
      step += count;
      options.onProgress?.(step, optimiser.steps);
      const crossed = (every: number): boolean => Math.floor(step / every) > Math.floor((step - count) / every);
      if (crossed(options.heldOutEvery) || step === optimiser.steps) {
        const { average } = (await program.read("average")) as Record<string, Float32Array>;
        const entry: LogEntry = {
          step,
          loss: mean(window.loss),
          explained: Array.from({ length: objective.bands }, (_, b) => mean(window.explained.map((row) => row[b]))),
          heldOut: measureHeldOut?.(average),
        };
        log.push(entry);
        window = { loss: [], explained: [] };
        options.onLog?.(entry);
      }
      const stopped = options.signal?.aborted === true;
      if (crossed(options.checkpointEvery) || stopped || step === optimiser.steps) {
        state = await snapshot(step);
        checkFinite(state);
        await options.onCheckpoint?.(state);
      }
      if (stopped && step < optimiser.steps) throw new TrainingInterrupted(step);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return state;
  } finally {
    program.dispose();
    measureHeldOut?.dispose();
    tf.dispose(Object.values(initial));
    tf.dispose(Object.values(objective.constants));
    if (heldOut) tf.dispose(Object.values(heldOut.constants));
  }
}

function lossAndGradient(
  objective: Objective,
  theta: tf.Tensor1D,
  constants: Record<string, tf.Tensor>,
  i: tf.Scalar,
): { value: tf.Scalar; explained: tf.Tensor1D; gradient: tf.Tensor1D } {
  let explained: tf.Tensor1D | undefined;
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => {
    const batch = objective.loss(x as tf.Tensor1D, constants, i);
    explained = tf.keep(batch.explained); // outlives the tape's scope; the caller owns it
    return batch.loss;
  })(theta);
  return { value: value as tf.Scalar, explained: explained!, gradient: grad as tf.Tensor1D };
}

/** The loss on fixed batches of held-out conditions, as a function of the parameters. */
function heldOutMeter(
  objective: Objective,
): ((theta: Float32Array) => { loss: number; explained: number[] }) & { dispose(): void } {
  const names = Object.keys(objective.constants);
  const measure = compile((theta: tf.Tensor, i: tf.Tensor, ...values: tf.Tensor[]) => {
    const constants = Object.fromEntries(names.map((name, k) => [name, values[k]]));
    const { loss, explained } = objective.loss(theta as tf.Tensor1D, constants, i as tf.Scalar);
    return [loss, explained];
  });
  const meter = (parameters: Float32Array): { loss: number; explained: number[] } => {
    const theta = tf.tensor1d(parameters);
    const losses: number[] = [];
    const explained: number[][] = [];
    for (let k = 0; k < heldOutBatches; k++) {
      const i = tf.scalar(k, "int32");
      const results = measure(theta, i, ...Object.values(objective.constants));
      losses.push(results[0].dataSync()[0]);
      explained.push(Array.from(results[1].dataSync()));
      tf.dispose([i, ...results]);
    }
    theta.dispose();
    return { loss: mean(losses), explained: explained[0].map((_, b) => mean(explained.map((row) => row[b]))) };
  };
  return Object.assign(meter, { dispose: () => measure.dispose() });
}

/** Adds the outputs of a call to the window of the log and disposes them. */
function record(
  outputs: { loss: tf.Tensor; explained: tf.Tensor },
  before: number,
  window: { loss: number[]; explained: number[][] },
): void {
  const losses = Array.from(outputs.loss.dataSync());
  const explained = outputs.explained.arraySync() as number[][];
  tf.dispose([outputs.loss, outputs.explained]);
  const bad = losses.findIndex((loss) => !Number.isFinite(loss));
  if (bad >= 0) {
    throw new Error(
      `train: the loss is ${losses[bad]} at step ${before + bad}; the last checkpoint is intact. Try a lower learningRate.`,
    );
  }
  window.loss.push(...losses);
  window.explained.push(...explained);
}

function checkFinite(state: TrainingState): void {
  for (const name of ["theta", "first", "second", "average"] as const) {
    const at = state[name].findIndex((x) => !Number.isFinite(x));
    if (at >= 0)
      throw new Error(
        `train: ${name}[${at}] is ${state[name][at]} after step ${state.step}; the last checkpoint is intact`,
      );
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function freshState(theta: Float32Array): TrainingState {
  const zeros = new Float32Array(theta.length);
  return { step: 0, theta, first: zeros, second: zeros.slice(), average: theta.slice(), log: [] };
}

function stateTensors(state: TrainingState): Record<string, tf.Tensor> {
  return {
    theta: tf.tensor1d(state.theta),
    first: tf.tensor1d(state.first),
    second: tf.tensor1d(state.second),
    average: tf.tensor1d(state.average),
  };
}
