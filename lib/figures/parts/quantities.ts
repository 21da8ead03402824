/** Units of the page: data are SI, axes are in µm, mV and mol m⁻³, and the concentration is shown as its distance from c(L). */
export interface Quantity {
  readonly title: string;
  /** From SI to the units of the axis. */
  readonly shown: (value: number) => number;
  /** The same for a difference or a spread: no offset. */
  readonly spread: (value: number) => number;
  readonly symbol: string;
  readonly unit: string;
}

export const micrometres = (metres: number): number => 1e6 * metres;
export const millivolts = (volts: number): number => 1e3 * volts;
export const xTitle = "x (µm)";

/** The channel named "c" or "phi" of a problem. `cRight` is the concentration imposed at the right end, mol/m3. */
export function channel(name: string, options: { cRight?: number } = {}): Quantity {
  const { cRight = 1000 } = options;
  if (name === "phi") {
    return { title: "φ (mV)", shown: millivolts, spread: millivolts, symbol: "φ", unit: "mV" };
  }
  if (name === "c") {
    const title = cRight === 0 ? "c (mol m⁻³)" : "c − c(L) (mol m⁻³)";
    return { title, shown: (c) => c - cRight, spread: (c) => c, symbol: "c", unit: "mol m⁻³" };
  }
  throw new RangeError(`channel: expected "c" or "phi", got "${name}"`);
}

/** Distinct values in order of appearance. */
export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
