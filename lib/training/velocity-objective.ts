/**
 * Denoising objective for the velocity v = alpha z - sigma x_0 (lib/network/velocity-score) on the batches of
 * field-objective.ts:
 *   loss = mean over batch and components of (v - F(x, z, t))^2.
 * It is the score's loss (score-objective.ts) divided by alpha^2, which does not let the levels of much noise fade:
 * there x tells nothing, the best F is -E[x_0 | z], and the loss is what the condition leaves open of the fields. F = 0
 * has the loss 1.
 */
import { levelFeature } from "../model/velocity-score";
import type { Network } from "../network/network";
import type { Stream } from "../random/stream";
import { fieldObjective, type FieldObjectiveOptions } from "./field-objective";
import type { FieldPool } from "./field-pool";
import type { Objective } from "./objective";

/** `explained` compares with F = 0. */
export function velocityObjective(
  network: Network,
  pool: FieldPool,
  stream: Stream,
  options: FieldObjectiveOptions,
): Objective {
  const level = levelFeature(options.schedule);
  return fieldObjective(network, pool, stream, options, ({ x0, z, alpha, sigma }, F) => {
    const v = z.mul(alpha).sub(x0.mul(sigma));
    return { own: v.sub(F(level(alpha, sigma))), zero: v };
  });
}
