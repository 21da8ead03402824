/**
 * Noise in whitened modes. With N(mu, V diag(lambda) V^T) the conditional Gaussian, a field is x = mu + V
 * diag(lambda)^(1/2) y0, where the modes y0 have mean 0 and unit covariance. Noise of level s (standard deviation in
 * the units of x) turns mode k by an angle:
 *
 *   y_k = cos(theta_k) y0_k + sin(theta_k) z_k,   theta_k = atan(s a_k),
 *   a_k = lambda_1^(-1/2) (lambda_1 / lambda_k)^(gamma/2).
 *
 * gamma = 1 is ordinary white noise in x (then y = diag(lambda + s^2)^(-1/2) V^T (x + s n - mu)), so that a
 * variance-preserving process at time t has s = sigma(t) / alpha(t); gamma = 0 turns all modes together; between them
 * noise is graded from fine to coarse modes. The velocity v_k = cos(theta_k) z_k - sin(theta_k) y0_k has conditional
 * mean F_k = E[v_k | y]. For Gaussian data F = 0 at every level and for every gamma: a network for F starts as the
 * exact model of the Gaussian part and learns the rest. From F follow
 *   y0 = cos(theta) y - sin(theta) F   and   z = sin(theta) y + cos(theta) F.
 */
import { tf } from "../graph/tensorflow";

/** Cosine and sine of theta = atan(level * rate), elementwise with broadcasting; no cancellation at either end. */
export function angles(level: tf.Tensor, rates: tf.Tensor): { cos: tf.Tensor; sin: tf.Tensor } {
  const tangent = level.mul(rates);
  const cos = tf.rsqrt(tangent.square().add(1));
  return { cos, sin: tangent.mul(cos) };
}
