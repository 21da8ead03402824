/** Axes: a title with symbol and unit, a domain, linear, logarithmic or of categories. */
import type { Spec } from "../spec";

export interface Axis {
  /** Symbol and unit, "φ (mV)". */
  readonly title: string;
  readonly scale?: "linear" | "log" | "categories";
  /** Linear or logarithmic ends; without them the data decide. */
  readonly domain?: readonly [number, number];
  /** In order of appearance. */
  readonly categories?: readonly string[];
  readonly ticks?: number;
  readonly values?: readonly number[];
  /** A d3 number format. */
  readonly format?: string;
  readonly grid?: boolean;
  /** Names on the axis? False where the panel to the left has the same. */
  readonly labels?: boolean;
  /** Does the axis include zero? Default no. */
  readonly zero?: boolean;
}

const raised: Readonly<Record<string, string>> = { "-": "⁻", ...Object.fromEntries([..."⁰¹²³⁴⁵⁶⁷⁸⁹"].entries()) };
const superscript = (exponent: number): string => [...String(exponent)].map((sign) => raised[sign]).join("");

/**
 * A Vega expression that writes powers of ten, 10⁻⁸⁶ or 10¹², for all that can stand on an axis with these ends and
 * ticks.
 */
function powersOfTen(values: readonly number[]): string {
  const exponents = values.map((v) => Math.round(Math.log10(v)));
  const [first, last] = [Math.min(-12, ...exponents), Math.max(12, ...exponents)];
  const written = Array.from({ length: last - first + 1 }, (_, i) => `'${superscript(first + i)}'`);
  return `'10' + [${written.join(",")}][round(log(datum.value) / LN10) + ${-first}]`;
}

/**
 * Significant digits of these values that tell six digits of their range: one more for each decade by which they are
 * larger than that.
 */
export function telling(values: readonly number[]): number {
  const [low, high] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  const decades = Math.log10(Math.max(Math.abs(low), Math.abs(high)) / (high - low)) + 1e-9;
  return Math.min(15, 6 + Math.max(0, Number.isFinite(decades) ? Math.floor(decades) : 9));
}

/** The encoding of a position channel: `field` of the layer on this axis. */
export function position(
  axis: Axis,
  field: string,
  shared: { readonly title?: boolean; readonly domain?: readonly [number, number] },
): Spec {
  const title = shared.title === false ? null : axis.title;
  if (axis.scale === "categories") {
    return {
      field,
      type: "nominal",
      title,
      scale: { domain: axis.categories, type: "point", padding: 0.5 },
      axis: { labelAngle: 0, labelLimit: 400, grid: axis.grid ?? false, labels: axis.labels ?? true },
      sort: null,
    };
  }
  const domain = axis.domain ?? shared.domain;
  if (axis.scale === "log") {
    const [low, high] = domain ?? [1, 10];
    const values = axis.values ?? logTicks(low, high);
    const digits = telling([low, high]);
    const labelExpr = manyDecades(low, high)
      ? powersOfTen([low, high, ...values])
      : `format(datum.value, '${digits > 6 ? `.${digits}` : ""}~r')`;
    return {
      field,
      type: "quantitative",
      title,
      scale: { type: "log", domain: [low, high], nice: false },
      axis: { values, labelExpr, grid: axis.grid ?? false },
    };
  }
  return {
    field,
    type: "quantitative",
    title,
    scale: domain ? { domain, nice: false, zero: false } : { zero: axis.zero ?? false, nice: true },
    axis: {
      ...(axis.values ? { values: axis.values } : { tickCount: axis.ticks ?? 5 }),
      format: axis.format,
      grid: axis.grid ?? false,
    },
  };
}

const manyDecades = (low: number, high: number): boolean => Math.log10(high / low) > 2.2;

/** Where a logarithmic axis has its ticks: powers of ten, or 1, 2 and 5 times these where the range is short. */
export function logTicks(low: number, high: number): number[] {
  return manyDecades(low, high) ? decadesWithin(low, high) : oneTwoFive(low, high);
}

function decadesWithin(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first) / 7));
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => Number(`1e${first + i * step}`));
}

/**
 * Round numbers within the ends: 1, 2 and 5 times powers of ten, or equidistant ones where fewer than three of those
 * fit.
 */
function oneTwoFive(low: number, high: number): number[] {
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) {
      const value = Number(`${digit}e${power}`);
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
    }
  }
  return found.length > 2 ? found : equidistant(low, high);
}

function equidistant(low: number, high: number): number[] {
  const raw = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((digit) => digit * power >= raw) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(15)));
}

/** A little more than the range of the positive values, so that a point at its end is not cut. */
export function logDomain(values: readonly number[]): [number, number] {
  const positive = values.filter((v) => v > 0 && Number.isFinite(v));
  if (positive.length === 0) return [0.1, 10];
  const low = positive.reduce((a, b) => Math.min(a, b));
  const high = positive.reduce((a, b) => Math.max(a, b));
  const room = Math.max((high / low) ** 0.04, 1.005);
  return [Number((low / room).toPrecision(4)), Number((high * room).toPrecision(4))];
}
