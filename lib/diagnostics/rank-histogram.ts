/**
 * Rank histogram: where do generated values fall among reference values? Along one coordinate (a whitened mode, a cell)
 * the pooled sample is cut into B bins of equal count; n_b generated and m_b reference values fall into bin b. For
 * equal laws
 *   X = sum_b (n_b - e_b)^2 / e_b + (m_b - f_b)^2 / f_b ~ chi-square(B - 1),   e_b = n c_b / (n + m),
 *   f_b = m c_b / (n + m),
 * c_b = n_b + m_b (two-sample homogeneity; both samples' noise is in it). The histogram shown is n_b / e_b: flat for
 * equal laws, sloped for a bias, a bowl for too wide and a dome for too narrow a spread.
 */
import type { Fields } from "../fields/fields";
import { checkComparable } from "./field-sample";
import { chiSquareTail } from "../numerics/distributions";
import { pooledScores } from "./principal-modes";

export interface RankHistogram {
  readonly relative: readonly number[]; // n_b / e_b per bin
  readonly standardError: number; // of one bin for equal laws
  readonly chiSquare: number;
  readonly freedom: number;
  readonly p: number;
}

/** Rank histogram of two samples of numbers. */
export function rankHistogram(generated: Float64Array, reference: Float64Array, bins = 20): RankHistogram {
  const [n, m] = [generated.length, reference.length];
  if (!(bins >= 2 && n >= 5 * bins && m >= 5 * bins)) {
    throw new RangeError(`rankHistogram: ${bins} bins need at least ${5 * bins} values a side, got ${n} and ${m}`);
  }
  const pooled = new Float64Array(n + m);
  pooled.set(generated);
  pooled.set(reference, n);
  pooled.sort();
  const edges = Array.from({ length: bins - 1 }, (_, b) => pooled[Math.floor(((b + 1) * (n + m)) / bins)]);
  const count = (values: Float64Array) => {
    const counts = new Float64Array(bins);
    for (const v of values) {
      let b = 0;
      while (b < bins - 1 && v >= edges[b]) b++;
      counts[b]++;
    }
    return counts;
  };
  const [gen, ref] = [count(generated), count(reference)];
  const filled = Array.from(gen, (_, b) => b).filter((b) => gen[b] + ref[b] > 0); // ties may leave a bin empty
  let chiSquare = 0;
  for (const b of filled) {
    const both = gen[b] + ref[b];
    const [e, f] = [(n * both) / (n + m), (m * both) / (n + m)];
    chiSquare += (gen[b] - e) ** 2 / e + (ref[b] - f) ** 2 / f;
  }
  const freedom = Math.max(1, filled.length - 1);
  return {
    relative: Array.from(gen, (g, b) => (gen[b] + ref[b] > 0 ? (g * (n + m)) / (n * (gen[b] + ref[b])) : 1)),
    standardError: Math.sqrt((m / (n + m)) * (bins / n) * (1 - 1 / bins)),
    chiSquare,
    freedom,
    p: chiSquareTail(chiSquare, freedom),
  };
}

/** One histogram for each of the leading `modes` whitened modes of both samples together. */
export function modeRankHistograms(
  generated: Fields,
  reference: Fields,
  options: { modes?: number; bins?: number } = {},
): RankHistogram[] {
  checkComparable("modeRankHistograms", generated, reference);
  const { modes, generated: x, reference: y } = pooledScores(generated, reference, options.modes ?? 16);
  const column = (scores: Float64Array, k: number) =>
    Float64Array.from({ length: scores.length / modes }, (_, i) => scores[i * modes + k]);
  return Array.from({ length: modes }, (_, k) => rankHistogram(column(x, k), column(y, k), options.bins));
}
