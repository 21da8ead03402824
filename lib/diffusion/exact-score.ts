/**
 * Scores that need no training, of the same type as the network's.
 *
 * Gaussian data N(mu, V diag(lambda) V^T): x_t is N(alpha mu, V diag(alpha^2 lambda + sigma^2) V^T), so with
 * r = x - alpha mu, y = V^T r
 *   s = -V (y / (alpha^2 lambda + sigma^2)) - (r - V y) / sigma^2,
 * the last term only where V does not span the space. The eigenbasis avoids a matrix inverse of condition number
 * lambda_1 / sigma^2.
 *
 * Finite ensemble Y_1..Y_n (the law that a network trained on it for ever would learn): a mixture of n equal isotropic
 * Gaussians,
 *   s = (alpha sum_i w_i Y_i - x) / sigma^2,   w = softmax_i( (alpha x.Y_i - alpha^2 |Y_i|^2 / 2) / sigma^2 ).
 * x and Y are taken relative to the ensemble's mean: the products then lose no digits to a common offset, and
 * differences of exponents between members that are not near-duplicates keep their relative accuracy in single
 * precision at every sigma.
 */
import type { GaussianLaw } from "../gaussian/principal-law";
import { inHalves } from "../graph/halves";
import { tf } from "../graph/tensorflow";
import { type ResidentScore, withConstants } from "./score";

/**
 * N(mean, modes diag(variance) modes^T): mean [dimension], modes [dimension, rank] row-major with orthonormal columns,
 * variance [rank].
 */
export type EigenGaussian = Omit<GaussianLaw, "spread">;

type GaussianTensors = { mean: tf.Tensor2D; modes: tf.Tensor2D; variance: tf.Tensor2D };

function checkGaussian({ dimension, rank, mean, modes, variance }: EigenGaussian): void {
  if (mean.length !== dimension || variance.length !== rank || modes.length !== dimension * rank || rank > dimension) {
    throw new RangeError(
      `gaussianScore: expected mean [${dimension}], modes [${dimension}, ${rank}] and variance [${rank}] with ` +
        `rank <= dimension, got lengths ${mean.length}, ${modes.length}, ${variance.length}`,
    );
  }
  const bad = variance.findIndex((v) => !(v >= 0));
  if (bad >= 0)
    throw new RangeError(`gaussianScore: variances must not be negative, got ${variance[bad]} in mode ${bad}`);
}

const gaussianTensors = (law: EigenGaussian): GaussianTensors => ({
  mean: tf.tensor2d(Float32Array.from(law.mean), [1, law.dimension]),
  modes: tf.tensor2d(Float32Array.from(law.modes), [law.dimension, law.rank]),
  variance: tf.tensor2d(Float32Array.from(law.variance), [1, law.rank]),
});

/** Exact score of noised Gaussian data at every noise level. The caller disposes it. */
export function gaussianScore(law: EigenGaussian): ResidentScore {
  checkGaussian(law);
  return withConstants(gaussianTensors(law), (x, at, { mean, modes, variance }) => {
    const [dimension, rank] = modes.shape;
    const noise = at.sigma.square();
    const total = variance.mul<tf.Tensor2D>(at.alpha.square()).add<tf.Tensor2D>(noise);
    const r = x.sub<tf.Tensor2D>(mean.mul(at.alpha));
    const y = tf.matMul(r, modes);
    const inside = tf.neg(tf.matMul(y.div<tf.Tensor2D>(total), modes, false, true)) as tf.Tensor2D;
    if (rank === dimension) return inside;
    return inside.sub<tf.Tensor2D>(r.sub<tf.Tensor2D>(tf.matMul(y, modes, false, true)).div(noise));
  });
}

/**
 * Exact score of the noised finite ensemble `fields` [n, dimension]; needs memory for [batch, n]. The caller disposes
 * it (not `fields`).
 */
export function empiricalScore(fields: tf.Tensor2D): ResidentScore {
  if (fields.shape[0] < 1) throw new RangeError("empiricalScore: needs at least one field, got none");
  const constants = tf.tidy(() => {
    const centre = fields.mean<tf.Tensor2D>(0, true);
    const members = fields.sub<tf.Tensor2D>(centre);
    return { centre, members, halfSquares: members.square().sum(1).mul(0.5).expandDims<tf.Tensor2D>(0) };
  });
  return withConstants(constants, (x, at, { centre, members, halfSquares }) => {
    const noise = at.sigma.square();
    const scoreOf = (rows: tf.Tensor2D): tf.Tensor2D => {
      const r = rows.sub<tf.Tensor2D>(centre.mul(at.alpha));
      const products = tf.matMul(r, members, false, true);
      const exponents = products.sub(halfSquares.mul(at.alpha)).mul(at.alpha.div(noise));
      const mean = tf.matMul(tf.softmax(exponents, 1), members);
      return mean.mul<tf.Tensor2D>(at.alpha).sub<tf.Tensor2D>(r).div(noise);
    };
    return inHalves(scoreOf, x);
  });
}

/**
 * A score on coordinates w = V^T (x_0 - mean) of data that lie in the plane mean + V w, as a score of the whole space:
 * with r = x - alpha mean and
 * w = V^T r,  s = V s_w(w) - (r - V w) / sigma^2. V [dimension, rank] row-major with orthonormal columns. Takes
 * ownership of `inner`.
 */
export function scoreInPlane(
  inner: ResidentScore,
  plane: Pick<EigenGaussian, "dimension" | "rank" | "mean" | "modes">,
): ResidentScore {
  const { dimension, rank } = plane;
  const own = {
    planeMean: tf.tensor2d(Float32Array.from(plane.mean), [1, dimension]),
    planeModes: tf.tensor2d(Float32Array.from(plane.modes), [dimension, rank]),
  };
  const all: Record<string, tf.Tensor> = { ...inner.constants, ...own };
  return withConstants(all, (x, at, constants) => {
    const modes = constants.planeModes as tf.Tensor2D;
    const r = x.sub<tf.Tensor2D>(constants.planeMean.mul(at.alpha));
    const w = tf.matMul(r, modes) as tf.Tensor2D;
    const noise = at.sigma.square();
    const lifted = inner(w, at, constants).add<tf.Tensor2D>(w.div(noise));
    return tf.matMul(lifted, modes, false, true).sub<tf.Tensor2D>(r.div(noise));
  });
}
