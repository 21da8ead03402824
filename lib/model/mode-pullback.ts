/**
 * The velocity of whitened modes at given rows, with what a change of the rows does to it along given directions: for
 * rows w_j of cotangents F [count, K] and w_j^T dF/dy [count, j, K], by reverse differentiation through the network.
 * What guidance by readings needs of a network.
 */
import { compile } from "../graph/compile";
import { tf } from "../graph/tensorflow";
import type { ModeArrays } from "./mode-geometry";
import { geometryTensors, modeVelocity, type ModeGeometry, velocityParameters } from "./mode-velocity";
import type { TrainedModes } from "./trained-modes";

export interface Pullback {
  /** F [count, K]. */
  readonly velocity: Float32Array;
  /** w_j^T dF/dy, [count, cotangents, K]. */
  readonly pulled: Float32Array;
}

export interface ModePullback {
  /**
   * Rows y [count, K] at a logarithm of the level, modes turned by angles given as cos and sin [K]; cotangents w [j,
   * K].
   */
  at(
    y: Float32Array,
    logLevel: number,
    angles: { cos: ArrayLike<number>; sin: ArrayLike<number> },
    cotangents: Float32Array,
  ): Promise<Pullback>;
  dispose(): void;
}

/** At one condition; `batch` rows a call. Dispose it: it holds the network's parameters. */
export function modePullback(trained: TrainedModes, condition: ModeArrays, { batch = 500 } = {}): ModePullback {
  const { modes: K, network, range, channels } = trained;
  const constants = [tf.tensor1d(velocityParameters(trained)), ...Object.values(geometryTensors(condition))];
  const evaluate = compile(
    (...inputs: tf.Tensor[]) => {
      const [y, level, cos, sin, cotangents, theta, basis, std, inverseSpread, features, cumulants] = inputs;
      const geometry = { modes: basis, std, inverseSpread, features, cumulants } as ModeGeometry;
      const angle = { cos: cos.reshape([1, 1, K]), sin: sin.reshape([1, 1, K]) };
      const levels = level.reshape([1, 1, 1]).tile([1, batch, 1]) as tf.Tensor3D;
      const F = (rows: tf.Tensor): tf.Tensor =>
        modeVelocity(
          network,
          theta as tf.Tensor1D,
          geometry,
          rows.expandDims(0) as tf.Tensor3D,
          levels,
          angle,
          range,
          channels,
        ).squeeze([0]);
      const pull = tf.grad(F);
      const pulled = tf.unstack(cotangents).map((w) => pull(y, w.reshape([1, K]).tile([batch, 1])));
      return [F(y), tf.stack(pulled, 1)];
    },
    { name: "mode pullback" },
  );
  return {
    async at(y, logLevel, { cos, sin }, cotangents) {
      const count = y.length / K;
      const m = cotangents.length / K;
      const [velocity, pulled] = [new Float32Array(count * K), new Float32Array(count * m * K)];
      for (let first = 0; first < count; first += batch) {
        const rows = new Float32Array(batch * K);
        rows.set(y.subarray(first * K, Math.min(count, first + batch) * K));
        const inputs = [
          tf.tensor2d(rows, [batch, K]),
          tf.tensor1d([logLevel]),
          tf.tensor1d(Float32Array.from(cos)),
          tf.tensor1d(Float32Array.from(sin)),
          tf.tensor2d(cotangents, [m, K]),
        ];
        const results = evaluate(...inputs, ...constants);
        const [F, P] = await Promise.all(results.map((result) => result.data<"float32">()));
        tf.dispose([...inputs, ...results]);
        const kept = Math.min(batch, count - first);
        velocity.set(F.subarray(0, kept * K), first * K);
        pulled.set(P.subarray(0, kept * m * K), first * m * K);
      }
      return { velocity, pulled };
    },
    dispose() {
      evaluate.dispose();
      tf.dispose(constants);
    },
  };
}
