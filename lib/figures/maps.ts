/**
 * Maps of quantities on a grid of two axes: one row of panels a quantity under one scale of colours, with contour lines
 * where they are asked for. The colours are perceptually uniform and told apart by the colour-blind (viridis and
 * cividis; for differences blue and orange about zero). Cells are pixels of a picture inside the figure, which stays
 * small; axes, lines and words are vectors. On a page the value of a cell is under the pointer.
 */
import { createCanvas } from "@napi-rs/canvas";
import * as vega from "vega";
import type { Axis, Grid } from "../fields/grid";
import { UserError } from "../errors/user-error";
import { contourLines } from "./parts/contours";
import { figure, type Panel } from "./parts/figure";
import { line, words, type Layer } from "./parts/layers";
import { lengthScale } from "./parts/scales";
import type { Figure } from "./spec";
import { columnWidth, rgb } from "./theme";

/** One map: its title, a value in each cell, and contour lines over it where they are wanted. */
export interface FieldMap {
  readonly title: string;
  /** [nx][ny], in the units of the row's title. */
  readonly values: ArrayLike<number>;
  /**
   * Contour lines of these values [nx][ny] lie over the map: of a potential over its porosity, or of the values
   * themselves.
   */
  readonly contours?: ArrayLike<number>;
}

/** Maps side by side that share one scale. */
export interface MapRow {
  /** Symbol and unit, "φ (V)". */
  readonly quantity: string;
  /** "material": cividis; "field": viridis; "difference": blue, white, orange about zero. Default "field". */
  readonly colours?: keyof typeof schemes;
  readonly maps: readonly FieldMap[];
  /** Ends of the scale of colours, where several rows share one; otherwise those of the row's values. */
  readonly range?: readonly [low: number, high: number];
}

/** What a figure of maps is called, and how wide it is printed. */
export interface MapOptions {
  readonly name?: string;
  readonly caption?: string;
  readonly width?: keyof typeof columnWidth;
}

const schemes = { material: "cividis", field: "viridis", difference: "blueorange" } as const;
/** Of an embedded picture, at least, so that no viewer blurs the cells. */
const leastPixels = 256;
const contourLevels = 8;
const contourStyle = { colour: "#ffffff", shape: "circle", width: 0.7 } as const;

/**
 * Every row must have equally many maps. @throws UserError for another grid or numbers of maps | RangeError for what is
 * not finite
 */
export function maps(grid: Grid, rows: readonly MapRow[], options: MapOptions = {}): Figure {
  const {
    name = "maps",
    caption = "Maps on a grid of two axes, each row under one scale of colours",
    width = "two",
  } = options;
  const [x, y] = grid.axes;
  const columns = rows[0]?.maps.length ?? 0;
  if (grid.axes.length !== 2 || columns === 0 || rows.some((row) => row.maps.length !== columns)) {
    throw new UserError(`${name}: maps need a grid of two axes and equally many maps in every row, at least one`);
  }
  const tidy: Record<string, number>[] = []; // a row each cell, a column each map: the file is then a fifth as long
  eachCell(x, y, (i, j) => tidy.push({ x: x.centres[i], y: y.centres[j] }));
  const panels = rows.flatMap((row) => {
    const domain = domainOf(row);
    return row.maps.map((map, k): Panel => {
      if (map.values.length !== grid.cells) {
        throw new UserError(`${name}: ${map.title} has ${map.values.length} values for ${grid.cells} cells`);
      }
      tidy.forEach((cell, at) => (cell[`${map.title}: ${row.quantity}`] = map.values[at]));
      const last = k === columns - 1;
      return mapPanel(map, row, [x, y], domain, last);
    });
  });
  const panelWidth = (columnWidth[width] - 30 - 5 * (columns - 1)) / columns;
  return figure({ name, caption, width, columns, panelHeight: (panelWidth * y.length) / x.length, panels, rows: tidy });
}

type Domain = readonly [low: number, high: number];

