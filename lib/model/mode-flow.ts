/**
 * Sampling by the probability flow in whitened modes. Along the flow dy_k / dtheta_k = E[v_k | y] = F_k(y), from
 * y ~ N(0, I) at theta near pi/2 to theta = 0: for Gaussian data F = 0 and nothing moves, so there is no error in the
 * Gaussian part at any number of steps and no mismatch of the start. Levels s are equidistant in u = log s, in which F
 * is smoothest, and each costs one evaluation: the three-step Adams-Bashforth method with the known speed of the angles
 * integrated exactly,
 *   y_k += sum_m F_k(u_(j-m)) int_(u_j)^(u_(j+1)) l_m(u) (dtheta_k / du) du,   l_m Lagrange's polynomials on the last three levels.
 * Modes beyond the network's K keep their Gaussian start. After each step a calibration (self-calibration.ts) may
 * correct the drift.
 */
import { compileLoop } from "../graph/compile-loop";
import { gatherRows } from "../graph/gather-rows";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import { UserError } from "../errors/user-error";
import type { ModeArrays } from "./mode-geometry";
import {
  geometryTensors,
  logLevels,
  modeVelocity,
  type ModeGeometry,
  type NoiseRange,
  velocityParameters,
} from "./mode-velocity";
import type { Network } from "../network/network";
import { type Calibration, correct, measureDrift, noCalibration, squaredDrift } from "./self-calibration";

export interface TrainedModes {
  readonly network: Network;
  /** The moving average of the parameters. */
  readonly theta: Float32Array;
  /** The linear term that keeps the variance, c [levels, K] of variance-term.ts, where the model has one. */
  readonly varianceTerm?: Float32Array;
  readonly modes: number;
  readonly range: NoiseRange;
  readonly gamma: number;
  readonly channels: number;
}

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

/**
 * `levels` >= 2 noise levels; `batch` fields a call. Dispose it when done: it holds the network's parameters in the
 * graph.
 */
