/**
 * Ensembles in Zarr stores that another program wrote: one of ours that xarray has read, cut or reordered and stored
 * again, in version 2 or 3 of the format, with any codec. Python's xarray, which set-up has installed, reads it
 * (read-zarr.py); what it found is kept in files without a name, and read piece by piece.
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { DamagedFileError, UserError } from "../errors/user-error";
import {
  cellsIn,
  checkDescription,
  type EnsembleDescription,
  type EnsembleReader,
  type Quantity,
} from "./ensemble-layout";
import { asObject, parseJson, type Json } from "./json";
import { dataFromBytes } from "./numeric-array";

/** Is this folder a Zarr store of either version? */
export const isZarr = (folder: string): boolean =>
  [".zgroup", ".zmetadata", "zarr.json"].some((name) => fs.existsSync(path.join(folder, name)));

/**
 * Opens a store that lacks our checksums. @throws DamagedFileError | UserError naming the store and what is wrong with
 * it.
 */
export async function openForeignZarr(store: string): Promise<EnsembleReader> {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), "porous-sgm-zarr-"));
  const [fieldsFile, porosityFile] = [path.join(place, "fields"), path.join(place, "porosity")];
  try {
    const description = descriptionFrom(await askXarray(store, fieldsFile, porosityFile), store);
    const fields = piecesOf(fieldsFile, description.channels.length * cellsIn(description));
    const porosity = description.keepPorosity ? piecesOf(porosityFile, cellsIn(description)) : undefined;
    const total = description.conditions.length * description.count;
    return {
      description,
      read: (first, n) => {
        if (!Number.isInteger(first) || !Number.isInteger(n) || first < 0 || n < 0 || first + n > total) {
          throw new RangeError(`ensemble store: read must stay within ${total} fields, got ${first} to ${first + n}`);
        }
        const found = { fields: fields(first, n) };
        return Promise.resolve(porosity === undefined ? found : { ...found, porosity: porosity(first, n) });
      },
    };
  } finally {
    fs.rmSync(place, { recursive: true, force: true }); // what is open stays readable until this process ends
  }
}

/** Reads rows [first, first + n) of a file of float64. */
function piecesOf(file: string, size: number): (first: number, n: number) => Float64Array {
  const open = fs.openSync(file, "r");
  return (first, n) => {
    const bytes = Buffer.alloc(8 * n * size);
    fs.readSync(open, bytes, 0, bytes.length, 8 * first * size);
    return dataFromBytes("float64", bytes);
  };
}

function askXarray(store: string, ...files: string[]): Promise<{ readonly [key: string]: Json }> {
  const python = path.join(__dirname, "..", "..", ".venv", "bin", "python");
  const program = path.join(__dirname, "./read-zarr.py");
  if (!fs.existsSync(python)) {
    throw new UserError(
      `${store} was written by another program; xarray reads it, but there is no .venv. Remedy: npm run setup`,
    );
  }
  return new Promise((resolve, reject) => {
    execFile(python, [program, store, ...files], { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const last = stderr.trim().split("\n").pop();
      if (error) return reject(new DamagedFileError(store, `xarray could not read it: ${last ?? error.message}`));
      try {
        const told = asObject(parseJson(stdout, store), store, "what xarray found");
        if (typeof told.refused !== "string") return resolve(told);
        const remedy =
          "an ensemble has the dimensions condition, realisation and the axes of the cells, as sgm generate writes it";
        reject(new DamagedFileError(store, told.refused, remedy));
      } catch (thrown) {
        reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    });
  });
}

/** What read-zarr.py told, checked: names and units come from the store. */
function descriptionFrom(told: { readonly [key: string]: Json }, store: string): EnsembleDescription {
  const records = (key: string): { readonly [key: string]: Json }[] => {
    const list = told[key];
    return Array.isArray(list)
      ? (list as readonly Json[]).map((entry, i) => asObject(entry, store, `${key} ${i}`))
      : [];
  };
  const quantities = (key: string): Quantity[] =>
    records(key).map(({ name, unit, symbol, meaning }) => ({
      name: String(name),
      unit: String(unit),
      ...(symbol === undefined ? {} : { symbol: String(symbol) }),
      ...(meaning === undefined ? {} : { meaning: String(meaning) }),
    }));
  const number = (text: Json): number => (text === "inf" ? Infinity : Number(text));
  const description: EnsembleDescription = {
    problem: String(told.problem),
    axes: records("axes").map(({ name, length, cells }) => ({
      name: String(name),
      length: Number(length),
      cells: Number(cells),
    })),
    count: Number(told.count),
    channels: quantities("channels"),
    conditionQuantities: quantities("conditionQuantities"),
    conditions: records("conditions").map((condition) =>
      Object.fromEntries(Object.entries(condition).map(([name, text]) => [name, number(text)])),
    ),
    keepPorosity: told.keepPorosity === true,
    provenance: asObject(parseJson(String(told.provenance), store), store, "provenance"),
  };
  try {
    checkDescription(description);
  } catch (error) {
    throw new DamagedFileError(store, (error as Error).message);
  }
  return description;
}
