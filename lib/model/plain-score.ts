/**
 * The score as the network itself gives it, s(x, z, t): no Gaussian part, the time is the schedule's t. Such a network
 * belongs to the schedule that it was trained with, since t alone tells it how much noise there is.
 */
import type { VariancePreserving } from "../diffusion/schedule";
import { type ResidentScore, withConstants } from "../diffusion/score";
import { tf } from "../graph/tensorflow";
import type { Network } from "../network/network";

export interface TrainedScore {
  readonly network: Network;
  /** The moving average of the parameters. */
  readonly theta: Float32Array;
  readonly channels: number;
  /** The schedule of the training. */
  readonly schedule: VariancePreserving;
}

/**
 * Score of x [batch, channels * cells] (network units, channel by channel) at one condition's features. Owns its
 * tensors until disposed.
 */
export function plainScore(
  { network, theta, channels }: Pick<TrainedScore, "network" | "theta" | "channels">,
  features: readonly number[],
): ResidentScore {
  const constants = { theta: tf.tensor1d(theta), features: tf.tensor2d([...features], [1, features.length]) };
  return withConstants(constants, (x, at, c) => {
    const [batch, dimension] = x.shape;
    const cells = dimension / channels;
    const byCell = x.reshape([batch, channels, cells]).transpose<tf.Tensor3D>([0, 2, 1]);
    const time = at.t.reshape<tf.Tensor2D>([1, 1]).tile<tf.Tensor2D>([batch, 1]);
    const score = network.apply(c.theta, byCell, c.features.tile<tf.Tensor2D>([batch, 1]), time);
    return score.transpose([0, 2, 1]).reshape<tf.Tensor2D>([batch, dimension]);
  });
}
