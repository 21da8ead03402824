/**
 * Figures of any fields: single ones as lines, ensembles as a mean with a band of quantiles, one panel a channel. Names
 * of channels, their units and the length of the axis come with the fields (lib/fields); whoever calls gives nothing
 * but a name for each curve.
 */
import type { Fields } from "../fields/fields";
import { onlyAxis } from "../fields/grid";
import { sameShape } from "../fields/shape";
import { mean, quantileOfSorted } from "../numerics/statistics";
import { figure, type Panel } from "./parts/figure";
import { band, line } from "./parts/layers";
import type { Quantity } from "./parts/quantities";
import { channelScale, lengthScale, type LengthScale } from "./parts/scales";
import type { Figure, Row } from "./spec";
import { styleOf, styles, type Style } from "./theme";

/** What a figure of fields is called, how wide it is printed, and how much a band holds. */
export interface FieldFigureOptions {
  /** Of the exported files, and what the figure is called. */
  readonly name?: string;
  readonly caption?: string;
  /** Of the printed page: one column of 85 mm or two. Default: one for one channel, two for more. */
  readonly width?: "one" | "two";
  /** Bands: the share of the fields that lies inside at every place. Default 0.9. */
  readonly coverage?: number;
}

/**
 * By the name of each curve, in the order of the legend. Two that are called "solver" and "model" have the colours of
 * these throughout.
 */
export type NamedFields = Readonly<Record<string, Fields>>;

const mostLines = 50;

/** Every field as a line; fields of one name share its colour. At most 50 of each are drawn, and the legend says so. */
export function profiles(named: NamedFields, options: FieldFigureOptions = {}): Figure {
  const { name = "profiles", caption = "Fields along the axis" } = options;
  return fieldFigure(named, {
    ...options,
    name,
    caption,
    swatch: "line",
    label: (curve, { count }) => (count > mostLines ? `${curve} (${mostLines} of ${count})` : curve),
    layers: (fields, channel, draw) =>
      Array.from({ length: Math.min(fields.count, mostLines) }, (_, i) => draw.line(fields.profile(i, channel))),
  });
}

/** Mean and a central band of quantiles at every place. */
export function bands(named: NamedFields, options: FieldFigureOptions = {}): Figure {
  const { coverage = 0.9 } = options;
  if (!(coverage > 0 && coverage < 1))
    throw new RangeError(`bands: coverage must lie between 0 and 1, got ${coverage}`);
  const percent = `${+(100 * coverage).toPrecision(3)} %`;
  const { name = "bands", caption = `Mean of the fields and the band that holds ${percent} of them at every place` } =
    options;
  return fieldFigure(named, {
    ...options,
    name,
    caption,
    swatch: "line and band",
    label: (curve) => `${curve}, mean and ${percent}`,
    layers(fields, channel, draw) {
      const { mean, low, high } = centralBand(fields, channel, coverage);
      return [draw.band(low, high), draw.line(mean)];
    },
  });
}

/**
 * Mean, and the quantiles (1 - coverage) / 2 and (1 + coverage) / 2, of one channel in each cell; interpolated between
 * order statistics.
 */
export function centralBand(
  fields: Fields,
  channel: number,
  coverage: number,
): { readonly mean: Float64Array; readonly low: Float64Array; readonly high: Float64Array } {
  const { cells } = fields.shape.grid;
  const [middle, low, high] = [0, 1, 2].map(() => new Float64Array(cells));
  const here = new Float64Array(fields.count);
  for (let j = 0; j < cells; j++) {
    for (let i = 0; i < fields.count; i++) here[i] = fields.profile(i, channel)[j];
    here.sort();
    middle[j] = mean(here);
    low[j] = quantileOfSorted(here, (1 - coverage) / 2);
    high[j] = quantileOfSorted(here, (1 + coverage) / 2);
  }
  return { mean: middle, low, high };
}

interface Draw {
  line(values: Float64Array): ReturnType<typeof line>;
  band(low: Float64Array, high: Float64Array): ReturnType<typeof band>;
}

interface FieldFigurePlan extends FieldFigureOptions {
  readonly name: string;
  readonly caption: string;
  readonly swatch: "line" | "line and band";
  readonly label: (curve: string, fields: Fields) => string;
  readonly layers: (fields: Fields, channel: number, draw: Draw) => Panel["layers"];
}

function fieldFigure(named: NamedFields, plan: FieldFigurePlan): Figure {
  const all = Object.entries(named);
  checkNamed(plan.name, all);
  const { channels, grid } = all[0][1].shape;
  const axis = onlyAxis(grid, plan.name);
  const along = lengthScale(axis);
  const rows: Row[] = [];
  const panels = channels.map((channel, k): Panel => {
    const values = all.flatMap(([, fields]) => extremes(fields, k));
    const quantity = channelScale(channel, values);
    const layers = all.flatMap(([curve, fields], number) => {
      const row = (j: number, numbers: object): void => {
        rows.push({ curve, channel: channel.name, x: axis.centres[j], ...numbers });
      };
      return plan.layers(fields, k, drawing(axis.centres, { along, quantity, style: styleFor(curve, number) }, row));
    });
    return { x: { title: along.title }, y: { title: quantity.title }, layers };
  });
  const legend = all.map(([curve, fields], number) => {
    return { label: plan.label(curve, fields), style: styleFor(curve, number), swatch: plan.swatch };
  });
  const { name, caption, width = channels.length > 1 ? "two" : "one" } = plan;
  return figure({ name, caption, width, panelHeight: 40, panels, legend, rows });
}

/**
 * Refuses what cannot lie on one axis: fields of different channels, cells or lengths, or in the units of a network.
 */
function checkNamed(figureName: string, all: readonly (readonly [string, Fields])[]): void {
  if (all.length === 0) throw new RangeError(`${figureName}: at least one named set of fields is needed, got none`);
  const [first, { shape }] = all[0];
  for (const [curve, fields] of all) {
    if (!sameShape(shape, fields.shape)) {
      const rule = "one figure shows fields of the same channels on the same grid";
      throw new RangeError(`${figureName}: "${curve}" has another shape than "${first}"; ${rule}`);
    }
    if (fields.units !== "SI") throw new RangeError(`${figureName}: "${curve}" is in network units. Remedy: its toSI`);
  }
}

/** Lines and bands of values at the centres, as layers in the units of the page and as rows in SI units. */
function drawing(
  centres: Float64Array,
  { along, quantity, style }: { along: LengthScale; quantity: Quantity; style: Style },
  row: (cell: number, numbers: object) => void,
): Draw {
  const x = Array.from(centres, along.shown);
  return {
    line(values) {
      values.forEach((value, j) => row(j, { value }));
      const points = x.map((at, j) => ({ x: at, y: quantity.shown(values[j]) }));
      return line(points, style);
    },
    band(low, high) {
      low.forEach((_, j) => row(j, { low: low[j], high: high[j] }));
      const intervals = x.map((at, j) => ({ x: at, low: quantity.shown(low[j]), high: quantity.shown(high[j]) }));
      return band(intervals, style);
    },
  };
}

function styleFor(curve: string, number: number): Style {
  return curve === "solver" || curve === "model" ? styles[curve] : styleOf(number);
}

function extremes(fields: Fields, channel: number): number[] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < fields.count; i++) {
    for (const value of fields.profile(i, channel)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}
