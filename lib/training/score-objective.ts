/**
 * Denoising score matching (Vincent 2011; Song et al. 2021) for a network s(x, z, t) that learns the whole score: the
 * objective of the original study, on the batches of field-objective.ts. With the target -z / sigma and the weight
 * sigma^2, which lets every level weigh alike,
 *   loss = mean over batch and components of sigma^2 (s + z / sigma)^2 = (sigma s + z)^2.
 * The score zero has the loss 1; the true score has less by what x_t tells about z.
 */
import type { Network } from "../network/network";
import type { Stream } from "../random/stream";
import { fieldObjective, type FieldObjectiveOptions } from "./field-objective";
import type { FieldPool } from "./field-pool";
import type { Objective } from "./objective";

/** `explained` compares with the score zero. */
export const scoreObjective = (
  network: Network,
  pool: FieldPool,
  stream: Stream,
  options: FieldObjectiveOptions,
): Objective =>
  fieldObjective(network, pool, stream, options, ({ t, sigma, z }, score) => ({
    own: score(t).mul(sigma).add(z),
    zero: z,
  }));