export function modeSampler(trained: TrainedModes, { levels = 16, batch = 500 } = {}): ModeSampler {
  if (!(Number.isInteger(levels) && levels >= 2)) {
    throw new RangeError(`modeSampler: levels must be a whole number of at least 2, got ${levels}`);
  }
  const { modes: K, range } = trained;
  const u = logLevels(range, levels);
  const raw = noCalibration(levels, K);
  const theta = tf.tensor1d(velocityParameters(trained));
  const zero = tf.zeros([batch, K]);
  const makeLoop = (inputs: FlowTensors) =>
    compileLoop({
      name: "mode flow",
      state: { y: zero as tf.Tensor, before: zero as tf.Tensor, older: zero as tf.Tensor },
      constants: { theta: theta as tf.Tensor },
      inputs,
      step: (state, constants, given: FlowTensors, i) => {
        const at = (table: tf.Tensor): tf.Tensor => gatherRows(table, i);
        const angle = at(given.angles);
        const F = modeVelocity(
          trained.network,
          constants.theta as tf.Tensor1D,
          given as ModeGeometry,
          state.y.expandDims(0) as tf.Tensor3D,
          at(given.logLevels).reshape([1, 1, 1]).tile([1, batch, 1]) as tf.Tensor3D,
          { cos: tf.cos(angle).reshape([1, 1, K]), sin: tf.sin(angle).reshape([1, 1, K]) },
          range,
          trained.channels,
        ).squeeze([0]);
        const moved = state.y
          .add(at(given.now).mul(F))
          .add(at(given.before).mul(state.before))
          .add(at(given.older).mul(state.older));
        const map = at(given.map).reshape<tf.Tensor2D>([K, K]);
        return {
          state: { y: tf.matMul(moved.sub(at(given.shift)) as tf.Tensor2D, map), before: F, older: state.before },
        };
      },
    });
  let made: ReturnType<typeof makeLoop> | undefined;
  const run = async (inputs: FlowTensors, state: FlowState, first: number, count: number): Promise<FlowState> => {
    made ??= makeLoop(inputs);
    made.write({ ...state });
    made.run(first, count, inputs);
    await new Promise((resolve) => setImmediate(resolve)); // an interrupt is heard between two calls
    return (await made.read("y", "before", "older")) as FlowState;
  };
  /** Refuses coordinates y [fields, K] after level j that are not finite; `first` is the number of the first field. */
  const requireFinite = (y: Float32Array, j: number, first: number, name: string): void => {
    const bad = y.findIndex((x) => !Number.isFinite(x));
    if (bad < 0) return;
    throw new UserError(
      `modeSampler: ${name}, field ${first + Math.floor(bad / K)}, whitened coordinate ${bad % K} is ${y[bad]} after level ${j + 1} ` +
        `of ${levels}. Remedy: more sampler.steps, or a model whose training converged.`,
    );
  };

  const push: ModeSampler["push"] = async (condition, start, options = {}) => {
    const { name = "the condition", calibration = raw, onProgress, signal } = options;
    const count = start.length / K;
    const inputs = flowTensors(condition, trained, u, calibration);
    const result = new Float32Array(count * K);
    const nothing = new Float32Array(batch * K);
    try {
      for (let done = 0; done < count; done += batch) {
        signal?.throwIfAborted();
        const y0 = new Float32Array(batch * K); // a last batch that is not full is padded
        y0.set(start.subarray(done * K, Math.min(count, done + batch) * K));
        const begin: FlowState = { y: y0, before: nothing, older: nothing };
        const kept = Math.min(batch, count - done) * K;
        const y = (await run(inputs, begin, 0, levels)).y.subarray(0, kept);
        if (!y.every(Number.isFinite)) {
          // level by level once more, for the message alone
          let state = begin;
          for (let j = 0; j < levels; j++) {
            state = await run(inputs, state, j, 1);
            requireFinite(state.y.subarray(0, kept), j, done, name);
          }
          requireFinite(y, levels - 1, done, name);
        }
        result.set(y, done * K);
        onProgress?.(Math.min(count, done + batch), count);
      }
    } finally {
      tf.dispose(Object.values(inputs));
    }
    return result;
  };

  return {
    evaluations: levels,
    sample(condition, count, stream, options) {
      return push(condition, Float32Array.from(stream.normals(count * K)), options);
    },
    push,
    async calibrate(condition, stream, { name = "the condition", count = trialFields, signal } = {}) {
      const batches = Math.max(1, Math.round(count / batch));
      const start = antithetic(stream, batches * batch, K);
      const y = start.slice();
      const size = batch * K;
      const nothing = new Float32Array(size);
      const states = Array.from({ length: batches }, (): FlowState => ({
        y: nothing,
        before: nothing,
        older: nothing,
      }));
      const found = noCalibration(levels, K);
      const inputs = flowTensors(condition, trained, u, raw);
      try {
        for (let j = 0; j < levels; j++) {
          for (let b = 0; b < batches; b++) {
            signal?.throwIfAborted();
            states[b] = await run(inputs, { ...states[b], y: y.slice(b * size, (b + 1) * size) }, j, 1);
            y.set(states[b].y, b * size);
          }
          requireFinite(y, j, 0, `${name}, calibration`);
          const drift = measureDrift(y, start, K);
          correct(y, drift);
          found.shift.set(drift.shift, j * K);
          found.map.set(drift.map, j * K * K);
        }
      } finally {
        tf.dispose(Object.values(inputs));
      }
      const held = antithetic(stream.child("held back"), batch * Math.ceil(batches / 4), K);
      const [plain, corrected] = [
        await push(condition, held, { name, signal }),
        await push(condition, held, { name, calibration: found, signal }),
      ];
      return squaredDrift(corrected, held, K) < squaredDrift(plain, held, K) ? found : raw;
    },
    dispose() {
      made?.dispose();
      tf.dispose([theta, zero]);
    },
  };
}

