/**
 * Ensembles of fields on disk, as Zarr folders (see ensemble-layout.ts), written as a stream and read in pieces.
 *
 * The writer fills PATH.partial, each chunk whole or not at all, and gives the folder its name when all is there: a
 * reader never sees a part. A writer that was killed goes on behind the last complete chunk when it is opened again
 * with the same description. One writer per path: callers that may meet another process hold a lock.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { cleanStaleTemporaries, renameFolder, temporaryNameFor, writeAtomically } from "./atomic";
import { sha256, sha256OfFile } from "./checksum";
import * as layouts from "./ensemble-layout";
import type { EnsembleDescription } from "./ensemble-layout";
import { canonicalJson, type Json } from "./json";
import { bytesOf } from "./numeric-array";
import { requireOwnFolders } from "./ensemble-ownership";
import { errorCode, explainWriteError } from "../errors/user-error";
import { rowAt } from "../numerics/rows";

export type { EnsembleDescription, EnsembleReader, Quantity } from "./ensemble-layout";
export { openEnsemble, readEnsemble, type StoredEnsemble } from "./ensemble-reader";

export interface EnsembleWriter {
  /** Fields that are safely on disk already: the next append begins with this one (condition * count + realisation). */
  readonly stored: number;
  /**
   * Adds whole fields in order: [n, channels, cells], and their porosities [n, cells] where these are kept.
   * @throws RangeError for NaN or infinity, naming field and cell | UserError | StorageError
   */
  append(fields: Float64Array, porosity?: Float64Array): Promise<void>;
  /** Completes the folder and gives it its name; an earlier ensemble of that name is replaced. */
  finish(): Promise<void>;
  /** Removes the unfinished folder. Does nothing after `finish`. */
  abandon(): Promise<void>;
}

/**
 * Opens PATH.partial for writing, going on with what is complete there if it has the same description. @throws
 * UserError where something that is no ensemble of this project, or more than one, has the name already
 */
export async function createEnsemble(target: string, description: EnsembleDescription): Promise<EnsembleWriter> {
  layouts.checkDescription(description);
  await requireOwnFolders(target);
  const partial = `${path.resolve(target)}.partial`;
  const { count, channels } = description;
  const cells = layouts.cellsIn(description);
  const layout = layouts.layoutOf(description);
  const arrays = layouts.fieldArrays(description);
  const total = description.conditions.length * count;
  const checksums: Record<string, string> = {};
  const store = async (name: string, data: Uint8Array | string): Promise<void> => {
    await writeAtomically(path.join(partial, name), data);
    checksums[name] = sha256(data);
  };

  let nextChunk = await begin(partial, description, target, checksums, store);
  const buffers = arrays.map(() => new Float64Array(layout.chunkBytes / 8).fill(NaN));
  let position = nextChunk < layout.chunks.length ? layout.chunks[nextChunk].first : total; // of the next field
  const stored = position;
  let finished = false;
  const flush = async (): Promise<void> => {
    for (const [a, { name }] of arrays.entries()) {
      await store(`${name}/${layout.chunks[nextChunk].name}`, bytesOf(buffers[a]));
      buffers[a].fill(NaN);
    }
    nextChunk++;
  };
  return {
    stored,
    append: async (fields, porosity) => {
      const n = fields.length / (channels.length * cells);
      checkAppended(fields, porosity, n, position, total, description);
      for (let k = 0; k < n; k++) {
        const { first, end } = layout.chunks[nextChunk];
        const at = (position - first) * cells;
        for (let a = 0; a < channels.length; a++) {
          buffers[a].set(rowAt(fields, k * channels.length + a, cells), at);
        }
        if (porosity !== undefined) buffers[channels.length].set(rowAt(porosity, k, cells), at);
        position++;
        if (position === end) await flush();
      }
    },
    finish: async () => {
      if (position !== total) throw new RangeError(`ensemble store: ${total} fields were announced, got ${position}`);
      await writeAtomically(path.join(partial, layouts.checksumFile), `${canonicalJson(checksums)}\n`);
      await renameFolder(partial, target);
      finished = true;
    },
    abandon: async () => {
      if (!finished) await removeWhole(partial, target);
    },
  };
}

/** Metadata and coordinates, by path in the folder. */
function smallFiles(d: EnsembleDescription): [string, Uint8Array | string][] {
  const text = (value: Json): string => `${JSON.stringify(value, null, 1)}\n`;
  const metadata = layouts.metadataFiles(d);
  const centres = ({ length, cells }: layouts.StoredAxis): Float64Array =>
    Float64Array.from({ length: cells }, (_, i) => ((i + 0.5) * length) / cells);
  return [
    ...Object.entries(metadata).map(([name, value]): [string, string] => [name, text(value)]),
    [".zmetadata", text({ metadata, zarr_consolidated_format: 1 })],
    ...d.axes.map((axis): [string, Uint8Array] => [`${axis.name}/0`, bytesOf(centres(axis))]),
    ...d.conditionQuantities.map(({ name }): [string, Uint8Array] => [
      `${name}/0`,
      bytesOf(Float64Array.from(d.conditions, (c) => c[name])),
    ]),
  ];
}

