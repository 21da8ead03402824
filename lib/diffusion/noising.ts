/**
 * Forward noising and denoising score matching (Vincent 2011). With x_t = alpha x_0 + sigma z, the conditional score is
 * -z / sigma, and
 *
 *   E | s(x_t, t) + z / sigma |^2 w(t)   is smallest at the true score, for every weight w > 0.
 *
 * Two targets are in use: the score itself with weight sigma^2 (so that all levels weigh alike: the loss equals |sigma
 * s + z|^2), and the noise, F = E[z | x_t] = -sigma s, with weight 1. They are the same loss in different units; their
 * sum over the dimension is (dimension) at s = 0.
 */
import { tf } from "../graph/tensorflow";

/** x_0, z [batch, dimension]; alpha, sigma scalars or [batch, 1]. */
export function noised(x0: tf.Tensor2D, z: tf.Tensor2D, alpha: tf.Tensor, sigma: tf.Tensor): tf.Tensor2D {
  return x0.mul<tf.Tensor2D>(alpha).add(z.mul(sigma));
}

export type MatchingTarget = "score" | "noise";

/** The regression target [batch, dimension] and the weight of its squared error (a scalar or [batch, 1]). */
export function matchingTarget(
  kind: MatchingTarget,
  z: tf.Tensor2D,
  sigma: tf.Tensor,
): { target: tf.Tensor2D; weight: tf.Tensor } {
  return kind === "score"
    ? { target: z.neg().div(sigma), weight: sigma.square() }
    : { target: z, weight: tf.scalar(1) };
}

/** Mean over batch and dimension of weight |output - target|^2. */
export function matchingLoss(output: tf.Tensor2D, target: tf.Tensor2D, weight: tf.Tensor): tf.Scalar {
  return output.sub(target).square().mul(weight).mean();
}
