/**
 * JSON in two directions. Canonical: one text per value (keys sorted, no spaces, no -0), so that equal values have
 * equal hashes. Strict: what is read has no duplicate keys, bounded depth, and errors name the line and the column.
 */
import * as fs from "node:fs/promises";
import { writeAtomically } from "./atomic";
import { firstSyntaxError } from "./json-syntax";
import { DamagedFileError, UserError, explainReadError } from "../errors/user-error";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const maximumDepth = 200;

/**
 * The canonical text of a value made of plain objects, arrays, finite numbers, strings, booleans and null. Entries
 * that are undefined count as absent. @throws TypeError naming the place for anything else, since a silently
 * dropped value would give two different configurations one hash.
 */
export function canonicalJson(value: unknown, place = "value", depth = 0): string {
  if (depth > maximumDepth)
    throw new TypeError(`canonicalJson: ${place.slice(0, 80)}... is nested too deep, or in itself`);
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`canonicalJson: ${place} must be a finite number, got ${value}`);
    return Object.is(value, -0) ? "0" : JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((v, i) => canonicalJson(v, `${place}[${i}]`, depth + 1)).join(",")}]`;
  if (typeof value === "object") {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null || prototype === Object.prototype) {
      const entries = Object.entries(value).filter(([, v]) => v !== undefined);
      entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      const texts = entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v, `${place}.${k}`, depth + 1)}`);
      return `{${texts.join(",")}}`;
    }
  }
  const kind = typeof value === "object" ? ((value as object).constructor?.name ?? "object") : typeof value;
  throw new TypeError(
    `canonicalJson: ${place} must be plain data (object, array, number, string, boolean), got ${kind}`,
  );
}

/** "line 3, column 7" of an offset into a text. */
function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `line ${before.length}, column ${before[before.length - 1].length + 1}`;
}

/** Duplicate keys and excessive depth, which JSON.parse lets pass. Works on any text; only its tokens matter. */
function refuseDuplicatesAndDepth(text: string, refuse: (problem: string, offset: number) => never): void {
  const open: (Set<string> | null)[] = []; // a set of keys for an object, null for an array
  const tokens = /"(?:[^"\\]|\\[^])*"|[{}[\]]/g;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    const [t] = token;
    if (t === "{" || t === "[") {
      open.push(t === "{" ? new Set() : null);
      if (open.length > maximumDepth) refuse(`it is nested deeper than ${maximumDepth} levels`, token.index);
    } else if (t === "}" || t === "]") open.pop();
    else {
      const keys = open[open.length - 1];
      if (!keys) continue;
      let next = tokens.lastIndex;
      while (/\s/.test(text[next] ?? "")) next++;
      if (text[next] !== ":") continue;
      let key = t;
      try {
        key = JSON.parse(t) as string;
      } catch {
        continue; // JSON.parse of the whole reports it
      }
      if (keys.has(key)) refuse(`the key ${t.slice(0, 80)} occurs twice`, token.index);
      keys.add(key);
    }
  }
}

/**
 * Parses strictly. `name` is the file (or other source) for messages. @throws DamagedFileError naming line and column.
 */
export function parseJson(text: string, name: string): Json {
  const refuse = (problem: string, offset: number): never => {
    throw new DamagedFileError(name, `${problem}, at ${lineAndColumn(text, offset)}`, "mend the JSON text there");
  };
  refuseDuplicatesAndDepth(text, refuse);
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const fault = firstSyntaxError(text);
    if (fault === undefined) throw error;
    return refuse(`it is not valid JSON (${fault.problem})`, fault.offset);
  }
}

/** Decodes UTF-8 and refuses what is not. */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DamagedFileError(name, "it is not UTF-8 text", "store it as UTF-8");
  }
}

/** Reads and parses a file of at most `maximumBytes`. @throws UserError naming file, place and remedy. */
export async function readJson(path: string, { maximumBytes = 1 << 28 } = {}): Promise<Json> {
  let bytes: Buffer;
  try {
    const { size } = await fs.stat(path);
    if (size > maximumBytes) {
      throw new UserError(`cannot read ${path}: ${size} bytes of JSON, at most ${maximumBytes} are accepted`);
    }
    bytes = await fs.readFile(path);
  } catch (error) {
    throw explainReadError(error, path);
  }
  return parseJson(decodeUtf8(bytes, path), path);
}

/** Stores a value as indented JSON, whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  canonicalJson(value); // refuses NaN and the like, which JSON.stringify would turn into null
  await writeAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Is this an object of keys and values, and neither a list nor null? */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A plain object, or a clear error. */
export function asObject(value: Json | undefined, name: string, place: string): { readonly [key: string]: Json } {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as { readonly [key: string]: Json };
  }
  throw new DamagedFileError(name, `${place} must be a JSON object, got ${describeJson(value)}`);
}

/** A short rendering for messages: at most 60 characters, however large the value. */
export function describeJson(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "string") return JSON.stringify(value.length > 50 ? `${value.slice(0, 50)}...` : value);
  return String(value);
}
