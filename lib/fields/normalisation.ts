/**
 * The normalisation of an ensemble: one mean and one (population) standard deviation per channel, over all conditions,
 * realisations and cells.
 */
import type { Fields } from "./fields";
import type { Normalisation } from "./units";

/**
 * Two passes, sums kept per field: c varies by 5 around 1000 mol/m3, which a sum of squares would not survive as well.
 * A channel without any variation (std 0) is refused: it could not be divided by.
 */
export function normalisation(fields: Fields): Normalisation {
  const { count, shape } = fields;
  if (count === 0) throw new RangeError("normalisation: expected at least one field, got none");
  const average = (channel: number, f: (x: number) => number): number => {
    let total = 0;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (const x of fields.profile(i, channel)) sum += f(x);
      total += sum;
    }
    return total / (count * shape.grid.cells);
  };
  const mean = shape.channels.map((_, channel) => average(channel, (x) => x));
  const std = shape.channels.map((_, channel) => Math.sqrt(average(channel, (x) => (x - mean[channel]) ** 2)));
  shape.channels.forEach(({ name }, channel) => {
    if (!(std[channel] > 0)) {
      throw new RangeError(`normalisation: ${name} has standard deviation ${std[channel]}; nothing varies in it`);
    }
  });
  return { mean, std };
}
