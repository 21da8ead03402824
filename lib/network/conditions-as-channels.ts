/**
 * Conditions appended to the input as channels, while the noise level keeps its modulation (FiLM). Beside
 * `concatenated`, which sends both through the input, it tells what FiLM does for the condition from what it does for
 * the noise level.
 *
 * The channels are constant from one position of the convolutions to the next; the cells of a patch share the
 * conditions among them, so that they enter the first projection once and the cost stays that of the other networks to
 * a few per cent.
 */
import { tf } from "../graph/tensorflow";
import type { Architecture } from "./architectures";
import type { Network } from "./network";
import { scoreNetwork } from "./score-network";

/** The architecture of the network inside. */
export function withConditionChannels(a: Architecture): Architecture {
  const channels = Math.ceil(a.conditions / a.patch);
  return { ...a, name: `${a.name}, conditions as channels`, conditioning: "none", channelsIn: a.channelsIn + channels };
}

/** A network of a's inputs: x [batch, cells, channelsIn]. */
export function conditionsAsChannels(a: Architecture): Network {
  const inner = scoreNetwork(withConditionChannels(a));
  const channels = Math.ceil(a.conditions / a.patch);
  const positions = a.cells / a.patch;
  return {
    ...inner,
    apply: (theta, x, conditions, time) => {
      const [batch] = x.shape;
      const patch = conditions
        .pad([
          [0, 0],
          [0, channels * a.patch - a.conditions],
        ])
        .reshape<tf.Tensor4D>([batch, 1, a.patch, channels]);
      const along = patch.tile([1, positions, 1, 1]).reshape<tf.Tensor3D>([batch, a.cells, channels]);
      return inner.apply(theta, tf.concat3d([x, along], 2), conditions, time);
    },
  };
}
