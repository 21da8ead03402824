/**
 * Sampling by the probability flow in whitened modes. Along the flow dy_k / dtheta_k = E[v_k | y] = F_k(y), from
 * y ~ N(0, I) at theta near pi/2 to theta = 0: for Gaussian data F = 0 and nothing moves, so there is no error in the
 * Gaussian part at any number of steps and no mismatch of the start. Levels s are equidistant in u = log s, in which F
 * is smoothest, and each costs one evaluation: the three-step Adams-Bashforth method with the known speed of the angles
 * integrated exactly,
 *   y_k += sum_m F_k(u_(j-m)) int_(u_j)^(u_(j+1)) l_m(u) (dtheta_k / du) du,
 *   l_m Lagrange's polynomials on the last three levels.
 * For a few small numbers of evaluations a model brings levels and weights that were fitted to its own flow
 * (learnt-steps.ts); then those are taken.
 * Modes beyond the network's K keep their Gaussian start. After each step a calibration (self-calibration.ts) may
 * correct the drift.
 */
import { compileLoop } from "../graph/compile-loop";
import { gatherRows } from "../graph/gather-rows";
import type { LoopProgram } from "../graph/loop";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import { UserError } from "../errors/user-error";
import type { ModeArrays } from "./mode-geometry";
import { type FlowTables, type FlowTensors, flowTables, type LearntSteps } from "./flow-steps";
import { velocityGeometry } from "./flow-velocity";
import { logLevels, modeVelocity, type VelocityGeometry, velocityParameters } from "./mode-velocity";
import { antithetic, type Calibration, correct, measureDrift, noCalibration, squaredDrift } from "./self-calibration";
import type { TrainedModes } from "./trained-modes";

export interface FlowOptions {
  /** What errors call the condition. */
  readonly name?: string;
  readonly calibration?: Calibration;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A sampler compiled once for a network and a batch size; conditions are handed in call by call. */
export interface ModeSampler {
  readonly evaluations: number;
  /**
   * Draws whitened coordinates [count, K] at a condition, which errors call `name`. Row k depends on the stream and k
   * alone.
   * @throws UserError if a number is not finite, saying at which condition, field, coordinate and level
   */
  sample(condition: ModeArrays, count: number, stream: Stream, options?: FlowOptions): Promise<Float32Array>;
  /** The map itself: start [count, K] -> whitened coordinates [count, K]. Errors as `sample` has them. */
  push(condition: ModeArrays, start: Float32Array, options?: FlowOptions): Promise<Float32Array>;
  /**
   * Measures the flow's drift at a condition with `count` trial fields, in antithetic pairs. Changes nothing where a
   * quarter as many fresh ones do not come out better by it. @throws UserError as `sample` does
   */
  calibrate(
    condition: ModeArrays,
    stream: Stream,
    options?: { name?: string; count?: number; signal?: AbortSignal },
  ): Promise<Calibration>;
  dispose(): void;
}

/** Trial fields of a calibration: the corrections are then known to about 1 / sqrt(2000) of a standard deviation. */
const trialFields = 2000;

export interface FlowSize {
  /** Noise levels, each an evaluation of the network; at least 2. */
  readonly levels?: number;
  /** Fields a call. */
  readonly batch?: number;
  /** Take the model's learnt steps where it has some for so many levels (the default), or those of the formula always. */
  readonly learnt?: boolean;
}

/** Dispose it when done: it holds the network's parameters in the graph. */
export function modeSampler(
  trained: TrainedModes,
  { levels = 16, batch = 500, learnt = true }: FlowSize = {},
): ModeSampler {
  if (!(Number.isInteger(levels) && levels >= 2)) {
    throw new RangeError(`modeSampler: levels must be a whole number of at least 2, got ${levels}`);
  }
  const own = learnt ? trained.learntSteps?.find((steps) => steps.levels.length === levels) : undefined;
  return new ModeFlow(trained, own ?? logLevels(trained.range, levels), levels, batch);
}

/** Coordinates and the velocities of the last two levels, each [batch, K]. */
type FlowState<T> = Readonly<Record<"y" | "before" | "older", T>>;
type Given = Readonly<Record<string, tf.Tensor>>;
type FlowLoop = LoopProgram<FlowState<tf.Tensor>, { theta: tf.Tensor1D }, Given, Record<never, never>>;

interface Inputs {
  readonly tables: FlowTables;
  readonly geometry: VelocityGeometry;
}

class ModeFlow implements ModeSampler {
  private readonly raw: Calibration;
  private readonly theta: tf.Tensor1D;
  private readonly zero: tf.Tensor;
  private made: FlowLoop | undefined;
  /** The geometry of the condition that was asked for last. */
  private known: { readonly condition: ModeArrays; readonly geometry: VelocityGeometry } | undefined;