function domainOf({ maps, colours, range }: MapRow): Domain {
  if (range) return range;
  let [low, high] = [Infinity, -Infinity];
  for (const { values } of maps) {
    for (let at = 0; at < values.length; at++) [low, high] = [Math.min(low, values[at]), Math.max(high, values[at])];
  }
  if (colours === "difference") low = -(high = Math.max(Math.abs(low), Math.abs(high)));
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

function mapPanel(
  map: FieldMap,
  { quantity, colours = "field" }: MapRow,
  [x, y]: readonly [Axis, Axis],
  domain: Domain,
  withBar: boolean,
): Panel {
  const [alongX, alongY] = [lengthScale(x), lengthScale(y)];
  const [right, top] = [alongX.shown(x.length), alongY.shown(y.length)];
  const colour = vega.scheme(schemes[colours]) as (share: number) => string;
  const share = (value: number): number => (value - domain[0]) / (domain[1] - domain[0]);
  const cells = picture([x.cells, y.cells], (i, j) => colour(share(map.values[i * y.cells + j])));
  const layers: Layer[] = [image({ x: 0, x2: right, y: 0, y2: top, url: cells })];
  if (map.contours) {
    const dark = colours === "material" ? contourStyle : { ...contourStyle, colour: "#000000" };
    for (const piece of contourLines(map.contours, [x.cells, y.cells], levelsOf(map.contours))) {
      const points = piece.map(([i, j]) => ({ x: alongX.shown(i * x.h), y: alongY.shown(j * y.h) }));
      layers.push(line(points, dark));
    }
  }
  if (withBar) layers.push(...bar(colour, quantity, domain, right, top));
  layers.push(underPointer(map, [x, y], quantity));
  return {
    title: map.title,
    x: { title: alongX.title, domain: [0, right], ticks: 3 },
    y: { title: alongY.title, domain: [0, top], ticks: 3 },
    layers,
  };
}

/** Equidistant, inside the range of the values. */
function levelsOf(values: ArrayLike<number>): number[] {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) [low, high] = [Math.min(low, values[at]), Math.max(high, values[at])];
  return Array.from({ length: contourLevels }, (_, k) => low + ((high - low) * (k + 1)) / (contourLevels + 1));
}

/** The scale of colours to the right of a panel, with its ends and its middle in words. */
function bar(
  colour: (share: number) => string,
  quantity: string,
  [low, high]: Domain,
  right: number,
  top: number,
): Layer[] {
  const url = picture([1, 64], (_, j) => colour((j + 0.5) / 64));
  const label = (value: number): string => {
    const shown = Math.abs(value) < 1e-9 * (high - low) ? 0 : value;
    return String(Number(shown.toPrecision(3))).replace("-", "−");
  };
  const text = [0, 0.5, 1].map((at) => ({ x: 1.1 * right, y: at * top, text: label(low + at * (high - low)) }));
  return [
    image({ x: 1.04 * right, x2: 1.09 * right, y: 0, y2: top, url }),
    words(text, { dx: 2 }),
    words([{ x: 1.04 * right, y: top, text: quantity }], { dx: 0, dy: -9 }),
  ];
}

function image(row: { x: number; x2: number; y: number; y2: number; url: string }): Layer {
  const mark = { type: "image", aspect: false, smooth: false };
  return { mark, rows: [row], on: { x: "x", x2: "x2", y: "y", y2: "y2", url: "url" } };
}

/** Cells that are not seen, with their values for the pointer; on a page alone. */
function underPointer({ values }: FieldMap, [x, y]: readonly [Axis, Axis], quantity: string): Layer {
  const [alongX, alongY] = [lengthScale(x), lengthScale(y)];
  const rows: object[] = [];
  eachCell(x, y, (i, j, at) => {
    rows.push({
      x: alongX.shown(i * x.h),
      x2: alongX.shown((i + 1) * x.h),
      y: alongY.shown(j * y.h),
      y2: alongY.shown((j + 1) * y.h),
      [quantity]: Number(values[at].toPrecision(4)),
    });
  });
  const mark = { type: "rect", opacity: 0 };
  return { mark, rows, on: { x: "x", x2: "x2", y: "y", y2: "y2" }, onPageOnly: true };
}

function eachCell(x: Axis, y: Axis, visit: (i: number, j: number, at: number) => void): void {
  for (let i = 0, at = 0; i < x.cells; i++) for (let j = 0; j < y.cells; j++, at++) visit(i, j, at);
}

/** A PNG as a data URL: each cell a square of pixels, y upwards. */
function picture([nx, ny]: readonly [number, number], colour: (i: number, j: number) => string): string {
  const size = Math.ceil(leastPixels / Math.max(nx, ny));
  const canvas = createCanvas(nx * size, ny * size);
  const context = canvas.getContext("2d");
  const data = context.createImageData(nx * size, ny * size);
  for (let row = 0, at = 0; row < ny * size; row++) {
    for (let column = 0; column < nx * size; column++, at += 4) {
      const [r, g, b] = parsed(colour(Math.floor(column / size), ny - 1 - Math.floor(row / size)));
      data.data.set([r, g, b, 255], at);
    }
  }
  context.putImageData(data, 0, 0);
  return `data:image/png;base64,${canvas.toBuffer("image/png").toString("base64")}`;
}

/** "rgb(1, 2, 3)" or "#010203" as numbers. */
function parsed(colour: string): readonly [number, number, number] {
  const found = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : rgb(colour);
}
