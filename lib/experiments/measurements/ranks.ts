/**
 * Is the truth one draw of the posterior? Then its rank among many draws, or its value under the posterior's
 * distribution function, is uniform on [0, 1] over measurements, and central bands hold their share of truths (Talts,
 * Betancourt, Simpson, Vehtari, Gelman: Validating Bayesian Inference Algorithms with Simulation-Based Calibration,
 * 2018, https://arxiv.org/abs/1804.06788). Looked at in the middle of the domain, in each channel.
 */
import { chiSquareTail } from "../../numerics/distributions";
import { effectiveSize, normalisedWeights } from "../../numerics/importance-weights";
import { type Observations, type Sensors } from "../../inverse/observations";
import { bankReadings, type FieldBank, logLikelihoodsOf } from "./banks";

export interface RankRow {
  readonly method: string;
  readonly channel: string;
  readonly measurements: number;
  /** Measurements with the truth in each of equal parts of [0, 1]. */
  readonly counts: readonly number[];
  /** Chi-square of uniform counts. */
  readonly p: number;
  /** Mean effective number of fields of a weighted bank; of few, no rank is right. */
  readonly ess?: number;
  /** Shares of the truths in the central 50 and 90 %. */
  readonly coverage: { readonly half: number; readonly most: number };
}

/**
 * Parts of [0, 1]; with ten draws of a posterior the truth has eleven ranks, so ranks are given with their own number
 * of parts.
 */
const parts = 20;

/** A row of ranks in [0, 1]: `levels` + 1 equal ranks for `levels` draws, as many as one likes for a weighted bank. */
export function rankRow(method: string, channel: string, ranks: readonly number[], ofDraws?: number): RankRow {
  const bins = ofDraws === undefined ? parts : ofDraws + 1;
  const counts = new Array<number>(bins).fill(0);
  for (const rank of ranks) counts[Math.min(bins - 1, Math.floor(rank * bins))]++;
  const expected = ranks.length / bins;
  const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  const within = (share: number): number =>
    ranks.filter((rank) => Math.abs(rank - 0.5) <= share / 2).length / ranks.length;
  const coverage = { half: within(0.5), most: within(0.9) };
  return { method, channel, measurements: ranks.length, counts, p: chiSquareTail(chiSquare, bins - 1), coverage };
}

/**
 * Of each measurement the mean effective number of fields, and the share of a bank's posterior below the truth at
 * `place` of a field.
 */
export function bankRanks(
  bank: FieldBank,
  of: Sensors,
  measurements: readonly Observations[],
  truths: FieldBank,
  places: readonly number[],
): { ranks: number[][]; ess: number } {
  const readings = bankReadings(bank, of);
  const { fields, size } = bank;
  const ranks = places.map((): number[] => []);
  let ess = 0;
  measurements.forEach((d, i) => {
    const logs = logLikelihoodsOf(readings, d);
    const weights = normalisedWeights(logs);
    ess += effectiveSize(logs) / measurements.length;
    places.forEach((place, k) => {
      const truth = truths.fields[i * truths.size + place];
      let below = 0;
      for (let n = 0; n < weights.length; n++) if (fields[n * size + place] < truth) below += weights[n];
      ranks[k].push(below);
    });
  });
  return { ranks, ess };
}

/** The rank of a truth among draws, the ties of a rank broken by u in (0, 1): (number below + u) / (draws + 1). */
export function rankAmong(draws: ArrayLike<number>, truth: number, u: number): number {
  let below = 0;
  for (let k = 0; k < draws.length; k++) if (draws[k] < truth) below++;
  return (below + u) / (draws.length + 1);
}
