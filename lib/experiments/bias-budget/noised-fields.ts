/** Where the forward process arrives from given fields, with the noise that a sampler's start would have. */
import { tf } from "../../graph/tensorflow";
import type { Stream } from "../../random/stream";
import { randomNormal, seedTensor } from "../../random/tensors";

/**
 * alpha x_0 + sigma z with the very z that the sampler's standard normal start has in batch after batch, [count,
 * dimension].
 */
export function noised(
  fields: Float64Array,
  dimension: number,
  o: { source: Stream; batch: number; alpha: number; sigma: number },
): tf.Tensor2D {
  const { source, batch, alpha, sigma } = o;
  const count = fields.length / dimension;
  return tf.tidy(() => {
    const batches = Array.from({ length: Math.ceil(count / batch) }, (_, b) => {
      const seed = seedTensor(source.child(b).child("start"), tf.scalar(0, "int32"));
      return randomNormal([batch, dimension], seed) as tf.Tensor2D;
    });
    const z = tf.concat2d(batches, 0).slice([0, 0], [count, dimension]);
    const x0 = tf.tensor2d(Float32Array.from(fields), [count, dimension]);
    return x0.mul(alpha).add<tf.Tensor2D>(z.mul(sigma));
  });
}
