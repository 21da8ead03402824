/**
 * What a panel is made of: lines, bands, points, bars of error, rules and words. A layer holds its own few numbers, in
 * the units of the axes, and the style that says whose they are.
 */
import type { Style } from "../theme";
import { colours } from "../theme";
import type { Json } from "../spec";

type Coordinate = number | string; // a string on an axis of categories

export interface Point {
  readonly x: Coordinate;
  readonly y: Coordinate;
}
export interface Interval {
  readonly x: Coordinate;
  readonly low: number;
  readonly high: number;
}

/** Which fields of a layer's rows lie on which channel of position; the panel adds the axes. */
export interface Layer {
  readonly mark: Readonly<Record<string, Json>>;
  readonly rows: readonly object[];
  readonly on: Readonly<Partial<Record<"x" | "x2" | "y" | "y2" | "text" | "url", string>>>;
  /** Not in files: what the pointer meets on a page. */
  readonly onPageOnly?: boolean;
}

export function line(rows: readonly Point[], style: Style): Layer {
  const mark = {
    type: "line",
    color: style.colour,
    strokeWidth: style.width ?? 1.3,
    strokeDash: style.dash,
    strokeJoin: "round",
    clip: true,
  };
  return { mark, rows: rows.map(({ x, y }, order) => ({ x, y, order })), on: { x: "x", y: "y" } };
}

/** The region between two curves. */
export function band(rows: readonly Interval[], style: Style, options: { opacity?: number } = {}): Layer {
  const mark = { type: "area", color: style.colour, opacity: options.opacity ?? 0.22, line: false, clip: true };
  return { mark, rows, on: { x: "x", y: "low", y2: "high" } };
}

/** The two edges of a band as thin lines: for a second band that would hide the first. */
export function edges(rows: readonly Interval[], style: Style): Layer[] {
  const thin = { ...style, width: 0.9 };
  return [
    line(
      rows.map(({ x, low: y }) => ({ x, y })),
      thin,
    ),
    line(
      rows.map(({ x, high: y }) => ({ x, y })),
      thin,
    ),
  ];
}

/** A shape's name for Vega, or its path. */
export function shapeOf({ shape }: Style): string {
  return shape === "upright" ? "M0,-1L0,1" : shape;
}

/** Area of a point, px^2: pointed shapes need more of it to look as large as a disc. */
export function sizeOf({ shape }: Style): number {
  return { circle: 22, upright: 90 }[shape as string] ?? 28;
}

export function points(rows: readonly Point[], style: Style, options: { open?: boolean; size?: number } = {}): Layer {
  const mark = {
    type: "point",
    shape: shapeOf(style),
    filled: true,
    fill: options.open ? "transparent" : style.colour,
    stroke: style.colour,
    strokeWidth: options.open || style.shape === "upright" ? 1.3 : 0.5,
    size: options.size ?? sizeOf(style),
    opacity: 1,
  };
  return { mark, rows, on: { x: "x", y: "y" } };
}

/** A line from low to high at x: an error bar. */
export function errorBars(rows: readonly Interval[], style: Style): Layer {
  const mark = { type: "rule", color: style.colour, strokeWidth: 1.1, clip: true };
  return { mark, rows, on: { x: "x", y: "low", y2: "high" } };
}

/** What is predicted as a line, what is measured as points, with error bars where they have ends. */
export function predictedAndMeasured(
  predicted: readonly Point[],
  measured: readonly (Point & { low?: number; high?: number })[],
  look: { predicted: Style; measured: Style & { open?: boolean } },
): Layer[] {
  const bars = measured.flatMap(({ x, low, high }) =>
    low === undefined || high === undefined ? [] : [{ x, low, high }],
  );
  const at = ({ x, y }: Point): Point => ({ x, y });
  return [
    line(predicted.map(at), look.predicted),
    errorBars(bars, look.measured),
    points(measured.map(at), look.measured, { open: look.measured.open }),
  ];
}

/** The same lying down: y holds the place. */
export function flatErrorBars(rows: readonly { y: Coordinate; low: number; high: number }[], style: Style): Layer {
  const mark = { type: "rule", color: style.colour, strokeWidth: 1.1, clip: true };
  return { mark, rows, on: { y: "y", x: "low", x2: "high" } };
}

/** Bars from zero, lying down. */
export function flatBars(rows: readonly { y: Coordinate; value: number }[], style: Style, thickness: number): Layer {
  const mark = { type: "bar", orient: "horizontal", color: style.colour, size: thickness };
  return { mark, rows: rows.map(({ y, value }) => ({ y, zero: 0, value })), on: { y: "y", x: "zero", x2: "value" } };
}

/** A thin reference line across the panel at one value. */
export function reference(at: { readonly x: number } | { readonly y: number }, style?: Partial<Style>): Layer {
  const mark = {
    type: "rule",
    color: style?.colour ?? colours.rule,
    strokeWidth: style?.width ?? 0.7,
    strokeDash: style?.dash,
    clip: true,
  };
  return { mark, rows: [at], on: "x" in at ? { x: "x" } : { y: "y" } };
}

/** Words beside a point, in the units of the axes. */
export function words(
  rows: readonly (Point & { readonly text: string })[],
  options: { colour?: string; align?: "left" | "center" | "right"; dx?: number; dy?: number } = {},
): Layer {
  const { align = "left", dx = 3, dy = 0 } = options;
  const mark = { type: "text", align, baseline: "middle", dx, dy, color: options.colour };
  return { mark, rows, on: { x: "x", y: "y", text: "text" } };
}
