/** The velocity F of a trained network at many rows of one condition and one level of noise, compiled once. */
import { compile } from "../graph/compile";
import { tf } from "../graph/tensorflow";
import type { ModeArrays } from "./mode-geometry";
import { modeEnds } from "./mode-ends";
import { geometryTensors, modeVelocity, type VelocityGeometry, velocityParameters } from "./mode-velocity";
import type { TrainedModes } from "./trained-modes";

export interface FlowVelocity {
  /** F [count, K] at rows y [count, K] and u = log s; `rates` [K] are those of the angles, see lib/model/mode-angles. */
  at(condition: ModeArrays, y: Float32Array, logLevel: number, rates: Float64Array): Promise<Float32Array>;
  /** Frees the graph and the network's parameters in it. */
  dispose(): void;
}

/**
 * The geometry of a condition as a flow takes it, which the caller owns: the modes as fields, or, on a plane, the
 * network's ends taken together with them. `theta` as `velocityParameters` has it.
 */
export function velocityGeometry(
  { network, channels }: TrainedModes,
  theta: tf.Tensor1D,
  condition: ModeArrays,
): VelocityGeometry {
  const fields = geometryTensors(condition);
  const { parts } = network;
  if (!parts) return fields;
  const own = theta.slice([0], [network.size]);
  const { std, features, cumulants } = fields;
  const ends = tf.tidy(() => modeEnds(parts, own, fields, channels));
  tf.dispose([own, fields.modes, fields.inverseSpread]);
  return { std, features, cumulants, ...ends };
}

/** For `count` rows at a time. It keeps what it made of each condition. Dispose it. */
export function flowVelocity(trained: TrainedModes, count: number): FlowVelocity {
  const { modes: K, network, range, channels } = trained;
  const theta = tf.tensor1d(velocityParameters(trained));
  const known = new Map<ModeArrays, VelocityGeometry>();
  const geometryAt = (condition: ModeArrays): VelocityGeometry => {
    const found = known.get(condition) ?? velocityGeometry(trained, theta, condition);
    known.set(condition, found);
    return found;
  };
  let names: string[] = [];
  const evaluate = compile(
    (...inputs: tf.Tensor[]) => {
      const [y, level, angles, parameters, ...parts] = inputs;
      const geometry = Object.fromEntries(names.map((name, i) => [name, parts[i]])) as VelocityGeometry;
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
      const geometry = geometryAt(condition);
      const tensors: Record<string, tf.Tensor> = { ...geometry };
      names = Object.keys(tensors);
      const F = evaluate(...inputs, theta, ...Object.values(tensors));
      const values = await F.data<"float32">();
      tf.dispose([...inputs, F]);
      return values.slice();
    },
    dispose() {
      evaluate.dispose();
      theta.dispose();
      for (const geometry of known.values()) tf.dispose(Object.values(geometry));
      known.clear();
    },
  };
}
