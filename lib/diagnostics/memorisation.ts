/**
 * Nearest-neighbour memorisation test (after Meehan, Chaudhuri and Dasgupta 2020): does the model repeat its training
 * fields?
 *   d(x) = distance of x to its nearest training field, in whitened leading modes of the training set.
 * Fresh solver fields have some law of d; a model that copies has smaller d. The Mann-Whitney statistic
 *   U = #{(i, k): d(gen_i) < d(fresh_k)} / (n m),  1/2 for equal laws,  var = (n + m + 1) / (12 n m),
 * holds for any law of d, given the training set. z > 0 towards copying; z < 0 means fields farther from the data than
 * fresh ones are, which is a fault of fidelity and not of memory.
 */
import type { Fields } from "../fields/fields";
import { checkComparable } from "./field-sample";
import { normalTail } from "../numerics/distributions";
import { centredTogether, nearestDistances } from "./pair-distances";
import { modeScores, principalModes } from "./principal-modes";
import { median } from "../numerics/statistics";

export interface Memorisation {
  readonly share: number; // U
  readonly z: number;
  readonly p: number; // one-sided, towards copying
  readonly nearestGenerated: number; // median d, in standard deviations of a mode
  readonly nearestFresh: number;
}

/** `training`: what the model saw; `fresh`: solver fields it did not see, at the same condition. */
export function memorisation(
  generated: Fields,
  { training, fresh, modes = 16 }: { training: Fields; fresh: Fields; modes?: number },
): Memorisation {
  checkComparable("memorisation", generated, training);
  checkComparable("memorisation", fresh, training);
  const basis = principalModes(training);
  const count = Math.min(modes, basis.count);
  const [g, t, f] = centredTogether(
    [generated, training, fresh].map((sample) => {
      return { points: modeScores(sample, basis, { count, whitened: true }), count: sample.count, dimension: count };
    }),
  );
  const dGen = nearestDistances(g, t);
  const dFresh = nearestDistances(f, t);
  const { share, z } = mannWhitney(dGen, dFresh);
  return { share, z, p: normalTail(z), nearestGenerated: median(dGen), nearestFresh: median(dFresh) };
}

/** Share of pairs with a < b (ties count one half) and its z against 1/2. */
export function mannWhitney(a: ArrayLike<number>, b: ArrayLike<number>): { share: number; z: number } {
  const [n, m] = [a.length, b.length];
  const pooled = [...Array.from(a, (v) => ({ v, own: 1 })), ...Array.from(b, (v) => ({ v, own: 0 }))];
  pooled.sort((p, q) => p.v - q.v);
  let rankSum = 0; // of a, ranks from 1, ties at their mean
  let tieTerm = 0;
  for (let i = 0; i < pooled.length;) {
    let j = i;
    while (j < pooled.length && pooled[j].v === pooled[i].v) j++;
    const rank = (i + 1 + j) / 2;
    for (let k = i; k < j; k++) rankSum += pooled[k].own * rank;
    tieTerm += (j - i) ** 3 - (j - i);
    i = j;
  }
  const share = 1 - (rankSum - (n * (n + 1)) / 2) / (n * m);
  const N = n + m;
  const variance = (N + 1 - tieTerm / (N * (N - 1))) / (12 * n * m);
  return { share, z: variance > 0 ? (share - 0.5) / Math.sqrt(variance) : 0 };
}