/** The small files, and the number of chunks that an earlier writer of the same description has left complete. */
async function begin(
  partial: string,
  description: EnsembleDescription,
  target: string,
  checksums: Record<string, string>,
  store: (name: string, data: Uint8Array | string) => Promise<void>,
): Promise<number> {
  let complete = 0;
  try {
    if (await sameDescription(partial, description)) {
      complete = await completeChunks(partial, description, checksums);
    } else {
      await startFolder(partial, description, target);
    }
    for (const [name, data] of smallFiles(description)) await store(name, data);
  } catch (error) {
    if (complete === 0) await removeWhole(partial, target).catch(() => undefined); // nothing worth keeping
    throw error;
  }
  return complete;
}

async function startFolder(partial: string, d: EnsembleDescription, target: string): Promise<void> {
  try {
    await removeWhole(partial, target);
    await fs.mkdir(partial);
    for (const { name } of [...d.axes, ...layouts.fieldArrays(d), ...d.conditionQuantities]) {
      await fs.mkdir(path.join(partial, name));
    }
  } catch (error) {
    throw explainWriteError(error, target);
  }
}

/** Removes the unfinished folder under another name: a removal that is killed leaves none of which a part is gone. */
async function removeWhole(partial: string, target: string): Promise<void> {
  const aside = temporaryNameFor(target);
  await fs.rename(partial, aside).catch((error: unknown) => {
    if (errorCode(error) !== "ENOENT") throw error;
  });
  await fs.rm(aside, { recursive: true, force: true });
}

/** Is there an unfinished folder that began with exactly these small files? */
async function sameDescription(partial: string, d: EnsembleDescription): Promise<boolean> {
  for (const [name, data] of smallFiles(d)) {
    const there = await fs.readFile(path.join(partial, name)).catch(() => undefined);
    if (there === undefined || !there.equals(Buffer.from(data))) return false;
  }
  return true;
}

/** How many leading chunks are complete in every array; their checksums are noted. */
async function completeChunks(folder: string, d: EnsembleDescription, sums: Record<string, string>): Promise<number> {
  const { chunks, chunkBytes } = layouts.layoutOf(d);
  for (const { name } of layouts.fieldArrays(d)) await cleanStaleTemporaries(path.join(folder, name));
  for (const [i, chunk] of chunks.entries()) {
    for (const array of layouts.fieldArrays(d)) {
      const name = `${array.name}/${chunk.name}`;
      const size = await fs.stat(path.join(folder, name)).then(
        (s) => s.size,
        (error: unknown) => {
          if (errorCode(error) === "ENOENT") return -1;
          throw error;
        },
      );
      if (size !== chunkBytes) return i;
      sums[name] = (await sha256OfFile(path.join(folder, name))).sha256;
    }
  }
  return chunks.length;
}

function checkAppended(
  fields: Float64Array,
  porosity: Float64Array | undefined,
  n: number,
  position: number,
  total: number,
  d: EnsembleDescription,
): void {
  const where = "ensemble store: append";
  const cells = layouts.cellsIn(d);
  const size = `[n, ${d.channels.length}, ${d.axes.map((axis) => axis.cells).join(", ")}]`;
  if (!Number.isInteger(n)) throw new RangeError(`${where}: fields must be ${size}, got ${fields.length} values`);
  if (position + n > total) throw new RangeError(`${where}: ${total} fields were announced, got ${position + n}`);
  if ((porosity?.length ?? -1) !== (d.keepPorosity ? n * cells : -1)) {
    const expected = d.keepPorosity ? `[n, ${cells}]` : "left out";
    throw new RangeError(`${where}: porosity must be ${expected}, got ${porosity?.length ?? "nothing"}`);
  }
  for (const values of [fields, porosity ?? new Float64Array(0)]) {
    const bad = values.findIndex((v) => !Number.isFinite(v));
    if (bad < 0) continue;
    const rows = values === fields ? d.channels.length : 1;
    const row = values === fields ? d.channels[Math.floor(bad / cells) % rows].name : layouts.porosityQuantity.name;
    const field = position + Math.floor(bad / (rows * cells));
    const place = `${row} of realisation ${field % d.count} of condition ${Math.floor(field / d.count)}`;
    throw new RangeError(`${where}: ${place} must be finite, got ${values[bad]} in cell ${bad % cells}`);
  }
}
