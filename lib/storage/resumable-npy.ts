/**
 * A .npy file of float64 that is made in pieces, whose making survives a kill. Until `commit` gives it its name there
 * are beside it
 *   NAME.npy.partial        header and pieces; bytes after the last recorded piece are cut off when the making goes on
 *   NAME.npy.partial.json   what is being made, and of each stored piece its size and SHA-256
 * A piece is forced to the disk before it is recorded, so what is recorded is there. Parts of another request, or
 * damaged ones, are made anew.
 */
import * as fs from "node:fs/promises";
import { z } from "zod";
import { requireReplaceable, syncFolder } from "./atomic";
import { checkedValue } from "./checked-json";
import { sha256 } from "./checksum";
import { canonicalJson, readJson, writeJson, type Json } from "./json";
import { fillFrom } from "./npy";
import { encodeNpyHeader } from "./npy-header";
import { bytesOf, elementCount } from "./numeric-array";
import { DamagedFileError, errorCode, explainWriteError, UserError } from "../errors/user-error";
import * as path from "node:path";

export interface ResumableNpy {
  /** Elements that an earlier, interrupted making has left. */
  readonly stored: number;
  append(data: Float64Array): Promise<void>;
  /** Gives the file its name. */
  commit(): Promise<void>;
  /** Closes it; the same request goes on here. */
  suspend(): Promise<void>;
  /** Leaves nothing behind; does nothing after `commit` or `suspend`. */
  abandon(): Promise<void>;
}

const recordSchema = z.object({
  request: z.string(),
  pieces: z.array(z.object({ elements: z.number().int().min(1), sha256: z.string() })),
});
type Piece = z.infer<typeof recordSchema>["pieces"][number];

/**
 * Opens or goes on with a file of this shape; `request` is all that its content depends on. One process at a time: hold
 * a lock.
 */
export async function resumeNpy(target: string, shape: readonly number[], request: Json): Promise<ResumableNpy> {
  const total = elementCount(shape);
  if (total === undefined) throw new TypeError(`resumeNpy: shape must hold sizes, got [${shape.join(", ")}]`);
  const [partial, record] = [`${target}.partial`, `${target}.partial.json`];
  const header = encodeNpyHeader("float64", shape);
  const wanted = sha256(canonicalJson({ request, shape }));
  const explained = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => {
      throw explainWriteError(error, target);
    });
  await requireReplaceable(target);
  await requireOwnParts(partial, record);
  let pieces = await storedPieces(partial, record, wanted, header.length);
  let elements = pieces.reduce((sum, piece) => sum + piece.elements, 0);
  if (elements > total) [pieces, elements] = [[], 0];
  const handle = await explained(() => openParts(partial, record, header, elements));
  let open = true;
  const close = async (): Promise<void> => {
    open = false;
    await handle.close().catch(() => undefined);
  };
  return {
    stored: elements,
    append: (data) =>
      explained(async () => {
        if (elements + data.length > total) {
          throw new RangeError(`resumeNpy.append: the shape holds ${total} elements, got ${elements + data.length}`);
        }
        const bytes = bytesOf(data);
        await writeAt(handle, bytes, header.length + 8 * elements);
        await handle.datasync();
        pieces = [...pieces, { elements: data.length, sha256: sha256(bytes) }];
        elements += data.length;
        await writeJson(record, { request: wanted, pieces });
      }),
    commit: () =>
      explained(async () => {
        if (elements !== total) {
          throw new RangeError(`resumeNpy.commit: the shape holds ${total} elements, got ${elements}`);
        }
        await handle.sync();
        await close();
        await fs.rename(partial, target);
        await syncFolder(path.dirname(path.resolve(target)));
        await fs.rm(record, { force: true });
      }),
    suspend: close,
    abandon: async () => {
      if (!open) return;
      await close();
      await removeParts(partial, record);
    },
  };
}

async function removeParts(partial: string, record: string): Promise<void> {
  for (const file of [partial, record]) await fs.rm(file, { force: true }).catch(() => undefined);
}

/** The part cut to its header and `elements`; where that fails nothing is left behind. */
async function openParts(partial: string, record: string, header: Uint8Array, elements: number) {
  const handle = await fs.open(partial, elements > 0 ? "r+" : "w+");
  try {
    await handle.truncate(elements > 0 ? header.length + 8 * elements : 0);
    if (elements === 0) await writeAt(handle, header, 0);
    return handle;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await removeParts(partial, record);
    throw error;
  }
}

async function writeAt(handle: fs.FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, Math.min(bytes.length - done, 1 << 30), at + done)).bytesWritten;
  }
}

/** The recorded pieces of the same request that are there undamaged, from the first on. */
async function storedPieces(partial: string, record: string, wanted: string, header: number): Promise<Piece[]> {
  let stored: z.infer<typeof recordSchema>;
  try {
    stored = checkedValue(recordSchema, await readJson(record), record, "the record");
  } catch (error) {
    // none, or not one of ours: begin anew
    if (error instanceof DamagedFileError || error instanceof UserError) return [];
    throw error;
  }
  if (stored.request !== wanted) return [];
  const handle = await fs.open(partial, "r").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return undefined;
    throw explainWriteError(error, partial);
  });
  if (handle === undefined) return [];
  try {
    const { size } = await handle.stat();
    const good: Piece[] = [];
    let at = header;
    for (const piece of stored.pieces) {
      if (at + 8 * piece.elements > size) break; // nothing beyond the file is allocated
      const bytes = new Uint8Array(8 * piece.elements);
      await fillFrom(handle, at, bytes, partial);
      if (sha256(bytes) !== piece.sha256) break;
      good.push(piece);
      at += bytes.length;
    }
    return good;
  } finally {
    await handle.close();
  }
}

/**
 * Parts begin with the header of a .npy file, and a record without one is a record: anything else of that name was not
 * made here and stays.
 */
async function requireOwnParts(partial: string, record: string): Promise<void> {
  const refuse = (file: string): never => {
    throw new UserError(`${file} is in the way and was not made here. Remedy: move it, or choose another --out.`);
  };
  for (const file of [partial, record]) await requireReplaceable(file);
  const begin = await beginningOf(partial, magic.length);
  if (begin !== undefined && !magic.subarray(0, begin.length).equals(begin)) refuse(partial);
  const note = await beginningOf(record, recordBegin.length);
  if (begin === undefined && note !== undefined && !recordBegin.equals(note)) refuse(record);
}

async function beginningOf(file: string, length: number): Promise<Buffer | undefined> {
  const handle = await fs.open(file, "r").catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

const recordBegin = Buffer.from('{\n  "request": '); // as writeJson stores it
const magic = Buffer.from("\x93NUMPY", "latin1");
