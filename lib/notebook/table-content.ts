/**
 * What is in a table: rows of plain objects or a danfojs DataFrame or Series, as a header and cells; nothing of danfojs
 * is loaded for it.
 */

/** What a table shows of a DataFrame, or of one column of it (a Series). */
export interface Frame {
  readonly columns: readonly (string | number)[];
  readonly values: readonly unknown[];
  /** Names of the rows, or their numbers. */
  readonly index?: readonly (string | number | boolean)[];
}

/** Rows of plain objects, or a DataFrame. */
export type Table = readonly object[] | Frame;

/** The keys of these rows, in order of appearance. */
export const columnsOf = (rows: readonly object[]): string[] => [...new Set(rows.flatMap((row) => Object.keys(row)))];

/**
 * Header and cells of a table. Rows that have names (`describe()` calls them "count", "mean", ..) show them in a first
 * column without a title; the numbers that rows have otherwise are left out. @throws RangeError if there is no cell
 */
export function contentOf(caller: string, table: Table): { header: string[]; values: unknown[][] } {
  const { header, values } = isFrame(table) ? contentOfFrame(table) : contentOfRows(table);
  if (values.length === 0 || header.length === 0) throw new RangeError(`${caller}: a table needs at least one row`);
  return { header, values };
}

function contentOfRows(rows: readonly object[]): { header: string[]; values: unknown[][] } {
  const header = columnsOf(rows);
  return { header, values: rows.map((row) => header.map((key) => (row as Record<string, unknown>)[key])) };
}

function contentOfFrame({ columns, values, index = [] }: Frame): { header: string[]; values: unknown[][] } {
  // a Series has numbers and words themselves
  const rows = values.map((row): unknown[] => (Array.isArray(row) ? row : [row]));
  const header = columns.map(String);
  const named = header.length > 0 && index.length === rows.length && !index.every(isRowNumber);
  return named
    ? { header: ["", ...header], values: rows.map((row, i) => [index[i], ...row]) }
    : { header, values: rows };
}

const isRowNumber = (label: unknown): boolean => Number.isInteger(label) && (label as number) >= 0;

const isFrame = (table: Table): table is Frame => !Array.isArray(table) && "columns" in table;
