/**
 * Denoising score matching (Vincent 2011; Song et al. 2021) for a network s(x, z, t) that learns the whole score: the
 * objective of the original study.
 *
 * A batch: B fields x_0 drawn with replacement, times t = tMin + (1 - tMin) u^2 with u stratified over the batch (dense
 * where the noise is small), x_t = alpha x_0 + sigma z. With the target -z / sigma and the weight sigma^2, which lets
 * every level weigh alike,
 *   loss = mean over batch and components of sigma^2 (s + z / sigma)^2 = (sigma s + z)^2.
 * The score zero has the loss 1; the true score has less by what x_t tells about z.
 */
import { noised } from "../diffusion/noising";
import { type VariancePreserving, variancePreservingAt } from "../diffusion/schedule";
import { gatherRows } from "../graph/gather-rows";
import { tf } from "../graph/tensorflow";
import type { Network } from "../network/network";
import { randomIntegers, randomNormal, randomUniform, seedTensor } from "../random/tensors";
import type { Stream } from "../random/stream";
import { UserError } from "../errors/user-error";
import type { FieldPool } from "./field-pool";
import type { BatchLoss, Objective } from "./objective";

export interface ScoreObjectiveOptions {
  /** Fields in a batch, a multiple of the number of bands. */
  readonly batch: number;
  readonly schedule: VariancePreserving;
}

const bands = 8;

/** t = tMin + (1 - tMin) u^2 of u in [0, 1]. */
export function timeOf(u: number, { tMin }: Pick<VariancePreserving, "tMin">): number {
  return tMin + (1 - tMin) * u * u;
}

/** Bands are of equal width in u; `explained` compares with the score zero. */
export function scoreObjective(
  network: Network,
  pool: FieldPool,
  stream: Stream,
  { batch, schedule }: ScoreObjectiveOptions,
): Objective {
  if (!(Number.isInteger(batch) && batch > 0 && batch % bands === 0)) {
    throw new UserError(
      `scoreObjective: a batch (training.conditions * training.fields) must be a multiple of ${bands}, got ${batch}`,
    );
  }
  const { cells, channels, count } = pool;
  const dimension = cells * channels;
  const N = pool.conditions.length;
  const streams = ["condition", "field", "time", "noise"].map((name) => stream.child(name));

  const loss = (theta: tf.Tensor1D, constants: Record<string, tf.Tensor>, i: tf.Scalar): BatchLoss => {
    const seeds = streams.map((s) => seedTensor(s, i));
    const chosen = randomIntegers([batch], seeds[0], N);
    const row = randomIntegers([batch], seeds[1], count).add(chosen.mul(tf.scalar(count, "int32")));
    const x0 = gatherRows<tf.Tensor2D>(constants.fields, row);
    const features = gatherRows<tf.Tensor2D>(constants.features, chosen);
    const u = tf
      .range(0, batch)
      .add(randomUniform([batch], seeds[2]))
      .div(batch);
    const t = u
      .square()
      .mul(1 - schedule.tMin)
      .add(schedule.tMin)
      .expandDims(1) as tf.Tensor2D;
    const { alpha, sigma } = variancePreservingAt(t, schedule);
    const z = randomNormal([batch, dimension], seeds[3]) as tf.Tensor2D;
    const x = noised(x0, z, alpha, sigma).reshape<tf.Tensor3D>([batch, cells, channels]);
    const score = network.apply(theta, x, features, t).reshape([batch, dimension]);
    const perField = score.mul(sigma).add(z).square().mean(1);
    const byBand = (a: tf.Tensor): tf.Tensor => a.reshape([bands, batch / bands]).mean(1);
    const explained = tf.sub(1, byBand(perField).div(byBand(z.square().mean(1)))) as tf.Tensor1D;
    return { loss: perField.mean() as tf.Scalar, explained };
  };
  const constants = {
    fields: tf.tensor2d(pool.fields, [N * count, dimension]),
    features: tf.tensor2d(pool.features, [N, pool.features.length / N]),
  };
  return { network, constants, bands, loss };
}
