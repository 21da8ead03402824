/**
 * Tables of results as danfojs DataFrames: select, group and aggregate in a cell, then show or export the outcome.
 * danfojs takes seconds to load, so it is loaded when the first frame is made. From then on a frame that is a cell's
 * last expression is shown as a table.
 */
import type * as Danfo from "danfojs-node";
import { tableHtml, tableText } from "./table";
import { columnsOf, type Frame } from "./table-content";

/**
 * The name under which the kernel asks a cell's last expression how it wants to be shown, by MIME type (Deno's kernel
 * uses the same).
 */
const shownAs = Symbol.for("Jupyter.display");
/** Rows that a frame shows by itself; `showTable` shows all. */
const most = 50;

/** A danfojs DataFrame of these rows: a column for every key, in order of appearance; what a row lacks is null. */
export function dataFrame(rows: readonly object[]): Danfo.DataFrame {
  const columns = columnsOf(rows);
  return new (danfo().DataFrame)(
    rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name] ?? null)),
    { columns },
  );
}

function danfo(): typeof Danfo {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const loaded = require("danfojs-node") as typeof Danfo;
  // What frames and columns have in common: `describe()` and others give frames of another class than the one exported.
  let common = loaded.DataFrame.prototype as object;
  for (let next = common; next !== Object.prototype; next = Object.getPrototypeOf(next) as object) common = next;
  Object.defineProperty(common, shownAs, { value: pictured, configurable: true });
  return loaded;
}

function pictured(this: Frame): Record<string, string> {
  const { columns, values, index } = this;
  if (values.length === 0) return { "text/plain": `no rows; columns: ${columns.join(", ")}` };
  const rest = values.length - most;
  const shown = { columns, values: values.slice(0, most), index: index?.slice(0, most) };
  const options = rest > 0 ? { caption: `the first ${most} of ${values.length} rows` } : {};
  return { "text/html": tableHtml(shown, options), "text/plain": tableText(shown, options) };
}
