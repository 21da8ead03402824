/**
 * The conditional velocity F(y, z, s) of whitened modes, as a convolutional FiLM network acting on fields.
 *
 * The first K modes y enter as two fields on the grid: the coloured field D^-1 V diag(lambda)^(1/2) y, which is the noisy field in units of
 * its own spread at each cell, and the white field (dim/K)^(1/2) V y, in which small modes are as visible as large ones. The
 * network's output field f returns to modes by V^T: signs and rotations of the modes cancel, so no convention for them is needed.
 *   F = g(theta) V^T f,   g_k = 2.5 cos^2(theta_k) (sin(theta_k) + 0.05)
 * The factor g is the shape that weak skewness gives to F exactly; beyond the trained noise levels it takes F to 0, the Gaussian answer.
 */
import { tf } from "../graph/tensorflow";
import type { Network } from "./network";

/** The geometry of the modes at each condition; rows of `modes` are ordered cell by cell, channels inside. */
export interface ModeGeometry {
  /** [conditions, dimension, K] */
  readonly modes: tf.Tensor3D;
  /** Standard deviations lambda^(1/2) [conditions, K]. */
  readonly std: tf.Tensor2D;
  /** Reciprocal spread of the field at each cell [conditions, dimension]; 0 where the field is certain. */
  readonly inverseSpread: tf.Tensor2D;
  /** Condition features [conditions, P]. */
  readonly features: tf.Tensor2D;
}

/** log(s / lambda_1^(1/2)) is the network's time; mapped to [-1, 1] over the trained range and held at its ends. */
export interface NoiseRange {
  readonly min: number;
  readonly max: number;
}

const outputGain = 2.5;

/**
 * F [conditions, repeats, K] for noisy modes y [conditions, repeats, K] at log relative noise levels [conditions, repeats, 1], with the angles'
 * cos and sin [conditions, repeats, K]. Pure tensor operations; the caller's tidy owns the intermediate tensors.
 */
export function modeVelocity(
  network: Network,
  theta: tf.Tensor1D,
  geometry: ModeGeometry,
  y: tf.Tensor3D,
  logLevel: tf.Tensor3D,
  angle: { cos: tf.Tensor; sin: tf.Tensor },
  range: NoiseRange,
  channels: number,
): tf.Tensor3D {
  const [conditions, repeats, modes] = y.shape;
  const dimension = geometry.modes.shape[1];
  const cells = dimension / channels;
  const both = tf.concat([y.mul(geometry.std.expandDims(1)), y.mul(Math.sqrt(dimension / modes))], 1) as tf.Tensor3D;
  const fields = tf.matMul(both, geometry.modes, false, true); // [conditions, 2 repeats, dimension]
  const coloured = fields
    .slice([0, 0, 0], [conditions, repeats, dimension])
    .mul(geometry.inverseSpread.expandDims(1))
    .reshape([conditions * repeats, cells, channels]);
  const white = fields
    .slice([0, repeats, 0], [conditions, repeats, dimension])
    .reshape([conditions * repeats, cells, channels]);
  const features = geometry.features
    .expandDims(1)
    .tile([1, repeats, 1])
    .reshape([conditions * repeats, -1]);
  const time = tf
    .clipByValue(
      logLevel
        .sub(range.min)
        .mul(2 / (range.max - range.min))
        .sub(1),
      -1,
      1,
    )
    .reshape([conditions * repeats, 1]);
  const output = network
    .apply(theta, tf.concat([coloured, white], 2) as tf.Tensor3D, features as tf.Tensor2D, time as tf.Tensor2D)
    .reshape([conditions, repeats, dimension]) as tf.Tensor3D;
  const gain = angle.cos.square().mul(angle.sin.add(0.05)).mul(outputGain);
  return tf.matMul(output, geometry.modes).mul(gain) as tf.Tensor3D;
}
