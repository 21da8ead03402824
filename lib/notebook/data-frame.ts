/**
 * Tables of results as danfojs DataFrames: select, group and aggregate in a cell, then show or export the outcome. danfojs takes seconds to
 * load, so it is loaded when the first frame is made; showing a frame needs nothing of it but its columns and values.
 */
import type * as Danfo from "danfojs-node";

/** What a table shows of a DataFrame. */
export interface Frame {
  readonly columns: readonly string[];
  readonly values: readonly unknown[];
}

/** Rows of plain objects, or a DataFrame. */
export type Table = readonly object[] | Frame;

/** A danfojs DataFrame of these rows: a column for every key, in order of appearance; what a row lacks is null. */
export function dataFrame(rows: readonly object[]): Danfo.DataFrame {
  const columns = columnsOf(rows);
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const danfo = require("danfojs-node") as typeof Danfo;
  return new danfo.DataFrame(
    rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name] ?? null)),
    { columns },
  );
}

const columnsOf = (rows: readonly object[]): string[] => [...new Set(rows.flatMap((row) => Object.keys(row)))];

/** Header and cells of a table. @throws RangeError if there are none. */
export function contentOf(caller: string, table: Table): { header: string[]; values: unknown[][] } {
  const framed = isFrame(table);
  const header = framed ? table.columns.map(String) : columnsOf(table);
  const values: unknown[][] = framed
    ? table.values.map((row) => {
        if (Array.isArray(row)) return row as unknown[];
        throw new TypeError(
          `${caller}: expected a DataFrame, got one column (a Series); make it a frame of one column`,
        );
      })
    : table.map((row) => header.map((key) => (row as Record<string, unknown>)[key]));
  if (values.length === 0 || header.length === 0) throw new RangeError(`${caller}: a table needs at least one row`);
  return { header, values };
}

const isFrame = (table: Table): table is Frame => !Array.isArray(table) && "columns" in table;
