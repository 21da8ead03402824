/**
 * The distribution of the fields at one place: a density for each channel, counted in equal bins over the range of all
 * that is shown, and beside it the normal density of the same mean and spread. Where the two differ, the fields are not
 * Gaussian there.
 */
import type { Fields } from "../fields/fields";
import { onlyAxis } from "../fields/grid";
import { mean, standardDeviation } from "../numerics/statistics";
import type { FieldFigureOptions, NamedFields } from "./fields";
import { figure, type Panel } from "./parts/figure";
import { line } from "./parts/layers";
import { channelScale, lengthScale } from "./parts/scales";
import type { Figure, Row } from "./spec";
import { type Style, styleOf } from "./theme";

/** Where on the axis, m; default: its middle. The cell nearest to it is taken. */
export interface HistogramOptions extends Pick<FieldFigureOptions, "name" | "caption" | "width"> {
  readonly at?: number;
}

const bins = 24;
const dashed = (style: Style): Style => ({ ...style, dash: [4, 3], width: 0.9 });

/**
 * One panel a channel: the density of its values at one place, and the normal density with their mean and spread
 * (dashed).
 */
export function histogram(named: NamedFields, options: HistogramOptions = {}): Figure {
  const all = Object.entries(named);
  if (all.length === 0) throw new RangeError("histogram: at least one named set of fields is needed, got none");
  const { channels, grid } = all[0][1].shape;
  const axis = onlyAxis(grid, "histogram");
  const { at = axis.length / 2 } = options;
  if (!(at >= 0 && at <= axis.length)) throw new RangeError(`histogram: at lies in [0, ${axis.length}] m, got ${at}`);
  const cell = Math.min(axis.cells - 1, Math.floor(at / axis.h));
  const rows: Row[] = [];
  const panels = channels.map((channel, k): Panel => {
    const here = all.map(([, fields]) => valuesIn(fields, k, cell));
    const quantity = channelScale(channel, here.flat());
    const shown = here.map((values) => values.map(quantity.shown));
    const [low, high] = [Math.min(...shown.flat()), Math.max(...shown.flat())];
    let most = 0;
    const layers = shown.flatMap((values, number) => {
      const counted = density(values, low, high);
      const normal = normalCurve(values, low, high);
      for (const { y } of [...counted, ...normal]) most = Math.max(most, y);
      counted.forEach(({ x, y }) => rows.push({ fields: all[number][0], channel: channel.name, value: x, density: y }));
      const style = styleOf(number);
      return [line(counted, style), line(normal, dashed(style))];
    });
    return { x: { title: quantity.title }, y: { title: "density", domain: [0, 1.05 * most] }, layers };
  });
  const where = lengthScale(axis);
  const place = Number(where.shown(axis.centres[cell]).toPrecision(3));
  const {
    name = "histogram",
    caption = `Distribution of the fields at ${axis.name} = ${place} ${where.unit}`,
    width = channels.length > 1 ? "two" : "one",
  } = options;
  const legend = [
    ...all.map(([label], number) => ({ label, style: styleOf(number), swatch: "line" as const })),
    { label: "normal, with the same mean and spread", style: dashed(styleOf(0)), swatch: "line" as const },
  ];
  return figure({ name, caption, width, panelHeight: 40, panels, legend, rows });
}

const valuesIn = (fields: Fields, channel: number, cell: number): number[] =>
  Array.from({ length: fields.count }, (_, i) => fields.profile(i, channel)[cell]);

interface At {
  readonly x: number;
  readonly y: number;
}

/** Counts in equal bins as the density at their middles; one bin where nothing varies. */
function density(values: readonly number[], low: number, high: number): At[] {
  const width = (high - low) / bins || 1;
  const counts = new Float64Array(bins);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value - low) / width))]++;
  return Array.from(counts, (count, b) => ({ x: low + (b + 0.5) * width, y: count / (values.length * width) }));
}

function normalCurve(values: readonly number[], low: number, high: number): At[] {
  const [middle, spread] = [mean(values), standardDeviation(values)];
  if (!(spread > 0)) return [];
  return Array.from({ length: 101 }, (_, k) => {
    const x = low + ((high - low) * k) / 100;
    return { x, y: Math.exp(-0.5 * ((x - middle) / spread) ** 2) / (spread * Math.sqrt(2 * Math.PI)) };
  });
}
