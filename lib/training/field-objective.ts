/**
 * What the objectives share that see whole fields at the times of a schedule. A batch: B fields x_0 drawn with
 * replacement, times t = tMin + (1 - tMin) u^2 with u stratified over the batch (dense where the noise is small),
 * x = alpha x_0 + sigma z. Loss: mean over batch and components of e^2, e the network's error; in bands of equal width
 * in u it is compared with that of a network that says 0.
 */
import { noised } from "../diffusion/noising";
import { type VariancePreserving, variancePreservingAt } from "../diffusion/schedule";
import { UserError } from "../errors/user-error";
import { gatherRows } from "../graph/gather-rows";
import { tf } from "../graph/tensorflow";
import type { Network } from "../network/network";
import { randomIntegers, randomNormal, randomUniform, seedTensor } from "../random/tensors";
import type { Stream } from "../random/stream";
import type { FieldPool } from "./field-pool";
import type { BatchLoss, Objective } from "./objective";

export interface FieldObjectiveOptions {
  /** Fields in a batch, a multiple of the number of bands. */
  readonly batch: number;
  readonly schedule: VariancePreserving;
}

/** A batch; alpha, sigma and t are [batch, 1]. */
export interface NoisedBatch {
  readonly x0: tf.Tensor2D;
  readonly z: tf.Tensor2D;
  readonly t: tf.Tensor2D;
  readonly alpha: tf.Tensor2D;
  readonly sigma: tf.Tensor2D;
}

/** The network's output [batch, dimension] at the batch, told the level of noise as it wants it [batch, any]. */
export type Apply = (level: tf.Tensor2D) => tf.Tensor;

const bands = 8;

/** t = tMin + (1 - tMin) u^2 of u in [0, 1]. */
export function timeOf(u: number, { tMin }: Pick<VariancePreserving, "tMin">): number {
  return tMin + (1 - tMin) * u * u;
}

/** `errors` gives e of the network and of one that says 0, [batch, dimension]. */
export function fieldObjective(
  network: Network,
  pool: FieldPool,
  stream: Stream,
  { batch, schedule }: FieldObjectiveOptions,
  errors: (batch: NoisedBatch, apply: Apply) => { own: tf.Tensor; zero: tf.Tensor },
): Objective {
  if (!(Number.isInteger(batch) && batch > 0 && batch % bands === 0)) {
    throw new UserError(
      `a batch of fields (training.conditions * training.fields) must be a multiple of ${bands}, got ${batch}`,
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
      .expandDims<tf.Tensor2D>(1);
    const { alpha, sigma } = variancePreservingAt(t, schedule);
    const z = randomNormal([batch, dimension], seeds[3]) as tf.Tensor2D;
    const x = noised(x0, z, alpha, sigma).reshape<tf.Tensor3D>([batch, cells, channels]);
    const apply: Apply = (level) => network.apply(theta, x, features, level).reshape([batch, dimension]);
    const { own, zero } = errors({ x0, z, t, alpha, sigma }, apply);
    const perField = own.square().mean(1);
    const byBand = (a: tf.Tensor): tf.Tensor => a.reshape([bands, batch / bands]).mean(1);
    const explained = tf.sub(1, byBand(perField).div(byBand(zero.square().mean(1)))) as tf.Tensor1D;
    return { loss: perField.mean() as tf.Scalar, explained };
  };
  const constants = {
    fields: tf.tensor2d(pool.fields, [N * count, dimension]),
    features: tf.tensor2d(pool.features, [N, pool.features.length / N]),
  };
  return { network, constants, bands, loss };
}
