/**
 * Mixture of Gaussians, a law of several modes whose score is known: s = sum_k w_k(x) s_k(x), w_k the posterior
 * probability of component k.
 */
import { type EigenGaussian, gaussianScore } from "../../lib/diffusion/exact-score";
import { type NoiseLevel, type ResidentScore, withConstants } from "../../lib/diffusion/score";
import { tf } from "../../lib/graph/tensorflow";

/** Exact score of a noised mixture; `weight` need not be normalised. The caller disposes it. */
export function gaussianMixtureScore(
  components: readonly { readonly weight: number; readonly law: EigenGaussian }[],
): ResidentScore {
  const scores = components.map(({ law }) => gaussianScore(law));
  const constants = Object.fromEntries(
    scores.flatMap((score, k) => Object.entries(score.constants).map(([name, t]) => [`${name}${k}`, t])),
  );
  return withConstants(constants, (x, at, c) => {
    const terms = components.map(({ weight }, k) => {
      const own = { mean: c[`mean${k}`], modes: c[`modes${k}`], variance: c[`variance${k}`] };
      return { score: scores[k](x, at, own), log: logDensity(x, at, own).add<tf.Tensor2D>(Math.log(weight)) };
    });
    const logs = tf.concat2d(
      terms.map(({ log }) => log),
      1,
    );
    const posterior = tf.split(tf.softmax(logs, 1), terms.length, 1);
    return terms.map(({ score }, k) => score.mul<tf.Tensor2D>(posterior[k])).reduce((sum, term) => sum.add(term));
  });
}

/** Of the noised Gaussian, up to the constant of the dimension [batch, 1]. */
function logDensity(x: tf.Tensor2D, at: NoiseLevel, { mean, modes, variance }: Record<string, tf.Tensor>): tf.Tensor2D {
  const [dimension, rank] = modes.shape;
  const noise = at.sigma.square();
  const total = variance.mul(at.alpha.square()).add(noise);
  const r = x.sub<tf.Tensor2D>(mean.mul(at.alpha));
  const y = tf.matMul(r, modes as tf.Tensor2D);
  const inner = y.square().div(total).sum(1, true).add(total.log().sum(1, true));
  const rest = r
    .sub(tf.matMul(y, modes as tf.Tensor2D, false, true))
    .square()
    .sum(1, true)
    .div(noise);
  const outer = rest.add(noise.log().mul(dimension - rank));
  return (dimension > rank ? inner.add<tf.Tensor2D>(outer) : inner).mul(-0.5) as tf.Tensor2D;
}
