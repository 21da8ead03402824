/**
 * Coverage of quantile bands: the share of reference values inside the generated central band of nominal level P, per
 * channel over all cells that vary. For equal laws it is P on average: with q the band's edges from n generated fields,
 *   F_m(q_n) - P ~ (F_m - F_n)(q),   so   se^2 = var(share of a field's cells inside) (1/n + 1/m),
 * in which the correlation between cells of one field is contained, since whole fields are the draws. Below P: the
 * model is too narrow (overconfident); above: too wide.
 */
import type { Fields } from "../fields/fields";
import { checkComparable } from "./field-sample";
import { moments, quantileProfiles } from "./moments";

export interface Coverage {
  readonly nominal: number;
  readonly share: number;
  readonly standardError: number;
  readonly z: number;
}

/** One list (in the order of `levels`) a channel. */
export function bandCoverage(
  generated: Fields,
  reference: Fields,
  levels: readonly number[] = [0.5, 0.8, 0.95],
): Coverage[][] {
  checkComparable("bandCoverage", generated, reference);
  return Array.from({ length: reference.channels }, (_, channel) => {
    const gen = generated.channel(channel);
    const ref = reference.channel(channel);
    const varying = moments(ref).standardError.mean.map((s) => (s > 0 ? 1 : 0));
    const cells = varying.reduce((a, b) => a + b, 0);
    return levels.map((nominal) => {
      if (!(nominal > 0 && nominal < 1)) throw new RangeError(`bandCoverage: a level lies in (0, 1), got ${nominal}`);
      const [low, high] = quantileProfiles(gen, [0.5 - nominal / 2, 0.5 + nominal / 2]);
      let first = 0;
      let second = 0;
      for (let i = 0; i < ref.count; i++) {
        let inside = 0;
        for (let j = 0; j < ref.cells; j++) {
          const v = ref.values[i * ref.cells + j];
          if (varying[j] === 1 && v >= low[j] && v <= high[j]) inside++;
        }
        first += inside / cells / ref.count;
        second += (inside / cells) ** 2 / ref.count;
      }
      const variance = Math.max(0, second - first * first);
      const standardError = Math.sqrt(variance * (1 / gen.count + 1 / ref.count));
      return { nominal, share: first, standardError, z: (first - nominal) / standardError };
    });
  });
}
