/** Reads the Zarr folders that ensemble.ts writes; every file is checked against its stored checksum before use. */
import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { sha256 } from "./checksum";
import * as layouts from "./ensemble-layout";
import type { EnsembleDescription, EnsembleReader, Quantity } from "./ensemble-layout";
import { isZarr, openForeignZarr } from "./foreign-zarr";
import { asObject, canonicalJson, decodeUtf8, parseJson, readJson, type Json } from "./json";
import { dataFromBytes } from "./numeric-array";
import { DamagedFileError, UserError, explainReadError } from "../errors/user-error";
import { rowAt } from "../numerics/rows";

/**
 * Opens a finished ensemble. Sizes of all files are checked here, so that nothing beyond them is allocated later. A
 * store without our checksums is one that another program wrote: see foreign-zarr.ts.
 */
export async function openEnsemble(folder: string): Promise<EnsembleReader> {
  if (isZarr(folder) && !existsSync(path.join(folder, layouts.checksumFile))) return openForeignZarr(folder);
  const sums = asObject(await readChecksums(folder), path.join(folder, layouts.checksumFile), "the file");
  const verified = async (name: string, expectedBytes?: number): Promise<Buffer> => {
    const file = path.join(folder, name);
    try {
      if (expectedBytes !== undefined) await checkSize(file, expectedBytes);
      const bytes = await fs.readFile(file);
      if (sha256(bytes) === sums[name]) return bytes;
    } catch (error) {
      throw explainReadError(error, file);
    }
    throw new DamagedFileError(file, "its content has changed since it was stored");
  };
  const metadataPath = path.join(folder, ".zmetadata");
  const metadata = parseJson(decodeUtf8(await verified(".zmetadata"), metadataPath), metadataPath);
  const description = await describe(metadata, metadataPath, Object.keys(sums).length, (name, bytes) =>
    verified(name, bytes),
  );
  const layout = layouts.layoutOf(description);
  const arrays = layouts.fieldArrays(description);
  for (const chunk of layout.chunks) {
    for (const { name } of arrays) await checkSize(path.join(folder, name, chunk.name), layout.chunkBytes);
  }
  const { channels } = description;
  const cells = layouts.cellsIn(description);
  const total = description.conditions.length * description.count;
  const latest = arrays.map(() => ({ chunk: "", data: new Float64Array(0) }));

  return {
    description,
    read: async (first, n) => {
      if (!Number.isInteger(first) || !Number.isInteger(n) || first < 0 || n < 0 || first + n > total) {
        throw new RangeError(`ensemble store: read must stay within ${total} fields, got ${first} to ${first + n}`);
      }
      const fields = new Float64Array(n * channels.length * cells);
      const porosity = description.keepPorosity ? new Float64Array(n * cells) : undefined;
      for (const chunk of layout.chunks) {
        const from = Math.max(first, chunk.first);
        const to = Math.min(first + n, chunk.end);
        if (from >= to) continue;
        for (const [a, { name }] of arrays.entries()) {
          if (latest[a].chunk !== chunk.name) {
            const data = dataFromBytes("float64", await verified(`${name}/${chunk.name}`, layout.chunkBytes));
            latest[a] = { chunk: chunk.name, data };
          }
          const [target, rows, row] = a < channels.length ? [fields, channels.length, a] : [porosity!, 1, 0];
          for (let k = from; k < to; k++) {
            target.set(rowAt(latest[a].data, k - chunk.first, cells), ((k - first) * rows + row) * cells);
          }
        }
      }
      return porosity === undefined ? { fields } : { fields, porosity };
    },
  };
}

export interface StoredEnsemble {
  readonly problem: string;
  /** Of all axes together; `description.axes` has them. */
  readonly cells: number;
  readonly conditions: readonly Readonly<Record<string, number>>[];
  readonly count: number;
  /** [conditions, count, channels, cells], SI units. */
  readonly fields: Float64Array;
  /** [conditions, count, cells], where it was kept. */
  readonly porosity?: Float64Array;
}

/** Reads a whole ensemble into memory. @throws UserError | DamagedFileError naming file and problem. */
export async function readEnsemble(folder: string): Promise<StoredEnsemble & { description: EnsembleDescription }> {
  const { description, read } = await openEnsemble(folder);
  const { problem, conditions, count } = description;
  const cells = layouts.cellsIn(description);
  return { problem, cells, conditions, count, description, ...(await read(0, conditions.length * count)) };
}

