/**
 * The head of a .npy file (NumPy's format, versions 1.0, 2.0 and 3.0): the bytes \x93NUMPY, two bytes of version, the
 * length of the text (2 bytes in version 1, 4 after), and a Python literal such as
 *     {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
 * padded with spaces and ended by a newline, so that the data begin at a multiple of 64.
 */
import { elementCount, type DType } from "./numeric-array";
import { DamagedFileError } from "../errors/user-error";

export interface NpyHeader {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Bytes before the first element. */
  readonly offset: number;
}

const descriptions: Readonly<Record<DType, string>> = { float64: "<f8", float32: "<f4", int32: "<i4" };
const maximumHeader = 1 << 16;
export const npyPreamble = 12; // bytes that suffice to learn the header's length

export function encodeNpyHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  const list = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descriptions[dtype]}', 'fortran_order': False, 'shape': (${list}), }`;
  const total = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = Buffer.alloc(total, " ");
  header.write("\x93NUMPY\x01\x00", 0, "latin1");
  header.writeUInt16LE(total - 10, 8);
  header.write(text, 10, "latin1");
  header[total - 1] = 0x0a;
  return header;
}

/** Where the data begin, from the first bytes of a file of `fileSize` bytes. */
export function npyDataOffset(start: Uint8Array, fileSize: number, name: string): number {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  if (bytes.length < 10 || bytes.toString("latin1", 0, 6) !== "\x93NUMPY") {
    throw new DamagedFileError(name, "it does not begin as a .npy file does", "store the array with numpy.save");
  }
  const version = bytes[6];
  if (![1, 2, 3].includes(version) || bytes[7] !== 0) {
    throw new DamagedFileError(name, `.npy version ${version}.${bytes[7]} is unknown (1.0, 2.0 and 3.0 are read)`);
  }
  if (version > 1 && bytes.length < 12) throw new DamagedFileError(name, "it ends within its header");
  const length = version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  const offset = (version === 1 ? 10 : 12) + length;
  if (length > maximumHeader) {
    throw new DamagedFileError(name, `its header claims ${length} bytes, at most ${maximumHeader} are accepted`);
  }
  if (offset > fileSize) throw new DamagedFileError(name, `it ends within its header (${fileSize} of ${offset} bytes)`);
  return offset;
}

/** Parses the whole header. @throws DamagedFileError naming what is wrong. */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const offset = npyDataOffset(bytes, bytes.length, name);
  const text = Buffer.from(
    bytes.buffer,
    bytes.byteOffset + (bytes[6] === 1 ? 10 : 12),
    offset - (bytes[6] === 1 ? 10 : 12),
  );
  const fields = parseLiteral(text.toString("latin1"), name);
  const order = fields.get("fortran_order");
  if (order === "True") {
    const remedy = "store it in C order: numpy.save(path, numpy.ascontiguousarray(a))";
    throw new DamagedFileError(name, "its array is in Fortran order", remedy);
  }
  const description = fields.get("descr") ?? "";
  const dtype = (Object.keys(descriptions) as DType[]).find((d) => descriptions[d] === description.slice(1, -1));
  if (dtype === undefined || !/^["']/.test(description)) {
    const read = "float64 (<f8), float32 (<f4) and int32 (<i4)";
    const problem = `its elements are of type ${description.slice(0, 40)}; ${read} are read`;
    throw new DamagedFileError(name, problem, "convert it: numpy.save(path, a.astype('<f8'))");
  }
  const shape = (fields.get("shape") ?? "")
    .slice(1, -1)
    .split(",")
    .map((s) => s.trim())
    .filter((s, i, all) => !(s === "" && i === all.length - 1))
    .map(Number);
  if (elementCount(shape) === undefined) {
    throw new DamagedFileError(name, `its shape ${fields.get("shape")?.slice(0, 60)} is not one`);
  }
  return { dtype, shape, offset };
}

/** {'key': value, ..} with values that are strings, booleans or tuples of integers; kept as text. */
function parseLiteral(text: string, name: string): Map<string, string> {
  const fields = new Map<string, string>();
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  const entry =
    /\s*(?:'(\w+)'|"(\w+)")\s*:\s*('[^'\\]*'|"[^"\\]*"|True|False|\(\s*\)|\(\s*\d+\s*,\s*\)|\(\s*\d+(?:\s*,\s*\d+)+\s*,?\s*\))\s*(,|$)\s*/y;
  while (body !== undefined && entry.lastIndex < body.length) {
    const at = entry.lastIndex;
    const found = entry.exec(body);
    if (found === null) {
      const excerpt = JSON.stringify(body.slice(at, at + 60));
      throw new DamagedFileError(
        name,
        `its header cannot be read at ${excerpt}`,
        "store a plain numeric array with numpy.save",
      );
    }
    const key = found[1] ?? found[2];
    if (fields.has(key)) throw new DamagedFileError(name, `its header gives '${key}' twice`);
    fields.set(key, found[3]);
  }
  const kinds = [
    ["descr", /^["']/],
    ["fortran_order", /^(True|False)$/],
    ["shape", /^\(/],
  ] as const;
  if (fields.size !== 3 || kinds.some(([key, kind]) => !kind.test(fields.get(key) ?? ""))) {
    throw new DamagedFileError(name, "its header must have 'descr', 'fortran_order' and 'shape'");
  }
  return fields;
}
