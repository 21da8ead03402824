/**
 * The training loop: one compiled program holds parameters, optimiser state, data and noise; each call runs a few
 * steps.
 *
 * Step i draws its batch from counter-based streams at i, and calls always hold the same number of steps, so that a
 * training resumed from a checkpoint (written between calls) continues bit for bit as the uninterrupted one on the same
 * machine and thread count, its log and its watch over the loss included.
 */
import type { ConvolutionPrecision } from "../graph/bfloat16-convolutions";
import { compile } from "../graph/compile";
import { compileLoop } from "../graph/compile-loop";
import { onDevice } from "../graph/device";
import { tf } from "../graph/tensorflow";
import { rowsOf } from "../numerics/rows";
import type { Stream } from "../random/stream";
import { type DivergenceState, type DivergenceWatch, freshDivergence, watchDivergence } from "./divergence";
import { nonFinite, requireFiniteData, requireFiniteState, TrainingStopped, type Vectors } from "./finite";
import type { Objective } from "./objective";
import type { OptimiserOptions, OptimiserState } from "./optimiser";
import { trainingStep } from "./training-step";
import { mean } from "../numerics/statistics";

/**
 * Everything that continues a training: four flat vectors, the number of finished steps, the log so far and what it is
 * about to hold.
 */
export interface TrainingState extends Vectors {
  readonly log: readonly LogEntry[];
  /**
   * What the next entry of the log will average: of every step since the last one the loss and the bands, row by row.
   */
  readonly window: Float32Array;
  readonly divergence: DivergenceState;
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
  /**
   * Precision of the convolutions in a compiled step (lib/graph/bfloat16-convolutions), "float32" by default; the
   * held-out loss is always in float32.
   */
  readonly convolutions?: ConvolutionPrecision;
  readonly checkpointEvery: number;
  /**
   * Stops when the median loss has risen to so many times its least value (see divergence.ts); 0 goes on all the same.
   * Default 10.
   */
  readonly divergence?: number;
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

/**
 * Runs to the last step and returns the final state.
 * @throws TrainingStopped (data, loss or parameters not finite, or the loss diverged: where and at which step) |
 *   TrainingInterrupted
 */
export async function train(options: TrainingOptions): Promise<TrainingState> {
  const data = [options.objective.constants, options.heldOut?.constants ?? {}];
  try {
    requireFiniteData("the training data", data[0]);
    requireFiniteData("the held-out data", data[1]);
    return await onDevice(() => runTraining(options));
  } finally {
    tf.dispose(data.flatMap((constants) => Object.values(constants)));
  }
}

async function runTraining(options: TrainingOptions): Promise<TrainingState> {
  const { objective, heldOut, optimiser, stepsPerCall, divergence = 10 } = options;
  let state = options.resume ?? freshState(objective.network.initial(options.stream.child("parameters")));
  requireFitting(state, objective);
  const program = trainingProgram(options, state);
  const measureHeldOut = heldOut && heldOutMeter(heldOut);
  const log = [...state.log];
  let window = rowsOf(state.window, windowWidth(objective)).map((row) => [...row]);
  const watch = watchDivergence(state.divergence);
  const snapshot = async (step: number): Promise<TrainingState> => {
    const { theta, first, second, average } = (await program.read()) as Record<string, Float32Array>;
    const rows = Float32Array.from(window.flat());
    return { step, theta, first, second, average, log: [...log], window: rows, divergence: watch.state() };
  };
  const enterLog = async (step: number): Promise<void> => {
    const { average } = (await program.read("average")) as Record<string, Float32Array>;
    const [loss, ...explained] = window[0].map((_, k) => mean(window.map((row) => row[k])));
    const entry = { step, loss, explained, ...(measureHeldOut && { heldOut: await measureHeldOut(average) }) };
    if (nonFinite(entry.heldOut?.loss ?? 0)) {
      throw new TrainingStopped(`the held-out loss is ${entry.heldOut?.loss} after step ${step}`);
    }
    log.push(entry);
    window = [];
    options.onLog?.(entry);
  };
  try {
    let step = state.step;
    while (step < optimiser.steps) {
      const count = Math.min(stepsPerCall, optimiser.steps - step);
      const rows = await stepRows(program.run(step, count));
      requireHealthy(rows, step, watch, divergence);
      window.push(...rows);
      step += count;
      options.onProgress?.(step, optimiser.steps);
      const crossed = (every: number): boolean => Math.floor(step / every) > Math.floor((step - count) / every);
      if (crossed(options.heldOutEvery) || step === optimiser.steps) await enterLog(step);
      const stopped = options.signal?.aborted === true;
      // Half-way to divergence the earlier checkpoint is the better one to keep.
      const due = crossed(options.checkpointEvery) && (divergence === 0 || watch.rise() < divergence / 2);
      if (due || stopped || step === optimiser.steps) {
        state = await snapshot(step);
        requireFiniteState(state);
        await options.onCheckpoint?.(state);
      }
      if (stopped && step < optimiser.steps) throw new TrainingInterrupted(step);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return state;
  } finally {
    program.dispose();
    measureHeldOut?.dispose();
  }
}

/** Numbers in a row of the window: the loss and the bands. */
const windowWidth = ({ bands }: Objective): number => 1 + bands;

function requireFitting({ theta, window }: TrainingState, objective: Objective): void {
  const { size } = objective.network;
  if (theta.length !== size) {
    throw new RangeError(`train: the state has ${theta.length} parameters, the network ${size}`);
  }
  const width = windowWidth(objective);
  if (window.length % width !== 0) {
    throw new RangeError(`train: the state's window must hold rows of ${width}, got ${window.length} numbers`);
  }
}

/** The compiled loop of training steps, which begins at a state. The caller disposes it. */
function trainingProgram({ objective, optimiser, convolutions }: TrainingOptions, from: TrainingState) {
  const state = stateTensors(from);
  const program = compileLoop({
    name: "training",
    state,
    constants: objective.constants,
    convolutions,
    step: (current, constants, _inputs: Record<never, never>, i) =>
      trainingStep(objective, optimiser, current as OptimiserState, constants, { batch: i, update: i }),
  });
  tf.dispose(Object.values(state)); // the loop has its own
  return program;
}

/** The loss on fixed batches of held-out conditions, as a function of the parameters. */
function heldOutMeter(
  objective: Objective,
): ((theta: Float32Array) => Promise<{ loss: number; explained: number[] }>) & { dispose(): void } {
  const names = Object.keys(objective.constants);
  const measure = compile((theta: tf.Tensor, i: tf.Tensor, ...values: tf.Tensor[]) => {
    const constants = Object.fromEntries(names.map((name, k) => [name, values[k]]));
    const { loss, explained } = objective.loss(theta as tf.Tensor1D, constants, i as tf.Scalar);
    return [loss, explained];
  });
  const meter = async (parameters: Float32Array): Promise<{ loss: number; explained: number[] }> => {
    const theta = tf.tensor1d(parameters);
    const losses: number[] = [];
    const explained: number[][] = [];
    for (let k = 0; k < heldOutBatches; k++) {
      const i = tf.scalar(k, "int32");
      const results = measure(theta, i, ...Object.values(objective.constants));
      losses.push((await results[0].data())[0]);
      explained.push(Array.from(await results[1].data()));
      tf.dispose([i, ...results]);
    }
    theta.dispose();
    return { loss: mean(losses), explained: explained[0].map((_, b) => mean(explained.map((row) => row[b]))) };
  };
  return Object.assign(meter, { dispose: () => measure.dispose() });
}

/** The outputs of a call as rows [loss, ...explained], a step each; disposes them. */
async function stepRows(outputs: { loss: tf.Tensor; explained: tf.Tensor }): Promise<number[][]> {
  const losses = Array.from(await outputs.loss.data());
  const explained = (await outputs.explained.array()) as number[][];
  tf.dispose([outputs.loss, outputs.explained]);
  return losses.map((loss, k) => [loss, ...explained[k]]);
}

/**
 * Refuses losses that are not finite and a loss that has run away; `before` steps were finished when the rows' began.
 */
function requireHealthy(rows: readonly number[][], before: number, watch: DivergenceWatch, limit: number): void {
  for (const [k, [loss]] of rows.entries()) {
    if (nonFinite(loss)) throw new TrainingStopped(`the loss is ${loss} at step ${before + k}`);
    watch.add(loss);
    if (limit === 0 || watch.rise() < limit) continue;
    const [last, lowest] = [watch.median, watch.lowest].map((loss) => loss.toPrecision(3));
    const numbers = `its median over the last steps is ${last}, the lowest was ${lowest}`;
    throw new TrainingStopped(
      `the loss diverged: at step ${before + k} ${numbers}, a rise of ${limit} times or more`,
      "a lower training.learningRate, or training.divergence=0 to go on all the same",
    );
  }
}

function freshState(theta: Float32Array): TrainingState {
  const zeros = new Float32Array(theta.length);
  return {
    step: 0,
    theta,
    first: zeros,
    second: zeros.slice(),
    average: theta.slice(),
    log: [],
    window: new Float32Array(0),
    divergence: freshDivergence,
  };
}

function stateTensors(state: TrainingState): Record<string, tf.Tensor> {
  return {
    theta: tf.tensor1d(state.theta),
    first: tf.tensor1d(state.first),
    second: tf.tensor1d(state.second),
    average: tf.tensor1d(state.average),
  };
}