  constructor(
    private readonly trained: TrainedModes,
    private readonly steps: Float64Array | LearntSteps,
    readonly evaluations: number,
    private readonly batch: number,
  ) {
    this.raw = noCalibration(evaluations, trained.modes);
    this.theta = tf.tensor1d(velocityParameters(trained));
    this.zero = tf.zeros([batch, trained.modes]);
  }

  sample(condition: ModeArrays, count: number, stream: Stream, options?: FlowOptions): Promise<Float32Array> {
    return this.push(condition, Float32Array.from(stream.normals(count * this.trained.modes)), options);
  }

  async push(condition: ModeArrays, start: Float32Array, options: FlowOptions = {}): Promise<Float32Array> {
    const { name = "the condition", calibration = this.raw, onProgress, signal } = options;
    const { batch, evaluations: levels } = this;
    const K = this.trained.modes;
    const count = start.length / K;
    const inputs = this.inputs(condition, calibration);
    const result = new Float32Array(count * K);
    try {
      for (let done = 0; done < count; done += batch) {
        signal?.throwIfAborted();
        const y0 = new Float32Array(batch * K); // a last batch that is not full is padded
        y0.set(start.subarray(done * K, Math.min(count, done + batch) * K));
        const begin = this.from(y0);
        const kept = Math.min(batch, count - done) * K;
        const y = (await this.run(inputs, begin, 0, levels)).y.subarray(0, kept);
        if (!y.every(Number.isFinite)) await this.retrace(inputs, begin, kept, done, name);
        this.requireFinite(y, levels - 1, done, name);
        result.set(y, done * K);
        onProgress?.(Math.min(count, done + batch), count);
      }
    } finally {
      tf.dispose(Object.values(inputs.tables));
    }
    return result;
  }

  async calibrate(
    condition: ModeArrays,
    stream: Stream,
    {
      name = "the condition",
      count = trialFields,
      signal,
    }: { name?: string; count?: number; signal?: AbortSignal } = {},
  ): Promise<Calibration> {
    const K = this.trained.modes;
    const batches = Math.max(1, Math.round(count / this.batch));
    const trial = antithetic(stream, batches * this.batch, K);
    const found = await this.driftsOf(condition, trial, `${name}, calibration`, signal);
    const held = antithetic(stream.child("held back"), this.batch * Math.ceil(batches / 4), K);
    const plain = await this.push(condition, held, { name, signal });
    const corrected = await this.push(condition, held, { name, calibration: found, signal });
    return squaredDrift(corrected, held, K) < squaredDrift(plain, held, K) ? found : this.raw;
  }

  dispose(): void {
    this.made?.dispose();
    this.forget();
    tf.dispose([this.theta, this.zero]);
  }

