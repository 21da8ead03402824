/**
 * Values are in SI units; a figure shows them in units of a handy size. A length is shown in the unit in which the
 * whole axis is between 1 and 1000 (nm, µm, mm, m); a channel in volts in mV where its values, or their differences
 * from the channel's own reference value, stay below 0.1 V, in µV below 0.1 mV; any other unit with a power of ten
 * where the values are below a thousandth of it or a million times as large.
 */
import type { Channel } from "../../fields/channel";
import { type Quantity, titled } from "./quantities";

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

/**
 * A unit on the page and the factor from SI to it, for values of up to this size. A logarithmic axis writes powers of
 * ten itself.
 */
function pageUnit(
  unit: string,
  largest: number,
  log: boolean,
): { readonly factor: number; readonly shownUnit: string } {
  if (unit === "V" && largest < 0.1) {
    return largest < 1e-4 && largest > 0 && !log ? { factor: 1e6, shownUnit: "µV" } : { factor: 1e3, shownUnit: "mV" };
  }
  const printed = printedUnit(unit);
  if (log || largest === 0 || (largest >= 1e-3 && largest < 1e6) || !Number.isFinite(largest)) {
    return { factor: 1, shownUnit: printed };
  }
  const power = 3 * Math.floor(Math.log10(largest) / 3 + 1e-9);
  return { factor: Number(`1e${-power}`), shownUnit: `${powerOfTen(power)} ${printed}`.trim() };
}

const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const powerOfTen = (power: number): string =>
  `10${[...String(power)].map((sign) => (sign === "-" ? "⁻" : raised[Number(sign)])).join("")}`;

const largestOf = (values: Iterable<number>): number => {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
};

/** How a channel is shown that takes these values (SI). */
export function channelScale(channel: Channel, values: Iterable<number>): Quantity {
  const offset = channel.relativeTo?.value ?? 0;
  const scale = spreadScale(
    channel,
    [...values].map((value) => value - offset),
  );
  const name = channel.relativeTo && offset !== 0 ? `${channel.symbol} − ${channel.relativeTo.symbol}` : channel.symbol;
  return { ...scale, title: titled(name, scale.unit), shown: (value) => scale.spread(value - offset) };
}

/**
 * How differences or spreads of a channel are shown (SI): its reference value plays no part. `log`: on a logarithmic
 * axis.
 */
export function spreadScale({ symbol, unit }: Channel, values: Iterable<number>, { log = false } = {}): Quantity {
  const { factor, shownUnit } = pageUnit(unit, largestOf(values), log);
  const spread = (value: number): number => factor * value;
  return { title: titled(symbol, shownUnit), shown: spread, spread, symbol, unit: shownUnit };
}
