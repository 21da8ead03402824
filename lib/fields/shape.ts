/**
 * How a field lies in memory: [channels, cells], one channel after the other, the cells of its grid in their order.
 * Several fields follow one another, [count, channels, cells], so that the value of a channel k of field i in cell j
 * stands at
 *   (i * channels + k) * cells + j.
 * This is the only place that says so.
 */
import type { Channel } from "./channel";
import type { Grid } from "./grid";

export interface Shape {
  readonly channels: readonly Channel[];
  readonly grid: Grid;
}

/** A channel by its name or its number. */
export type Which = string | number;

/** Numbers in one field. */
export const fieldSize = ({ channels, grid }: Shape): number => channels.length * grid.cells;

/** The number of a channel. Throws RangeError, with the names that there are, for one that there is not. */
export function channelNumber({ channels }: Pick<Shape, "channels">, which: Which): number {
  const found = typeof which === "number" ? which : channels.findIndex(({ name }) => name === which);
  if (Number.isInteger(found) && found >= 0 && found < channels.length) return found;
  const names = channels.map(({ name }, k) => `${k} ${name}`).join(", ");
  throw new RangeError(`fields: there is no channel ${JSON.stringify(which)}; there are ${names}`);
}

/** A channel by its name or number. Throws RangeError as channelNumber does. */
export const channelNamed = (shape: Pick<Shape, "channels">, which: Which): Channel =>
  shape.channels[channelNumber(shape, which)];

/** Where a field begins, or one of its channels (by number), in an array [count, channels, cells]. */
export function offsetOf({ channels, grid }: Shape, field: number, channel = 0): number {
  return (field * channels.length + channel) * grid.cells;
}

/** The channel of a position in an array [.., channels, cells]. */
export const channelAt = (at: number, channels: number, cells: number): number => Math.floor(at / cells) % channels;

/** Where the number at a position in [.., channels, cells] stands in [.., cells, channels], as networks want it. */
export const cellByCell = (at: number, channels: number, cells: number): number =>
  (Math.floor(at / (channels * cells)) * cells + (at % cells)) * channels + channelAt(at, channels, cells);

/**
 * The shape of an array of which nothing is known but its sizes: channels that are numbered, on an axis of cells of 1
 * m.
 */
export function unnamedShape(channels: number, cells: number): Shape {
  const centres = Float64Array.from({ length: cells }, (_, i) => i + 0.5);
  return {
    channels: Array.from({ length: channels }, (_, k) => ({ name: `channel ${k}`, symbol: `channel ${k}`, unit: "1" })),
    grid: { axes: [{ name: "x", length: cells, cells, h: 1, centres }], cells },
  };
}

/** How many whole fields `values` numbers are. Throws RangeError where they are none. */
export function countOf(shape: Shape, values: number): number {
  const count = values / fieldSize(shape);
  if (Number.isInteger(count)) return count;
  const size = `${shape.channels.length} x ${shape.grid.cells}`;
  throw new RangeError(`fields: expected whole fields of ${size} values, got ${values} values`);
}

/** Field, channel and cell of a position in an array [count, channels, cells]. */
export function placeOf({ channels, grid }: Shape, at: number): { field: number; channel: number; cell: number } {
  const row = Math.floor(at / grid.cells);
  const field = Math.floor(row / channels.length);
  return { field, channel: row - field * channels.length, cell: at - row * grid.cells };
}

/** A cell as messages call it: "cell 17", or "cell (2, 5)" on a grid of several axes. */
export function cellName({ axes }: Grid, cell: number): string {
  const along: number[] = [];
  for (const { cells } of [...axes].reverse()) {
    along.unshift(cell % cells);
    cell = Math.floor(cell / cells);
  }
  return along.length === 1 ? `cell ${along[0]}` : `cell (${along.join(", ")})`;
}

/** The same place in words: "phi in cell 17". */
export function placeName(shape: Shape, at: number): string {
  const { channel, cell } = placeOf(shape, at);
  return `${shape.channels[channel].name} in ${cellName(shape.grid, cell)}`;
}

/** Have two shapes the same channels, by name and unit, and the same axes, by name, number of cells and length? */
export function sameShape(a: Shape, b: Shape): boolean {
  const words = ({ channels, grid }: Shape): string =>
    JSON.stringify([
      channels.map(({ name, unit }) => [name, unit]),
      grid.axes.map(({ name, cells, length }) => [name, cells, length]),
    ]);
  return words(a) === words(b);
}
