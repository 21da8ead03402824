/**
 * A score that starts as the standard normal's, whatever the condition: Karras et al. (2022), section 5, for a
 * variance-preserving process and data of unit variance. With x = alpha x_0 + sigma z and alpha^2 + sigma^2 = 1 let
 * v = alpha z - sigma x_0 (Salimans & Ho 2022). Then z = sigma x + alpha v, and a network F for v gives
 *
 *   s(x, z, t) = -(x + (alpha / sigma) F).
 *
 * The network is asked for numbers of order one at every noise level, and sees the level as log(sigma / alpha), scaled
 * to [-1, 1] over the schedule. Nothing here depends on the condition: what a model of this kind knows of it, its
 * network has learned.
 */
import { type VariancePreserving, variancePreserving } from "../diffusion/schedule";
import { type ResidentScore, withConstants } from "../diffusion/score";
import { tf } from "../graph/tensorflow";
import type { Network } from "../network/network";

/** What the network sees of the noise level, from alpha and sigma of any shape. */
export function levelFeature(settings: VariancePreserving): <T extends tf.Tensor>(alpha: T, sigma: T) => T {
  const schedule = variancePreserving(settings);
  const logRatio = (t: number): number => Math.log(schedule.sigma(t) / schedule.alpha(t));
  const [least, largest] = [logRatio(schedule.tMin), logRatio(schedule.tMax)];
  return <T extends tf.Tensor>(alpha: T, sigma: T): T =>
    sigma
      .div<T>(alpha)
      .log()
      .sub((largest + least) / 2)
      .div<T>((largest - least) / 2);
}

export interface TrainedVelocity {
  readonly network: Network;
  readonly theta: Float32Array;
  readonly channels: number;
  /** The schedule of the training. */
  readonly schedule: VariancePreserving;
}

/**
 * Score of x [rows, channels * cells] (network units, channel by channel), each row at its own condition: features
 * [rows, P]. Owns its tensors until disposed.
 */
export function velocityScore(
  { network, theta, channels, schedule }: TrainedVelocity,
  features: Float32Array,
  rows: number,
): ResidentScore {
  const level = levelFeature(schedule);
  const constants = {
    theta: tf.tensor1d(theta),
    features: tf.tensor2d(features, [rows, features.length / rows]),
  };
  return withConstants(constants, (x, at, c) => {
    const [batch, dimension] = x.shape;
    const cells = dimension / channels;
    const byCell = x.reshape([batch, channels, cells]).transpose<tf.Tensor3D>([0, 2, 1]);
    const time = level(at.alpha, at.sigma).reshape<tf.Tensor2D>([1, 1]).tile<tf.Tensor2D>([batch, 1]);
    const F = network.apply(c.theta, byCell, c.features, time);
    const byChannel = F.transpose([0, 2, 1]).reshape<tf.Tensor2D>([batch, dimension]);
    return x.add<tf.Tensor2D>(byChannel.mul(at.alpha.div(at.sigma))).neg();
  });
}
