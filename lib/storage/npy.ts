/**
 * Arrays in NumPy's .npy format: float64, float32 or int32, any shape, C order. Reading checks the header and the
 * file's size against each other before it allocates; writing is whole or not at all, in one go or piece by piece.
 */
import * as fs from "node:fs/promises";
import { openAtomically } from "./atomic";
import { encodeNpyHeader, npyDataOffset, npyPreamble, parseNpyHeader, type NpyHeader } from "./npy-header";
import * as arrays from "./numeric-array";
import type { DType, NumericArray } from "./numeric-array";
import { DamagedFileError, explainReadError } from "../errors/user-error";

export interface NpyExpectation<D extends DType = DType> {
  readonly dtype?: D;
  /** Expected sizes; undefined stands for any size. */
  readonly shape?: readonly (number | undefined)[];
}

function checkSize(header: NpyHeader, fileSize: number, name: string): number {
  const count = arrays.elementCount(header.shape) ?? NaN;
  const bytes = count * arrays.bytesPerElement[header.dtype];
  const there = fileSize - header.offset;
  if (there !== bytes) {
    const what = there < bytes ? "it is truncated" : "something follows its data";
    const shape = `${header.dtype} [${header.shape.join(", ")}]`;
    throw new DamagedFileError(name, `${what}: ${shape} takes ${bytes} bytes after the header, there are ${there}`);
  }
  return count;
}

function checkExpectation(header: NpyHeader, expected: NpyExpectation, name: string): void {
  if (expected.dtype !== undefined && header.dtype !== expected.dtype) {
    const remedy = `convert it with astype("${expected.dtype}")`;
    throw new DamagedFileError(name, `${expected.dtype} was expected, its elements are ${header.dtype}`, remedy);
  }
  const wanted = expected.shape;
  if (wanted === undefined) return;
  if (wanted.length !== header.shape.length || wanted.some((n, i) => n !== undefined && n !== header.shape[i])) {
    const shown = wanted.map((n) => n ?? "any").join(", ");
    const problem = `an array of shape [${shown}] was expected, it has [${header.shape.join(", ")}]`;
    throw new DamagedFileError(name, problem, "give an array of that shape");
  }
}

/** Parses a .npy file held in memory; the result owns its data. @throws DamagedFileError */
export function parseNpy(bytes: Uint8Array, name: string): NumericArray;
export function parseNpy<D extends DType>(bytes: Uint8Array, name: string, e: NpyExpectation<D>): NumericArray<D>;
export function parseNpy(bytes: Uint8Array, name: string, expected: NpyExpectation = {}): NumericArray {
  const header = parseNpyHeader(bytes, name);
  checkExpectation(header, expected, name);
  checkSize(header, bytes.length, name);
  const data = arrays.dataFromBytes(header.dtype, bytes.subarray(header.offset));
  return { dtype: header.dtype, shape: header.shape, data } as NumericArray;
}

/**
 * Reads an array. Nothing larger than the file is allocated.
 * @throws DamagedFileError (truncated, trailing bytes, other type or shape than expected, ...) | UserError (not
 *   readable)
 */
export async function readNpy(path: string): Promise<NumericArray>;
export async function readNpy<D extends DType>(path: string, expected: NpyExpectation<D>): Promise<NumericArray<D>>;
export async function readNpy(path: string, expected: NpyExpectation = {}): Promise<NumericArray> {
  const handle = await fs.open(path, "r").catch((error: unknown) => {
    throw explainReadError(error, path);
  });
  try {
    const { size } = await handle.stat();
    const start = await readFully(handle, 0, Math.min(npyPreamble, size), path);
    const header = parseNpyHeader(await readFully(handle, 0, npyDataOffset(start, size, path), path), path);
    checkExpectation(header, expected, path);
    const data = arrays.emptyData(header.dtype, checkSize(header, size, path));
    await fillFrom(handle, header.offset, arrays.bytesOf(data), path);
    return { dtype: header.dtype, shape: header.shape, data } as NumericArray;
  } catch (error) {
    throw explainReadError(error, path);
  } finally {
    await handle.close();
  }
}

async function readFully(handle: fs.FileHandle, from: number, length: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await fillFrom(handle, from, bytes, path);
  return bytes;
}

/** Fills `bytes` from a file, in pieces that the system calls accept (2^31 - 1 bytes is their limit). */
export async function fillFrom(handle: fs.FileHandle, from: number, bytes: Uint8Array, path: string): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(bytes.length - done, 1 << 30), from + done);
    if (bytesRead === 0) throw new DamagedFileError(path, `it ends at byte ${from + done}, which was not expected`);
    done += bytesRead;
  }
}

/** A .npy file written piece by piece: `append` until the shape is filled, then `commit`. */
export interface NpyWriter<D extends DType> {
  append(data: arrays.DataOf[D]): Promise<void>;
  commit(): Promise<void>;
  /** Leaves no file behind; does nothing after `commit`. */
  abandon(): Promise<void>;
}

export async function createNpy<D extends DType>(
  path: string,
  dtype: D,
  shape: readonly number[],
): Promise<NpyWriter<D>> {
  const total = arrays.elementCount(shape);
  if (total === undefined) throw new TypeError(`createNpy: shape must hold sizes, got [${shape.join(", ")}]`);
  const file = await openAtomically(path);
  await file.write(encodeNpyHeader(dtype, shape));
  let written = 0;
  return {
    append: async (data) => {
      arrays.checkArray({ dtype, shape: [data.length], data } as NumericArray, "createNpy.append");
      if (written + data.length > total) {
        throw new RangeError(`createNpy.append: the shape holds ${total} elements, got ${written + data.length}`);
      }
      await file.write(arrays.bytesOf(data));
      written += data.length;
    },
    commit: async () => {
      if (written !== total)
        throw new RangeError(`createNpy.commit: the shape holds ${total} elements, got ${written}`);
      await file.commit();
    },
    abandon: () => file.abandon(),
  };
}
