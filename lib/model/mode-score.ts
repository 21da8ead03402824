/**
 * The score of noised fields from the velocity of whitened modes: exact for the Gaussian part, learned for the rest.
 *
 * With s = sigma / alpha and x / alpha - mu = V w + w_perp (w_perp has no variance in the data),
 * y = diag(lambda + s^2)^(-1/2) w and theta = atan(s lambda^(-1/2)), the noise contained in x has the conditional mean
 *   E[z | x] = V (sin(theta) y + cos(theta) F) + w_perp / s,
 *   F_k = 0 for the modes k > K that the network does not see,
 * and score = -E[z | x] / sigma. This is the noise that a variance-preserving process adds (gamma = 1 in
 * lib/model/mode-angles).
 */
import { tf } from "../graph/tensorflow";
import type { GaussianLaw } from "../gaussian/conditional-gaussian";
import { type ResidentScore, withConstants } from "../diffusion/score";
import type { TrainedModes } from "./trained-modes";
import type { ModeArrays } from "./mode-geometry";
import { geometryTensors, type ModeGeometry, modeVelocity, velocityParameters } from "./mode-velocity";

export interface ModeScoreOptions {
  readonly law: GaussianLaw;
  readonly channels: number;
  /** The trained part; without it the score is the Gaussian's. */
  readonly trained?: Omit<TrainedModes, "gamma" | "channels"> & { readonly geometry: ModeArrays };
}

/**
 * Score of x [batch, dimension] (network units, channel by channel) at one condition. Owns its tensors until disposed.
 */
export function modeScore({ law, channels, trained }: ModeScoreOptions): ResidentScore {
  const { dimension, rank } = law;
  if (law.spread)
    throw new RangeError(
      "modeScore: white noise needs the modes of the covariance, got those of the correlation matrix",
    );
  const constants: Record<string, tf.Tensor> = {
    mean: tf.tensor2d(Float32Array.from(law.mean), [1, dimension]),
    all: tf.tensor2d(Float32Array.from(law.modes), [dimension, rank]),
    allStd: tf.tensor2d(Float32Array.from(law.variance, Math.sqrt), [1, rank]),
    ...(trained && { theta: tf.tensor1d(velocityParameters(trained)), ...geometryTensors(trained.geometry) }),
  };
  return withConstants(constants, (x, at, c) => {
    const batch = x.shape[0];
    const s = at.sigma.div(at.alpha);
    const deviation = x.div(at.alpha).sub(c.mean) as tf.Tensor2D;
    const w = tf.matMul(deviation, c.all as tf.Tensor2D);
    const spread = tf.sqrt(c.allStd.square().add(s.square()));
    const sin = s.div(spread); // [1, rank]
    const y = w.div(spread);
    let noise: tf.Tensor = sin.mul(y);
    if (trained) {
      const K = trained.modes;
      const seen = Math.min(K, rank);
      const padded = (a: tf.Tensor, right: number): tf.Tensor =>
        tf.pad(a as tf.Tensor2D, [
          [0, 0],
          [0, right],
        ]);
      const first = (a: tf.Tensor): tf.Tensor => padded(a.slice([0, 0], [a.shape[0], seen]), K - seen);
      const level = tf.log(s.div(c.allStd.slice([0, 0], [1, 1])));
      const angle = { cos: first(c.allStd.div(spread)), sin: first(sin) };
      const F = modeVelocity(
        trained.network,
        c.theta as tf.Tensor1D,
        c as Record<string, tf.Tensor> & ModeGeometry,
        first(y).expandDims(0) as tf.Tensor3D,
        level.reshape([1, 1, 1]).tile([1, batch, 1]) as tf.Tensor3D,
        { cos: angle.cos.expandDims(0), sin: angle.sin.expandDims(0) },
        trained.range,
        channels,
      ).squeeze([0]);
      noise = noise.add(padded(F.mul(angle.cos).slice([0, 0], [batch, seen]), rank - seen));
    }
    // w_perp / s = (deviation - V w) / s joins the modes' part: one product with V^T instead of two.
    const total = tf
      .matMul(noise.sub(w.div(s)) as tf.Tensor2D, c.all as tf.Tensor2D, false, true)
      .add(deviation.div(s));
    return total.neg().div(at.sigma) as tf.Tensor2D;
  });
}