async function readChecksums(folder: string): Promise<Json> {
  const isFolder = await fs.stat(folder).then(
    (s) => s.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UserError(`cannot read ${folder}: no such folder. Remedy: check the path.`);
  return readJson(path.join(folder, layouts.checksumFile)).catch((error: unknown) => {
    if (error instanceof DamagedFileError || !(error instanceof UserError)) throw error;
    throw new UserError(`${folder} is not an ensemble that was stored completely here (${error.message})`);
  });
}

async function checkSize(file: string, expected: number): Promise<void> {
  const { size } = await fs.stat(file).catch((error: unknown) => {
    throw explainReadError(error, file);
  });
  if (size !== expected) throw new DamagedFileError(file, `it has ${size} bytes, ${expected} are expected`);
}

/** The description back from the metadata. The metadata must be exactly those that the description gives. */
async function describe(
  json: Json,
  file: string,
  files: number,
  small: (name: string, bytes: number) => Promise<Buffer>,
): Promise<EnsembleDescription> {
  const refuse = (problem: string): never => {
    throw new DamagedFileError(file, problem);
  };
  const metadata = asObject(asObject(json, file, "the file").metadata, file, "metadata");
  const root = asObject(metadata[".zattrs"], file, ".zattrs");
  const channels = quantities(root.channels, metadata, file);
  const conditionQuantities = quantities(root.conditions, metadata, file);
  if (channels.length === 0) refuse("it names no channels");
  const { shape } = asObject(metadata[`${channels[0].name}/.zarray`], file, `${channels[0].name}/.zarray`);
  const named = storedAxes(root) ?? refuse("it has no axes or lengths");
  const whole =
    Array.isArray(shape) && shape.length === 2 + named.length && shape.every((k) => Number.isSafeInteger(k));
  const [n, count, ...cells] = (whole ? shape : refuse("shape is wrong")) as number[];
  if (![n, count, ...cells].every((k) => k > 0)) refuse("shape is wrong");
  const columns: Float64Array[] = [];
  for (const { name } of conditionQuantities) {
    columns.push(dataFromBytes("float64", await small(`${name}/0`, 8 * n))); // its size bounds the number of conditions
  }
  if (columns.length === 0 && n > 1) refuse("it has several conditions and no values for them");
  const conditions = Array.from({ length: n }, (_, i) =>
    Object.fromEntries(conditionQuantities.map((q, k) => [q.name, columns[k][i]])),
  );
  const { problem, provenance } = root;
  if (typeof problem !== "string" || typeof provenance !== "string") return refuse("it has no problem or provenance");
  const description: EnsembleDescription = {
    problem,
    axes: named.map((axis, k) => ({ ...axis, cells: cells[k] })),
    count,
    channels,
    conditionQuantities,
    conditions,
    keepPorosity: `${layouts.porosityQuantity.name}/.zarray` in metadata,
    provenance: asObject(parseJson(provenance, file), file, "provenance"),
  };
  try {
    layouts.checkDescription(description);
    // before listing them
    if (layouts.chunkCount(description) > files) refuse("it speaks of more chunks than there are files");
  } catch (error) {
    if (error instanceof DamagedFileError) throw error;
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (canonicalJson(metadata) !== canonicalJson(layouts.metadataFiles(description))) {
    refuse("its metadata do not fit together");
  }
  return description;
}

/** Quantities by a list of their names, with what the metadata say of each. */
function quantities(names: Json, metadata: { readonly [key: string]: Json }, file: string): Quantity[] {
  if (!Array.isArray(names)) throw new DamagedFileError(file, "a list of names is missing");
  return (names as unknown[]).map((name): Quantity => {
    if (typeof name !== "string" || !/^[A-Za-z]\w{0,63}$/.test(name))
      throw new DamagedFileError(file, `${String(name)} is no array name`);
    const a = asObject(metadata[`${name}/.zattrs`], file, `${name}/.zattrs`);
    if (typeof a.units !== "string" || typeof a.long_name !== "string")
      throw new DamagedFileError(file, `${name} has no units`);
    const symbol = typeof a.symbol === "string" ? { symbol: a.symbol } : {};
    return { name, ...symbol, unit: a.units, ...(a.long_name === name ? {} : { meaning: a.long_name }) };
  });
}

/** Names and lengths of the axes: one called x by its length alone, or lists of both. */
function storedAxes({
  axes,
  length,
}: {
  readonly [key: string]: Json;
}): { name: string; length: number }[] | undefined {
  const [names, lengths] = axes === undefined ? [["x"], [length]] : [axes, length];
  if (!Array.isArray(names) || !Array.isArray(lengths) || names.length !== lengths.length) return undefined;
  const found = (names as Json[]).map((name, k) => ({ name, length: (lengths as Json[])[k] }));
  const good = found.length > 0 && found.every((a) => typeof a.name === "string" && typeof a.length === "number");
  return good ? (found as { name: string; length: number }[]) : undefined;
}
