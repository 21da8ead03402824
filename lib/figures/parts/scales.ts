/**
 * Values are in SI units; a figure shows them in units of a handy size. A length is shown in the unit in which the whole axis is between 1 and
 * 1000 (nm, µm, mm, m); a channel in volts in mV where its values, or their differences from the channel's own reference value, stay below 0.1 V.
 */
import type { Channel } from "../../fields/channel";
import type { Quantity } from "./quantities";

const lengths = [
  { unit: "nm", metres: 1e-9 },
  { unit: "µm", metres: 1e-6 },
  { unit: "mm", metres: 1e-3 },
  { unit: "m", metres: 1 },
] as const;

export interface LengthScale {
  readonly unit: string;
  /** "x (µm)" */
  readonly title: string;
  readonly shown: (metres: number) => number;
}

/** How an axis of a given length (m) is shown. */
export function lengthScale(axis: { readonly name: string; readonly length: number }): LengthScale {
  const fits = lengths.filter(({ metres }) => axis.length >= metres * (1 - 1e-9));
  const { unit, metres } = fits[fits.length - 1] ?? lengths[0];
  const perMetre = Math.round(1 / metres); // 1e6 is exact, 1 / 1e-6 is not
  return { unit, title: `${axis.name} (${unit})`, shown: (x) => perMetre * x };
}

const superscripts: Readonly<Record<string, string>> = { "2": "²", "3": "³", "4": "⁴" };

/** A unit as figures print it: mol/m3 becomes mol m⁻³, A/m2 A m⁻²; "1" is no unit. */
export function printedUnit(unit: string): string {
  if (unit === "1") return "";
  const [above, ...below] = unit.split("/");
  const power = (factor: string, sign: string): string => {
    const [, base, exponent] = /^(.*?)(\d?)$/.exec(factor.trim()) ?? ["", factor, ""];
    return sign === "" ? `${base}${superscripts[exponent] ?? ""}` : `${base}⁻${superscripts[exponent] ?? "¹"}`;
  };
  const factors = (text: string): string[] => text.replace(/[()]/g, "").split(/[ ·]+/).filter(Boolean);
  const parts = [...factors(above).map((f) => power(f, "")), ...below.flatMap(factors).map((f) => power(f, "⁻"))];
  return parts.filter((part) => part !== "1").join(" ");
}

/** How a channel is shown that takes these values (SI). */
export function channelScale({ symbol, unit, relativeTo }: Channel, values: Iterable<number>): Quantity {
  const offset = relativeTo?.value ?? 0;
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value - offset));
  const milli = unit === "V" && largest < 0.1;
  const factor = milli ? 1e3 : 1;
  const shownUnit = milli ? "mV" : printedUnit(unit);
  const name = relativeTo && offset !== 0 ? `${symbol} − ${relativeTo.symbol}` : symbol;
  return {
    title: shownUnit === "" ? name : `${name} (${shownUnit})`,
    shown: (value) => factor * (value - offset),
    spread: (value) => factor * value,
    symbol,
    unit: shownUnit,
  };
}
