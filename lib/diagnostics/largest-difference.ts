/** How far apart two single fields are: the largest difference over the cells, channel by channel. */
import type { Fields } from "../fields/fields";
import { sameShape } from "../fields/shape";

/** One channel, in its SI unit. */
export interface LargestDifference {
  readonly channel: string;
  readonly unit: string;
  readonly "largest difference": number;
}

/** max_x |a(x) - b(x)| of the first field of each, in SI units; of the same shape. */
export function largestDifference(a: Fields, b: Fields): LargestDifference[] {
  if (!sameShape(a.shape, b.shape) || a.units !== "SI" || b.units !== "SI") {
    throw new RangeError(
      "largestDifference: two fields of the same channels on the same grid, in SI units, are needed",
    );
  }
  return a.shape.channels.map(({ symbol, unit }, k) => {
    const other = b.profile(0, k);
    const largest = a.profile(0, k).reduce((most, value, j) => Math.max(most, Math.abs(value - other[j])), 0);
    return { channel: symbol, unit, "largest difference": largest };
  });
}
