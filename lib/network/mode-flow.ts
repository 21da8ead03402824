/**
 * Sampling by the probability flow in whitened modes. Along the flow dy_k / dtheta_k = E[v_k | y] = F_k(y), from y ~ N(0, I) at
 * theta near pi/2 to theta = 0: for Gaussian data F = 0 and nothing moves, so there is no error in the Gaussian part at any number of
 * steps and no mismatch of the start. Heun's method on levels s equidistant in log s, one Euler step from the last level to 0:
 * n levels cost 2 n - 1 evaluations. Modes beyond the network's K keep their Gaussian start.
 */
import { compile } from "../graph/compile";
import { compileLoop } from "../graph/compile-loop";
import { gatherRows } from "../graph/gather-rows";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import type { ModeArrays } from "./mode-geometry";
import { modeVelocity, type ModeGeometry, type NoiseRange } from "./mode-velocity";
import type { Network } from "./network";

export interface TrainedModes {
  readonly network: Network;
  /** The moving average of the parameters. */
  readonly theta: Float32Array;
  readonly modes: number;
  readonly range: NoiseRange;
  readonly gamma: number;
  readonly channels: number;
}

/** A sampler compiled once for a network and a batch size; conditions are handed in call by call. */
export interface ModeSampler {
  readonly evaluations: number;
  /** Draws whitened coordinates [count, K] at a condition. */
  sample(
    condition: ModeArrays,
    count: number,
    stream: Stream,
    options?: { onProgress?: (done: number, total: number) => void; signal?: AbortSignal },
  ): Promise<Float32Array>;
  dispose(): void;
}

/** `levels` >= 2 noise levels; `batch` fields a call. Dispose it when done: it holds the network's parameters in the graph. */
export function modeSampler(trained: TrainedModes, { levels = 10, batch = 500 } = {}): ModeSampler {
  if (!(Number.isInteger(levels) && levels >= 2)) {
    throw new RangeError(`modeSampler: levels must be a whole number of at least 2, got ${levels}`);
  }
  const { modes: K, range } = trained;
  const logLevels = Float64Array.from(
    { length: levels },
    (_, j) => range.max + (j / (levels - 1)) * (range.min - range.max),
  );
  const velocity = (
    p: tf.Tensor,
    y: tf.Tensor,
    level: tf.Tensor,
    angle: tf.Tensor,
    given: ConditionTensors,
  ): tf.Tensor =>
    modeVelocity(
      trained.network,
      p as tf.Tensor1D,
      given as unknown as ModeGeometry,
      y.expandDims(0) as tf.Tensor3D,
      level.reshape([1, 1, 1]).tile([1, batch, 1]) as tf.Tensor3D,
      { cos: tf.cos(angle).reshape([1, 1, K]), sin: tf.sin(angle).reshape([1, 1, K]) },
      range,
      trained.channels,
    ).squeeze([0]);

  const theta = tf.tensor1d(trained.theta);
  const heunLoop = (y: tf.Tensor2D, inputs: ConditionTensors) =>
    compileLoop({
      name: "mode flow",
      state: { y: y as tf.Tensor },
      constants: { theta: theta as tf.Tensor },
      inputs,
      step: (state, constants, given: ConditionTensors, i) => {
        const next = i.add(tf.scalar(1, "int32"));
        const at = (table: tf.Tensor, j: tf.Tensor): tf.Tensor => gatherRows(table, j);
        const turn = at(given.angles, next).sub(at(given.angles, i));
        const F = (x: tf.Tensor, j: tf.Tensor): tf.Tensor =>
          velocity(constants.theta, x, at(given.logLevels, j), at(given.angles, j), given);
        const first = F(state.y, i);
        const second = F(state.y.add(turn.mul(first)), next);
        return { state: { y: state.y.add(turn.mul(first.add(second)).mul(0.5)) } };
      },
    });
  let heun: ReturnType<typeof heunLoop> | undefined;
  const lastStep = compile(
    (p: tf.Tensor, y: tf.Tensor, ...given: tf.Tensor[]) => {
      const c = Object.fromEntries(
        conditionTensorNames.map((name, k) => [name, given[k]]),
      ) as unknown as ConditionTensors;
      const angle = c.angles.slice([levels - 1, 0], [1, K]);
      return y.sub(angle.mul(velocity(p, y, c.logLevels.slice([levels - 1], [1]), angle, c)));
    },
    { name: "mode flow, last step" },
  );

  return {
    evaluations: 2 * levels - 1,
    async sample(condition, count, stream, { onProgress, signal } = {}) {
      const inputs = conditionTensors(condition, trained, logLevels);
      const result = new Float32Array(count * K);
      try {
        for (let done = 0; done < count; done += batch) {
          signal?.throwIfAborted();
          const start = tf.tensor2d(Float32Array.from(stream.normals(batch * K, done * K)), [batch, K]);
          if (heun) heun.write({ y: start });
          else heun = heunLoop(start, inputs);
          heun.run(0, levels - 1, inputs);
          const { y } = heun.tensors("y");
          const final = lastStep(theta, y, ...conditionTensorNames.map((name) => inputs[name]));
          result.set(final.dataSync<"float32">().subarray(0, Math.min(batch, count - done) * K), done * K);
          tf.dispose([start, y, final]);
          onProgress?.(Math.min(count, done + batch), count);
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        tf.dispose(Object.values(inputs));
      }
      const bad = result.findIndex((x) => !Number.isFinite(x));
      if (bad >= 0)
        throw new Error(`modeSampler: coordinate ${bad % K} of field ${Math.floor(bad / K)} is ${result[bad]}`);
      return result;
    },
    dispose() {
      heun?.dispose();
      lastStep.dispose();
      theta.dispose();
    },
  };
}

const conditionTensorNames = ["modes", "std", "inverseSpread", "features", "angles", "logLevels"] as const;
type ConditionTensors = Readonly<Record<(typeof conditionTensorNames)[number], tf.Tensor>>;

/** What a call needs of its condition; theta_k at every level [levels, K] is in double precision until stored. */
function conditionTensors(
  condition: ModeArrays,
  { modes: K, gamma }: TrainedModes,
  logLevels: Float64Array,
): ConditionTensors {
  const dimension = condition.inverseSpread.length;
  const angles = new Float32Array(logLevels.length * K);
  logLevels.forEach((log, j) => {
    for (let k = 0; k < K; k++) {
      angles[j * K + k] = Math.atan(Math.exp(log) * (condition.std[0] / condition.std[k]) ** gamma);
    }
  });
  return {
    modes: tf.tensor3d(condition.basis, [1, dimension, K]),
    std: tf.tensor2d(condition.std, [1, K]),
    inverseSpread: tf.tensor2d(condition.inverseSpread, [1, dimension]),
    features: tf.tensor2d(condition.features, [1, condition.features.length]),
    angles: tf.tensor2d(angles, [logLevels.length, K]),
    logLevels: tf.tensor1d(Float32Array.from(logLevels)),
  };
}
