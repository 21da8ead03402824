/**
 * Named arrays in the safetensors format: 8 bytes with the length n of the header (little-endian), n bytes of JSON
 * {"NAME": {"dtype": "F32", "shape": [..], "data_offsets": [begin, end]}, .., "__metadata__": {"KEY": "TEXT"}}, data.
 *
 * Files that we write carry the SHA-256 of all the rest in their metadata, so that damage anywhere is noticed at
 * reading; files written by others are read without it. Nothing in a file is believed before it is checked: the tensors
 * must fill the data section exactly, in any order, without overlap.
 */
import * as fs from "node:fs/promises";
import { openAtomically } from "./atomic";
import { sha256 } from "./checksum";
import { asObject, canonicalJson, decodeUtf8, describeJson, parseJson, type Json } from "./json";
import * as arrays from "./numeric-array";
import type { DType, NumericArray } from "./numeric-array";
import { DamagedFileError, explainReadError } from "../errors/user-error";

export type Tensors = Readonly<Record<string, NumericArray>>;
export interface SafetensorsFile {
  readonly tensors: Tensors;
  /** The file's own texts, without the checksum. */
  readonly metadata: Readonly<Record<string, string>>;
}

const formatNames: Readonly<Record<DType, string>> = { float64: "F64", float32: "F32", int32: "I32" };
const maximumHeader = 1 << 24;
const checksumKey = "sha256";

/** Names are labels, but they end up in messages and, in careless hands, in paths: what could harm there is refused. */
function nameProblem(name: string): string | undefined {
  if (name === "" || name.length > 512) return "must have 1 to 512 characters";
  if (/[\u0000-\u001f\u007f]/.test(name)) return "must not contain control characters";
  if (/^[/\\]|(^|[/\\])\.\.([/\\]|$)/.test(name)) return "must not look like a path out of a folder";
  if (name === "__metadata__" || name === "__proto__") return "is reserved";
  return undefined;
}

interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * The checksum covers names, types, shapes, data and texts, and not where in the file they lie: a file that another
 * program loads and stores again keeps it.
 */
function checksumOf(tensors: Tensors, metadata: Readonly<Record<string, string>>): string {
  const contents = Object.entries(tensors).map(([name, { dtype, shape, data }]): [string, Json] => [
    name,
    { dtype, shape, sha256: sha256(arrays.bytesOf(data)) },
  ]);
  return sha256(canonicalJson({ tensors: Object.fromEntries(contents), metadata }));
}

/**
 * The bytes of a safetensors file, in two parts. Deterministic: larger element types first (alignment), then by name.
 */
