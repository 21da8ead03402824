/** Forward noising: x_t = alpha x_0 + sigma z. */
import { tf } from "../graph/tensorflow";

/** x_0, z [batch, dimension]; alpha, sigma scalars or [batch, 1]. */
export function noised(x0: tf.Tensor2D, z: tf.Tensor2D, alpha: tf.Tensor, sigma: tf.Tensor): tf.Tensor2D {
  return x0.mul<tf.Tensor2D>(alpha).add(z.mul(sigma));
}
