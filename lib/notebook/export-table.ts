/**
 * A table's files beside the figures: NAME.csv with all digits, and NAME.tex (booktabs) to be taken into a paper by
 * \input.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { csv } from "../figures/csv";
import type { Provenance } from "../figures/export";
import { writeAtomically } from "../storage/atomic";
import { contentOf, type Table } from "./table-content";
import { onOneLine } from "./latex-text";
import { tableLatex, type TableOptions } from "./table";

/**
 * Writes NAME.csv and NAME.tex to `folder`, each whole or not at all; made again from the same rows they are the same
 * bytes. The .tex says in its first lines which run and configuration made it. @throws RangeError for a name that is a
 * path or a figure's
 */
export async function exportTable(
  name: string,
  table: Table,
  options: TableOptions & Provenance & { readonly folder: string },
): Promise<{ readonly csv: string; readonly tex: string }> {
  const { folder, run = "not stated", configuration = {}, ...shown } = options;
  if (!/^[\p{L}\p{Nd}][\p{L}\p{Nd}._-]*$/u.test(name)) {
    throw new RangeError(`exportTable: a table's name is one plain word for a file name, got "${name}"`);
  }
  const { header, values } = contentOf("exportTable", table);
  await fs.mkdir(folder, { recursive: true });
  if ((await fs.readdir(folder)).includes(`${name}.vl.json`)) {
    throw new RangeError(`exportTable: ${name} is a figure's name, whose ${name}.csv would be lost; choose another`);
  }
  const rows = values.map((row) => Object.fromEntries(header.map((column, j) => [column, plain(row[j])])));
  const about = [options.caption ?? name, `run: ${run}`, JSON.stringify(configuration)].map(
    (line) => `% ${onOneLine(line)}\n`,
  );
  const files = { csv: path.join(folder, `${name}.csv`), tex: path.join(folder, `${name}.tex`) };
  await writeAtomically(files.csv, csv(rows));
  await writeAtomically(files.tex, about.join("") + tableLatex(table, shown));
  return files;
}

function plain(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined || (typeof value === "number" && Number.isNaN(value))) return null;
  return typeof value === "number" || typeof value === "boolean" ? value : String(value);
}
