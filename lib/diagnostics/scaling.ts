/**
 * Divisors that make channels of different units comparable before fields are put into one distance. With s_j the
 * standard deviation of the reference in cell j of a channel:
 *   "profile"   |s|_2 of the channel, the same divisor in every cell (the scaling of record; |scaled fluctuation|^2 has
 *               mean 1),
 *   "largest"   the largest s_j of the channel,
 *   "cell"      each cell by its own s_j.
 * What is returned are the factors 1 / divisor; a cell that does not vary in the reference has factor 0 under "cell"
 * and is left to the boundary checks, which are exact.
 */
import type { Fields } from "../fields/fields";
import { rowAt } from "../numerics/rows";
import { sumOfSquares } from "../numerics/statistics";
import { meanAndSpread, moments } from "./moments";

export type Scaling = "profile" | "largest" | "cell";

/** Factors [channels * cells] by which fields are multiplied. A channel that does not vary at all is refused. */
export function scalingFactors(reference: Fields, scaling: Scaling = "profile"): Float64Array {
  const { std } = meanAndSpread(reference);
  const varying = scaling === "cell" ? moments(reference).standardError.mean : undefined;
  const { channels, cells } = reference;
  const factors = new Float64Array(channels * cells);
  for (let channel = 0; channel < channels; channel++) {
    const own = rowAt(std, channel, cells);
    const largest = own.reduce((a, b) => Math.max(a, b), 0);
    if (!(largest > 0))
      throw new RangeError(`scalingFactors: channel ${channel} of the reference does not vary at all`);
    const norm = scaling === "largest" ? largest : Math.sqrt(sumOfSquares(own));
    const error = varying && rowAt(varying, channel, cells);
    const each = own.map((s, j) => (error === undefined ? 1 / norm : error[j] > 0 ? 1 / s : 0));
    factors.set(each, channel * cells);
  }
  return factors;
}

/** values * factors, row by row, less an optional centre (a copy, [count, d]). */
export function scaled(sample: Fields, factors: Float64Array, centre?: Float64Array): Float64Array {
  const d = sample.size;
  if (factors.length !== d) throw new RangeError(`scaled: expected ${d} factors, got ${factors.length}`);
  const out = new Float64Array(sample.values.length);
  for (let i = 0; i < sample.count; i++) {
    for (let j = 0; j < d; j++) out[i * d + j] = (sample.values[i * d + j] - (centre ? centre[j] : 0)) * factors[j];
  }
  return out;
}
