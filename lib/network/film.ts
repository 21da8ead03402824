/**
 * Feature-wise linear modulation (Perez et al. 2018): h <- (1 + gamma(z)) h + beta(z), one gamma and beta for each
 * channel, from a perceptron of z = (conditions, sin(w_k t), cos(w_k t)[, t]).
 * The bias b of the convolution before it is folded into the shift, so that modulation and activation are one operation
 * (lib/graph/film):
 *   silu(a h + s),   a = 1 + gamma,   s = a b + beta,   silu(u) = u sigmoid(u).
 */
import { tf } from "../graph/tensorflow";
import type { Architecture } from "./architectures";

/** With its own gradient, which keeps u alone for the way back. */
export function silu(u: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [x, save] = args as [tf.Tensor, (tensors: tf.Tensor[]) => void];
    save([x]);
    return {
      value: x.mul(tf.sigmoid(x)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => dy.mul(siluSlope(saved[0])),
    };
  })(u);
}

/** silu'(u) = sigma + silu (1 - sigma). */
function siluSlope(u: tf.Tensor): tf.Tensor {
  const sigma = tf.sigmoid(u);
  const y = u.mul(sigma);
  return sigma.add(y).sub(y.mul(sigma));
}

/** Number of entries of z. */
export const featureCount = ({ conditions, time }: Architecture): number =>
  conditions + 2 * time.frequencies.length + (time.raw ? 1 : 0);

/** z [batch, featureCount]; with conditioning "none" the conditions are replaced by zeros. */
export function features(a: Architecture, conditions: tf.Tensor2D, time: tf.Tensor2D): tf.Tensor2D {
  const phases = time.mul<tf.Tensor2D>(tf.tensor2d([...a.time.frequencies], [1, a.time.frequencies.length]));
  const seen = a.conditioning === "none" ? tf.zerosLike(conditions) : conditions;
  return tf.concat2d([seen, tf.sin(phases), tf.cos(phases), ...(a.time.raw ? [time] : [])], 1);
}
