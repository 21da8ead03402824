/** The velocity F of a trained network at many rows of one condition and one level of noise, compiled once. */
import { compile } from "../graph/compile";
import { tf } from "../graph/tensorflow";
import type { ModeArrays } from "./mode-geometry";
import { geometryTensors, modeVelocity, type ModeGeometry, velocityParameters } from "./mode-velocity";
import type { TrainedModes } from "./trained-modes";

export interface FlowVelocity {
  /** F [count, K] at rows y [count, K] and u = log s; `rates` [K] are those of the angles, see lib/model/mode-angles. */
  at(condition: ModeArrays, y: Float32Array, logLevel: number, rates: Float64Array): Promise<Float32Array>;
  /** Frees the graph and the network's parameters in it. */
  dispose(): void;
}

/** For `count` rows at a time. Dispose it. */
export function flowVelocity(trained: TrainedModes, count: number): FlowVelocity {
  const { modes: K, network, range, channels } = trained;
  const theta = tf.tensor1d(velocityParameters(trained));
  const evaluate = compile(
    (...inputs: tf.Tensor[]) => {
      const [y, level, angles, parameters, modes, std, inverseSpread, features, cumulants] = inputs;
      const geometry = { modes, std, inverseSpread, features, cumulants } as ModeGeometry;
      const angle = { cos: tf.cos(angles).reshape([1, 1, K]), sin: tf.sin(angles).reshape([1, 1, K]) };
      const levels = level.reshape([1, 1, 1]).tile([1, count, 1]) as tf.Tensor3D;
      const rows = y as tf.Tensor3D;
      return modeVelocity(network, parameters as tf.Tensor1D, geometry, rows, levels, angle, range, channels);
    },
    { name: "velocity along the flow" },
  );
  return {
    async at(condition, y, logLevel, rates) {
      const inputs = [
        tf.tensor3d(y, [1, count, K]),
        tf.tensor1d([logLevel]),
        tf.tensor1d(Float32Array.from(rates, (rate) => Math.atan(rate * Math.exp(logLevel)))),
      ];
      const geometry = Object.values(geometryTensors(condition));
      const F = evaluate(...inputs, theta, ...geometry);
      const values = await F.data<"float32">();
      tf.dispose([...inputs, ...geometry, F]);
      return values.slice();
    },
    dispose() {
      evaluate.dispose();
      theta.dispose();
    },
  };
}