/** Standard normal starts [count, K], the second half the opposites of the first. */
export function antithetic(stream: Stream, count: number, K: number): Float32Array {
  const half = stream.normals((count * K) / 2);
  return Float32Array.from({ length: count * K }, (_, i) => (i < half.length ? half[i] : -half[i - half.length]));
}

/** Coordinates and the velocities of the last two levels, each [batch, K]. */
interface FlowState {
  readonly y: Float32Array;
  readonly before: Float32Array;
  readonly older: Float32Array;
}

type FlowTensors = Readonly<
  Record<
    | "modes"
    | "std"
    | "inverseSpread"
    | "features"
    | "cumulants"
    | "angles"
    | "logLevels"
    | "now"
    | "before"
    | "older"
    | "shift"
    | "map",
    tf.Tensor
  >
>;

/**
 * Gauss-Legendre points and weights on [-1, 1]: exact to degree 11, beyond what the smooth integrands below can tell.
 */
const gauss = [
  [-0.932469514203152, 0.17132449237917036],
  [-0.6612093864662645, 0.3607615730481386],
  [-0.2386191860831969, 0.46791393457269104],
  [0.2386191860831969, 0.46791393457269104],
  [0.6612093864662645, 0.3607615730481386],
  [0.932469514203152, 0.17132449237917036],
];

/**
 * Coefficients of F at levels j, j - 1 and j - 2 in the step from level j (zeros beyond `order` levels): integrals of
 * the Lagrange polynomials in u = log s against dtheta/du = rate e^u / (1 + rate^2 e^(2u)). Fewer levels at the start;
 * from the last level F is held constant down to theta = 0.
 */
export function adamsCoefficients(logLevels: Float64Array, j: number, rate: number, order: 1 | 2 | 3 = 3): number[] {
  const u = logLevels[j];
  if (j === logLevels.length - 1) return [-Math.atan(rate * Math.exp(u)), 0, 0];
  const next = logLevels[j + 1];
  const known = Math.min(order, j + 1);
  const result = [0, 0, 0];
  for (const [point, weight] of gauss) {
    const v = (u + next) / 2 + ((next - u) / 2) * point;
    const speed = (rate * Math.exp(v)) / (1 + (rate * Math.exp(v)) ** 2);
    for (let m = 0; m < known; m++) {
      let basis = 1;
      for (let n = 0; n < known; n++) {
        if (n !== m) basis *= (v - logLevels[j - n]) / (logLevels[j - m] - logLevels[j - n]);
      }
      result[m] += ((next - u) / 2) * weight * speed * basis;
    }
  }
  return result;
}

/**
 * What a call needs of its condition. Angles and the method's coefficients [levels, K] are in double precision until
 * stored.
 */
function flowTensors(
  condition: ModeArrays,
  { modes: K, gamma }: TrainedModes,
  logLevels: Float64Array,
  calibration: Calibration,
): FlowTensors {
  const levels = logLevels.length;
  const angles = new Float32Array(levels * K);
  const coefficients = [0, 1, 2].map(() => new Float32Array(levels * K)); // of F now, one and two levels ago
  for (let k = 0; k < K; k++) {
    const rate = (condition.std[0] / condition.std[k]) ** gamma;
    for (let j = 0; j < levels; j++) {
      angles[j * K + k] = Math.atan(rate * Math.exp(logLevels[j]));
      adamsCoefficients(logLevels, j, rate).forEach((c, m) => (coefficients[m][j * K + k] = c));
    }
  }
  const table = (values: Float32Array): tf.Tensor => tf.tensor2d(values, [levels, values.length / levels]);
  return {
    ...geometryTensors(condition),
    angles: table(angles),
    logLevels: tf.tensor1d(Float32Array.from(logLevels)),
    now: table(coefficients[0]),
    before: table(coefficients[1]),
    older: table(coefficients[2]),
    shift: table(calibration.shift),
    map: table(calibration.map),
  };
}
