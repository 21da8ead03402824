/**
 * How well generated ensembles follow their conditions: samples at several conditions against solver ensembles there,
 * channels alike.
 *   mean error     rms over conditions of |m_gen - m_ref| / |s_ref| (L2 over a profile, corrected for sampling noise)
 *   spread         geometric mean of |s_gen| / |s_ref|;  spread error  rms of its logarithm
 *   between        variance of the means between conditions, generated over solver, each without what sampling adds
 * A model that has collapsed within a condition has spread < 1, one that ignores the condition between = 0, and then a
 * spread that holds the variance of all conditions.
 */
import type { Fields } from "../fields/fields";
import { moments, profileRatios } from "./moments";
import { mean, sumOfSquares } from "../numerics/statistics";

export interface ConditionalError {
  readonly meanError: number;
  readonly spread: number;
  readonly spreadError: number;
  readonly between: number;
}

/** At least two conditions; sample k of both lists is at condition k. */
export function conditionalError(generated: readonly Fields[], reference: readonly Fields[]): ConditionalError {
  if (generated.length !== reference.length || reference.length < 2) {
    throw new RangeError(
      `conditionalError: expected samples at the same two or more conditions, got ${generated.length} and ` +
        `${reference.length}`,
    );
  }
  const ratios = generated.flatMap((sample, k) => profileRatios(sample, reference[k]));
  const logs = ratios.map(({ std }) => Math.log(std.ratio));
  const squares = ratios.map(({ bias }) => Math.sign(bias.corrected) * bias.corrected ** 2);
  const channels = Array.from({ length: reference[0].channels }, (_, channel) => channel);
  const shares = channels.map((channel) => betweenVariance(generated, channel) / betweenVariance(reference, channel));
  return {
    meanError: Math.sqrt(Math.max(0, mean(squares))),
    spread: Math.exp(mean(logs)),
    spreadError: Math.sqrt(mean(logs.map((x) => x * x))),
    between: mean(shares),
  };
}

/** Sum over cells of the variance of the conditions' means, less the sampling variance of these. */
function betweenVariance(samples: readonly Fields[], channel: number): number {
  const own = samples.map((sample) => moments(sample.channel(channel)));
  const middle = own[0].mean.map((_, j) => mean(own.map((m) => m.mean[j])));
  const scatter = own.reduce((sum, m) => sum + sumOfSquares(m.mean.map((x, j) => x - middle[j])), 0);
  const noise = mean(own.map((m, k) => sumOfSquares(m.std) / samples[k].count));
  return scatter / (own.length - 1) - noise;
}
