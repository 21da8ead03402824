/**
 * How a quantity stands on an axis of the page. Data are in SI units (of the difference from a channel's reference
 * value where it has one).
 */
export interface Quantity {
  readonly title: string;
  /** From SI to the units of the axis. */
  readonly shown: (value: number) => number;
  /** The same for a difference or a spread: no offset. */
  readonly spread: (value: number) => number;
  readonly symbol: string;
  readonly unit: string;
}

/** "std of φ (mV)"; a number without a unit has none in its title. */
export const titled = (what: string, unit: string): string => (unit === "" ? what : `${what} (${unit})`);

/** Distinct values in order of appearance. */
export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
