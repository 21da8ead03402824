/**
 * Two ensembles in one table, channel by channel: how far apart their means, spreads and skewnesses are (moments.ts),
 * each number beside its error.
 */
import type { Fields } from "../fields/fields";
import { fieldSample } from "./field-sample";
import { profileRatios } from "./moments";

/** One channel. Ratios are of norms over the profile. */
export interface MomentsRow {
  readonly channel: string;
  /**
   * |mean - mean of the reference| over the spread of the reference, sampling noise taken out (negative: less than that
   * noise).
   */
  readonly "bias / std": number;
  readonly "± bias": number;
  readonly "std ratio": number;
  readonly "± ratio": number;
  readonly "skewness error": number;
  readonly "from sampling alone": number;
}

/**
 * Rows for a table of `fields` against `reference`, of the same shape. At least 4 fields a side; a channel that does
 * not vary is refused.
 */
export function momentsTable(fields: Fields, reference: Fields): MomentsRow[] {
  const [generated, against] = [fields, reference].map(({ values, shape }) =>
    fieldSample(values, { channels: shape.channels.length, cells: shape.grid.cells }),
  );
  return profileRatios(generated, against).map(({ bias, std, skewness }, k) => ({
    channel: reference.shape.channels[k].symbol,
    "bias / std": bias.corrected,
    "± bias": bias.standardError,
    "std ratio": std.ratio,
    "± ratio": std.standardError,
    "skewness error": skewness.error,
    "from sampling alone": skewness.floor,
  }));
}
