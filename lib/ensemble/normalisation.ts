/**
 * Network units: x_normalised = (x - mean) / std with one mean and one (population) standard deviation per channel, over
 * all conditions, realisations and cells.
 */
import type { Ensemble } from "./generate";

export interface Normalisation {
  /** Per channel, SI. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * Two passes, sums kept per field: c varies by 5 around 1000 mol/m3, which a sum of squares would not survive as well.
 * A channel without any variation (std 0) is refused: it could not be divided by.
 */
export function normalisation(e: Pick<Ensemble, "fields" | "cells" | "channels">): Normalisation {
  const { fields, cells, channels } = e;
  const rows = fields.length / cells;
  if (fields.length === 0 || rows % channels !== 0) {
    throw new RangeError(
      `normalisation: expected whole fields of ${channels} channels x ${cells} cells, got ${fields.length} numbers`,
    );
  }
  const average = (channel: number, f: (x: number) => number): number => {
    let total = 0;
    for (let row = channel; row < rows; row += channels) {
      let sum = 0;
      for (let i = row * cells; i < (row + 1) * cells; i++) sum += f(fields[i]);
      total += sum;
    }
    return total / (fields.length / channels);
  };
  const each = Array.from({ length: channels }, (_, channel) => channel);
  const mean = each.map((channel) => average(channel, (x) => x));
  const std = each.map((channel) => Math.sqrt(average(channel, (x) => (x - mean[channel]) ** 2)));
  each.forEach((channel) => {
    if (!(std[channel] > 0)) {
      throw new RangeError(
        `normalisation: channel ${channel} has standard deviation ${std[channel]}; nothing varies in it`,
      );
    }
  });
  return { mean, std };
}
