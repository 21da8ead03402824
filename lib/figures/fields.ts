/**
 * Figures of any fields: single ones as lines, ensembles as a mean with a band of quantiles, one panel a channel. Names of channels, their units and
 * the length of the axis come with the fields (lib/fields); whoever calls gives nothing but a name for each curve.
 */
import type { Fields } from "../fields/fields";
import { onlyAxis } from "../fields/grid";
import { figure, type Panel } from "./parts/figure";
import { band, line } from "./parts/layers";
import { channelScale, lengthScale } from "./parts/scales";
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

/** By the name of each curve, in the order of the legend. Two that are called "solver" and "model" have the colours of these throughout. */
export type NamedFields = Readonly<Record<string, Fields>>;

/** Every field as a line; fields of one name share its colour. At most 50 of each are drawn. */
export function profiles(named: NamedFields, options: FieldFigureOptions = {}): Figure {
  const { name = "profiles", caption = "Fields along the axis" } = options;
  return fieldFigure(named, { ...options, name, caption }, (fields, channel, draw) => {
    const layers = Array.from({ length: Math.min(fields.count, 50) }, (_, i) => draw.line(fields.profile(i, channel)));
    return layers;
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
  return fieldFigure(named, { ...options, name, caption }, (fields, channel, draw) => {
    const { mean, low, high } = centralBand(fields, channel, coverage);
    return [draw.band(low, high), draw.line(mean)];
  });
}

/** Mean, and the quantiles (1 - coverage) / 2 and (1 + coverage) / 2, of one channel in each cell; interpolated between order statistics. */
export function centralBand(
  fields: Fields,
  channel: number,
  coverage: number,
): { readonly mean: Float64Array; readonly low: Float64Array; readonly high: Float64Array } {
  const { cells } = fields.shape.grid;
  const [mean, low, high] = [0, 1, 2].map(() => new Float64Array(cells));
  const here = new Float64Array(fields.count);
  const quantile = (p: number): number => {
    const at = p * (fields.count - 1);
    const below = Math.floor(at);
    return here[below] + (at - below) * (here[Math.min(below + 1, fields.count - 1)] - here[below]);
  };
  for (let j = 0; j < cells; j++) {
    let sum = 0;
    for (let i = 0; i < fields.count; i++) sum += here[i] = fields.profile(i, channel)[j];
    here.sort();
    mean[j] = sum / fields.count;
    low[j] = quantile((1 - coverage) / 2);
    high[j] = quantile((1 + coverage) / 2);
  }
  return { mean, low, high };
}

interface Draw {
  line(values: Float64Array): ReturnType<typeof line>;
  band(low: Float64Array, high: Float64Array): ReturnType<typeof band>;
}

type Layers = (fields: Fields, channel: number, draw: Draw) => Panel["layers"];

function fieldFigure(
  named: NamedFields,
  o: FieldFigureOptions & { name: string; caption: string },
  layersOf: Layers,
): Figure {
  const all = Object.entries(named);
  if (all.length === 0) throw new RangeError(`${o.name}: at least one named set of fields is needed, got none`);
  const { channels, grid } = all[0][1].shape;
  for (const [curve, { shape, units }] of all) {
    if (shape.channels.length !== channels.length || shape.grid.cells !== grid.cells) {
      throw new RangeError(
        `${o.name}: "${curve}" has another shape than "${all[0][0]}"; one figure shows fields of one shape`,
      );
    }
    if (units !== "SI") throw new RangeError(`${o.name}: "${curve}" is in network units. Remedy: its toSI`);
  }
  const axis = onlyAxis(grid, o.name);
  const along = lengthScale(axis);
  const x = Array.from(axis.centres, along.shown);
  const rows: Row[] = [];
  const panels = channels.map((channel, k): Panel => {
    const quantity = channelScale(
      channel,
      all.flatMap(([, fields]) => extremes(fields, k)),
    );
    const layers = all.flatMap(([curve, fields], number) => {
      const style = styleFor(curve, number);
      const y = (values: Float64Array) => Array.from(values, quantity.shown);
      const draw: Draw = {
        line(values) {
          const shown = y(values);
          values.forEach((value, j) => rows.push({ curve, channel: channel.name, x: axis.centres[j], value }));
          return line(x.map((at, j) => ({ x: at, y: shown[j] })), style); // prettier-ignore
        },
        band(low, high) {
          const [l, h] = [y(low), y(high)];
          low.forEach((_, j) =>
            rows.push({ curve, channel: channel.name, x: axis.centres[j], low: low[j], high: high[j] }),
          );
          return band(x.map((at, j) => ({ x: at, low: l[j], high: h[j] })), style); // prettier-ignore
        },
      };
      return layersOf(fields, k, draw);
    });
    return { x: { title: along.title }, y: { title: quantity.title }, layers };
  });
  return figure({
    name: o.name,
    caption: o.caption,
    width: o.width ?? (channels.length > 1 ? "two" : "one"),
    panelHeight: 40,
    panels,
    legend: all.map(([label], number) => ({ label, style: styleFor(label, number), swatch: "line" as const })),
    rows,
  });
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
