/**
 * What the boundary conditions demand of every field, exactly: cells whose value is the same in all reference fields
 * (the potential's reference phi(0) = 0, a concentration held in the last cell), and the slopes at the ends, which
 * follow from the fluxes there. Held cells are compared value by value; slopes
 *   (x_1 - x_0) / s  and  (x_{N-1} - x_{N-2}) / s,   s the channel's largest cell std,
 * by their means and spreads.
 */
import type { Fields } from "../fields/fields";
import { checkComparable, scalars } from "./field-sample";
import { moments } from "./moments";

export interface BoundaryValues {
  /**
   * Cells that do not vary in the reference, with the reference's value and the largest deviation of a generated field.
   */
  readonly held: readonly { readonly cell: number; readonly value: number; readonly largestDeviation: number }[];
  /** Differences of the two cells next to each end, in units of the channel's largest std. */
  readonly ends: readonly {
    readonly end: "x = 0" | "x = L";
    readonly generated: { readonly mean: number; readonly std: number };
    readonly reference: { readonly mean: number; readonly std: number };
  }[];
}

/** One entry a channel. */
export function boundaryValues(generated: Fields, reference: Fields): BoundaryValues[] {
  checkComparable("boundaryValues", generated, reference);
  return Array.from({ length: reference.channels }, (_, channel) => {
    const gen = generated.channel(channel);
    const ref = reference.channel(channel);
    const { cells } = ref;
    const { std, mean, standardError } = moments(ref);
    const largest = std.reduce((a, b) => Math.max(a, b), 0);
    const held = Array.from({ length: cells }, (_, j) => j)
      .filter((j) => standardError.mean[j] === 0)
      .map((cell) => {
        const off = Array.from(gen, (x) => Math.abs(x[cell] - mean[cell]));
        const largestDeviation = off.reduce((a, b) => Math.max(a, b), 0);
        return { cell, value: mean[cell], largestDeviation };
      });
    const slope = (sample: Fields, at: number) => {
      const differences = Float64Array.from([...sample], (x) => (x[at + 1] - x[at]) / largest);
      const m = moments(scalars(differences));
      return { mean: m.mean[0], std: m.std[0] };
    };
    const ends = [
      { end: "x = 0" as const, at: 0 },
      { end: "x = L" as const, at: cells - 2 },
    ].map(({ end, at }) => ({ end, generated: slope(gen, at), reference: slope(ref, at) }));
    return { held, ends };
  });
}
