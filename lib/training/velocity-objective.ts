/**
 * Denoising objective for the velocity v = alpha z - sigma x_0 (lib/network/velocity-score): with x = alpha x_0 + sigma
 * z and the times of the original study, t = tMin + (1 - tMin) u^2, u stratified over the batch,
 *   loss = mean over batch and components of (v - F(x, z, t))^2.
 * It is the score's loss (lib/training/score-objective) divided by alpha^2, which does not let the levels of much noise
 * fade: there x tells nothing, the best F is -E[x_0 | z], and the loss is what the condition leaves open of the fields.
 * F = 0 has the loss 1.
 */
import { noised } from "../diffusion/noising";
import { type VariancePreserving, variancePreservingAt } from "../diffusion/schedule";
import { gatherRows } from "../graph/gather-rows";
import { tf } from "../graph/tensorflow";
import type { Network } from "../network/network";
import { levelFeature } from "../model/velocity-score";
import { randomIntegers, randomNormal, randomUniform, seedTensor } from "../random/tensors";
import type { Stream } from "../random/stream";
import { UserError } from "../errors/user-error";
import type { FieldPool } from "./field-pool";
import type { BatchLoss, Objective } from "./objective";

export interface VelocityObjectiveOptions {
  /** Fields in a batch, a multiple of the number of bands. */
  readonly batch: number;
  readonly schedule: VariancePreserving;
}

const bands = 8;

/** Bands are of equal width in u; `explained` compares with F = 0. */
export function velocityObjective(
  network: Network,
  pool: Pick<FieldPool, "conditions" | "count" | "cells" | "channels" | "fields" | "features">,
  stream: Stream,
  { batch, schedule }: VelocityObjectiveOptions,
): Objective {
  if (!(Number.isInteger(batch) && batch > 0 && batch % bands === 0)) {
    throw new UserError(`velocityObjective: a batch must be a positive multiple of ${bands}, got ${batch}`);
  }
  const { cells, channels, count } = pool;
  const dimension = cells * channels;
  const N = pool.conditions.length;
  const streams = ["condition", "field", "time", "noise"].map((name) => stream.child(name));
  const level = levelFeature(schedule);

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
    const v = z.mul(alpha).sub(x0.mul(sigma));
    const F = network.apply(theta, x, features, level(alpha, sigma)).reshape([batch, dimension]);
    const perField = v.sub(F).square().mean(1);
    const byBand = (a: tf.Tensor): tf.Tensor => a.reshape([bands, batch / bands]).mean(1);
    const explained = tf.sub(1, byBand(perField).div(byBand(v.square().mean(1)))) as tf.Tensor1D;
    return { loss: perField.mean() as tf.Scalar, explained };
  };
  const constants = {
    fields: tf.tensor2d(pool.fields, [N * count, dimension]),
    features: tf.tensor2d(pool.features, [N, pool.features.length / N]),
  };
  return { network, constants, bands, loss };
}