function encodeParts(tensors: Tensors, metadata: Readonly<Record<string, string>>): [Uint8Array, Uint8Array] {
  const names = Object.keys(tensors).sort((a, b) => {
    const bySize = arrays.bytesPerElement[tensors[b].dtype] - arrays.bytesPerElement[tensors[a].dtype];
    return bySize !== 0 ? bySize : a < b ? -1 : 1;
  });
  const header: Record<string, Json> = {};
  let end = 0;
  for (const name of names) {
    const problem = nameProblem(name);
    if (problem !== undefined) throw new TypeError(`writeSafetensors: the name ${JSON.stringify(name)} ${problem}`);
    arrays.checkArray(tensors[name], `writeSafetensors: ${name}`);
    const { dtype, shape, data } = tensors[name];
    header[name] = { dtype: formatNames[dtype], shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const data = new Uint8Array(end);
  for (const name of names) {
    const [begin] = (header[name] as { data_offsets: [number, number] }).data_offsets;
    data.set(arrays.bytesOf(tensors[name].data), begin);
  }
  const signed = { __metadata__: { ...metadata, [checksumKey]: checksumOf(tensors, metadata) }, ...header };
  const text = Buffer.from(JSON.stringify(signed), "utf8");
  const padded = Math.ceil(text.length / 8) * 8;
  const head = Buffer.alloc(8 + padded, " ");
  head.writeBigUInt64LE(BigInt(padded), 0);
  text.copy(head, 8);
  return [head, data];
}

export function encodeSafetensors(tensors: Tensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  return Buffer.concat(encodeParts(tensors, metadata));
}

/**
 * Writes named arrays and texts, whole or not at all. Structured metadata go in as JSON texts.
 * @throws TypeError (bad name or shape) | UserError | StorageError (cannot be written)
 */
export async function writeSafetensors(
  path: string,
  tensors: Tensors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const parts = encodeParts(tensors, metadata);
  const file = await openAtomically(path);
  for (const part of parts) await file.write(part);
  await file.commit();
}

function parseEntry(name: string, value: Json, dataLength: number, file: string): Entry {
  const refuse = (problem: string): never => {
    throw new DamagedFileError(file, `tensor ${JSON.stringify(name.slice(0, 80))} ${problem}`);
  };
  const wrongName = nameProblem(name);
  if (wrongName !== undefined) refuse(wrongName);
  const entry = asObject(value, file, `the header's entry of tensor ${JSON.stringify(name.slice(0, 80))}`);
  if (Object.keys(entry).sort().join() !== "data_offsets,dtype,shape") {
    refuse("must have exactly dtype, shape and data_offsets");
  }
  const dtype = (Object.keys(formatNames) as DType[]).find((d) => formatNames[d] === entry.dtype);
  if (dtype === undefined) return refuse(`has the type ${describeJson(entry.dtype)}; F64, F32 and I32 are read`);
  const shape = Array.isArray(entry.shape) ? (entry.shape as unknown[]) : refuse("must have an array as its shape");
  const count = shape.length <= 32 ? arrays.elementCount(shape) : undefined;
  if (count === undefined) return refuse("has a shape that is not one");
  const [begin, end, ...more] = (Array.isArray(entry.data_offsets) ? entry.data_offsets : []) as unknown[];
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || more.length > 0) {
    return refuse("must have two integers as data_offsets");
  }
  const [b, e] = [begin as number, end as number];
  if (b < 0 || e < b || e > dataLength) refuse(`claims bytes ${b} to ${e} of ${dataLength}`);
  if (e - b !== count * arrays.bytesPerElement[dtype]) {
    refuse(`claims ${e - b} bytes, its shape [${shape.join(", ")}] takes ${count * arrays.bytesPerElement[dtype]}`);
  }
  return { name, dtype, shape: shape as number[], begin: b, end: e };
}

/** Overlaps, gaps and bytes that belong to nobody hide things: the tensors must tile the data section. */
function checkTiling(entries: readonly Entry[], dataLength: number, file: string): void {
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const what = begin < covered ? "overlaps the one before it" : "leaves a gap before it";
      throw new DamagedFileError(
        file,
        `tensor ${JSON.stringify(name)} ${what} (begins at ${begin}, expected ${covered})`,
      );
    }
    covered = end;
  }
  if (covered !== dataLength) {
    throw new DamagedFileError(file, `its tensors take ${covered} bytes, the data section has ${dataLength}`);
  }
}

/**
 * Parses a file held in memory; the results own their data. @throws DamagedFileError naming what is wrong and where.
 */
export function parseSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.length < 8)
    throw new DamagedFileError(name, `a safetensors file has at least 8 bytes, it has ${whole.length}`);
  const claimed = whole.readBigUInt64LE(0);
  if (claimed > BigInt(maximumHeader)) {
    throw new DamagedFileError(name, `its header claims ${claimed} bytes, at most ${maximumHeader} are accepted`);
  }
  const length = Number(claimed);
  if (8 + length > whole.length) {
    throw new DamagedFileError(
      name,
      `it is truncated: its header takes ${length} bytes, ${whole.length - 8} are there`,
    );
  }
  if (length === 0 || whole[8] !== 0x7b) throw new DamagedFileError(name, "its header does not begin with {");
  const text = decodeUtf8(whole.subarray(8, 8 + length), name);
  const header = asObject(parseJson(text, name), name, "the header");
  const data = whole.subarray(8 + length);
  const entries: Entry[] = [];
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(header)) {
    if (key !== "__metadata__") entries.push(parseEntry(key, value, data.length, name));
    else {
      for (const [k, v] of Object.entries(asObject(value, name, "__metadata__"))) {
        if (typeof v !== "string") throw new DamagedFileError(name, `its metadata ${JSON.stringify(k)} is not a text`);
        if (k !== "__proto__") metadata[k] = v;
      }
    }
  }
  checkTiling(entries, data.length, name);
  const tensors: Record<string, NumericArray> = {};
  for (const { name: tensor, dtype, shape, begin, end } of entries) {
    tensors[tensor] = { dtype, shape, data: arrays.dataFromBytes(dtype, data.subarray(begin, end)) } as NumericArray;
  }
  const { [checksumKey]: stored, ...own } = metadata;
  if (checksumKey in metadata && stored !== checksumOf(tensors, own)) {
    const without = `store it without the metadata "${checksumKey}"`;
    const remedy = `make or fetch it again; if it was changed on purpose, ${without}`;
    throw new DamagedFileError(name, "its content does not have the checksum that was stored with it", remedy);
  }
  return { tensors, metadata: own };
}

/** Reads a file. @throws DamagedFileError (see parseSafetensors) | UserError (not readable) */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const bytes = await fs.readFile(path).catch((error: unknown) => {
    throw explainReadError(error, path);
  });
  return parseSafetensors(bytes, path);
}
