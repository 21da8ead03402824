/** A flow of six modes by a network of one number, at conditions that are skewed alike in all modes. */
import type { tf } from "../../lib/graph/tensorflow";
import type { ModeArrays } from "../../lib/model/mode-geometry";
import type { TrainedModes } from "../../lib/model/trained-modes";

export const K = 6;
const identity = Float32Array.from({ length: K * K }, (_, at) => (at % (K + 1) === 0 ? 1 : 0));

/** Standard deviations fall from mode to mode by `ratio`; T_kkk = skewness. */
export const conditionOf = (ratio: number, skewness: number): ModeArrays => ({
  basis: identity,
  std: Float32Array.from({ length: K }, (_, k) => ratio ** k),
  inverseSpread: new Float32Array(K).fill(1),
  features: Float32Array.of(0),
  cumulants: Float32Array.from({ length: K ** 3 }, (_, at) => (at % (K * K + K + 1) === 0 ? skewness : 0)),
});

/** The network's output is a function of its white input and of its one parameter, whose value is `share`. */
export function flowBy(share: number, output: (white: tf.Tensor3D, theta: tf.Tensor) => tf.Tensor): TrainedModes {
  return {
    network: {
      parameters: [{ name: "share", shape: [1], initial: { kind: "zeros" } }],
      size: 1,
      initial: () => Float32Array.of(share),
      apply: (theta, x) => output(x.slice([0, 0, 1], [-1, -1, 1]), theta) as tf.Tensor3D,
    },
    theta: Float32Array.of(share),
    modes: K,
    range: { min: -5, max: Math.log(8) },
    gamma: 0.5,
    channels: 1,
  };
}
