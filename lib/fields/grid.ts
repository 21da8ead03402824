/**
 * Uniform grids on boxes: along an axis of length L with N cells the centres are x_i = (i + 1/2) h, h = L / N, i = 0 ..
 * N - 1. The cells of a grid of several axes are numbered with the last axis fastest, so that values on it are an array
 * [N_1][N_2].. row by row.
 */
import { UserError } from "../errors/user-error";

/** One direction of a domain: its name, its length in m, and how many cells it has unless somebody asks for others. */
export interface Extent {
  readonly name: string;
  /** m */
  readonly length: number;
  readonly cells: number;
  /** The parameter by which a configuration sets the length; without it the length is the problem's own. */
  readonly parameter?: string;
}

export interface Axis extends Extent {
  /** Width of a cell, m. */
  readonly h: number;
  /** [cells], m */
  readonly centres: Float64Array;
}

export interface Grid {
  /** At least one; the last varies fastest. */
  readonly axes: readonly Axis[];
  /** Of all axes together. */
  readonly cells: number;
}

/** How fine a grid is: one number of cells along every axis, or a list of one number an axis. */
export type Cells = number | readonly number[];

/** `cells` equal cells on [0, length] (m). Throws UserError for fewer than two cells and for a length that is none. */
export function uniformAxis(name: string, length: number, cells: number): Axis {
  if (!Number.isSafeInteger(cells) || cells < 2) {
    throw new UserError(`grid: cells must be a whole number of at least 2, got ${cells} along ${name}`);
  }
  if (!(length > 0 && length < Infinity)) {
    throw new UserError(`grid: length must be a positive number of metres along ${name}, got ${length}`);
  }
  const h = length / cells;
  return { name, length, cells, h, centres: Float64Array.from({ length: cells }, (_, i) => (i + 0.5) * h) };
}

/** The grid of these axes, the last one fastest. */
export function gridOf(axes: readonly Axis[]): Grid {
  if (axes.length === 0) throw new UserError("grid: at least one axis is needed, got none");
  return { axes, cells: axes.reduce((product, axis) => product * axis.cells, 1) };
}

/**
 * A grid on a domain: with its own numbers of cells, with one number along every axis, or with a list of one number an
 * axis.
 */
export function gridOn(domain: readonly Extent[], cells?: Cells): Grid {
  if (typeof cells === "object" && cells.length !== domain.length) {
    const axes = domain.map(({ name }) => name).join(", ");
    throw new UserError(`grid: one number of cells is needed for each of the axes ${axes}, got ${cells.length}`);
  }
  const along = (extent: Extent, k: number): number => (typeof cells === "object" ? cells[k] : (cells ?? extent.cells));
  return gridOf(domain.map((extent, k) => uniformAxis(extent.name, extent.length, along(extent, k))));
}

/** Numbers of cells along the axes, [N_1, N_2, ..]. */
export const cellsAlong = ({ axes }: Grid): number[] => axes.map(({ cells }) => cells);

/** The axis of a grid that has one. `who` needs it so: it is named in the error that a grid of several axes meets. */
export function onlyAxis({ axes }: Grid, who: string): Axis {
  if (axes.length === 1) return axes[0];
  throw new UserError(`${who}: a grid of one axis is needed, got one of ${axes.map(({ name }) => name).join(", ")}`);
}