  /** The corrections level by level, found from whole batches of trial fields that start at `start` [fields, K]. */
  private async driftsOf(
    condition: ModeArrays,
    start: Float32Array,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Calibration> {
    const { evaluations: levels } = this;
    const K = this.trained.modes;
    const size = this.batch * K;
    const y = start.slice();
    const states = Array.from({ length: start.length / size }, () => this.from(y));
    const found = noCalibration(levels, K);
    const inputs = this.inputs(condition, this.raw);
    try {
      for (let j = 0; j < levels; j++) {
        for (const [b, state] of states.entries()) {
          signal?.throwIfAborted();
          states[b] = await this.run(inputs, { ...state, y: y.slice(b * size, (b + 1) * size) }, j, 1);
          y.set(states[b].y, b * size);
        }
        this.requireFinite(y, j, 0, name);
        const drift = measureDrift(y, start, K);
        correct(y, drift);
        found.shift.set(drift.shift, j * K);
        found.map.set(drift.map, j * K * K);
      }
    } finally {
      tf.dispose(Object.values(inputs.tables));
    }
    return found;
  }

  private inputs(condition: ModeArrays, calibration: Calibration): Inputs {
    const geometry = this.geometryAt(condition);
    return { tables: flowTables(condition, this.trained, this.steps, calibration), geometry };
  }

  /** On a plane the network's ends are taken together with the modes. */
  private geometryAt(condition: ModeArrays): VelocityGeometry {
    if (this.known?.condition === condition) return this.known.geometry;
    this.forget();
    const geometry = velocityGeometry(this.trained, this.theta, condition);
    this.known = { condition, geometry };
    return geometry;
  }

  private forget(): void {
    if (this.known) tf.dispose(Object.values(this.known.geometry));
    this.known = undefined;
  }

  private from(y: Float32Array): FlowState<Float32Array> {
    const nothing = new Float32Array(this.batch * this.trained.modes);
    return { y, before: nothing, older: nothing };
  }

  /** `count` steps from level `first` on. */
  private async run(
    { tables, geometry }: Inputs,
    state: FlowState<Float32Array>,
    first: number,
    count: number,
  ): Promise<FlowState<Float32Array>> {
    const given: FlowTensors = { ...tables, ...geometry };
    this.made ??= this.compiled(given);
    this.made.write({ ...state });
    this.made.run(first, count, { ...given });
    await new Promise((resolve) => setImmediate(resolve)); // an interrupt is heard between two calls
    return (await this.made.read("y", "before", "older")) as FlowState<Float32Array>;
  }

  private compiled(inputs: FlowTensors): FlowLoop {
    return compileLoop({
      name: "mode flow",
      state: { y: this.zero, before: this.zero, older: this.zero },
      constants: { theta: this.theta },
      inputs: { ...inputs } as Given,
      step: (state, { theta }, given: Given, i) => ({ state: this.step(state, theta, given as FlowTensors, i) }),
    });
  }

  private step(
    { y, before, older }: FlowState<tf.Tensor>,
    theta: tf.Tensor1D,
    given: FlowTensors,
    i: tf.Scalar,
  ): FlowState<tf.Tensor> {
    const { network, modes: K, range, channels } = this.trained;
    const at = (table: tf.Tensor): tf.Tensor => gatherRows(table, i);
    const angle = at(given.angles);
    const F = modeVelocity(
      network,
      theta,
      given,
      y.expandDims(0) as tf.Tensor3D,
      at(given.logLevels).reshape([1, 1, 1]).tile([1, this.batch, 1]) as tf.Tensor3D,
      { cos: tf.cos(angle).reshape([1, 1, K]), sin: tf.sin(angle).reshape([1, 1, K]) },
      range,
      channels,
    ).squeeze([0]);
    const kept = at(given.keep).mul(y);
    const moved = kept.add(at(given.now).mul(F)).add(at(given.before).mul(before)).add(at(given.older).mul(older));
    const map = at(given.map).reshape<tf.Tensor2D>([K, K]);
    return { y: tf.matMul(moved.sub(at(given.shift)) as tf.Tensor2D, map), before: F, older: before };
  }

  /** Refuses coordinates y [fields, K] after level j that are not finite; `first` is the number of the first field. */
  private requireFinite(y: Float32Array, j: number, first: number, name: string): void {
    const bad = y.findIndex((x) => !Number.isFinite(x));
    if (bad < 0) return;
    const K = this.trained.modes;
    throw new UserError(
      `modeSampler: ${name}, field ${first + Math.floor(bad / K)}, whitened coordinate ${bad % K} is ${y[bad]} ` +
        `after level ${j + 1} of ${this.evaluations}. Remedy: more sampler.steps, or a model whose training converged.`,
    );
  }

  /** Goes from level to level once more, for the message alone, until one of the first `kept` numbers is not finite. */
  private async retrace(
    inputs: Inputs,
    begin: FlowState<Float32Array>,
    kept: number,
    first: number,
    name: string,
  ): Promise<void> {
    let state = begin;
    for (let j = 0; j < this.evaluations; j++) {
      state = await this.run(inputs, state, j, 1);
      this.requireFinite(state.y.subarray(0, kept), j, first, name);
    }
  }
}
