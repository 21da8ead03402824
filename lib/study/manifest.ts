/**
 * What a stored artifact depends on and consists of, as manifest.json beside it; and the difference of two of them in
 * words, which is what a notebook prints when something was recomputed.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { sha256OfFile, verifyFile } from "../storage/checksum";
import { asObject, canonicalJson, parseJson, type Json } from "../storage/json";
import { DamagedFileError, errorCode, explainReadError } from "../storage/user-error";
import type { SourceHashes } from "./hash";
import type { Key } from "./stage";

export const manifestFile = "manifest.json";
/** Enters every hash: raise it when stored files change their form. */
export const formatVersion = 1;

export interface Manifest {
  readonly stage: string;
  readonly hash: string;
  readonly input: Json;
  readonly upstream: readonly Key[];
  readonly sources: SourceHashes;
  readonly versions: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
  /** What the computation took. */
  readonly seconds: number;
  /** ISO 8601. */
  readonly date: string;
}

/** Checksums of all files below a folder, by path in it. */
export async function checksumsOf(folder: string, inside = ""): Promise<Manifest["files"]> {
  const files: Record<string, { sha256: string; bytes: number }> = {};
  for (const entry of await fs.readdir(path.join(folder, inside), { withFileTypes: true })) {
    const name = path.posix.join(inside, entry.name);
    if (entry.isDirectory()) Object.assign(files, await checksumsOf(folder, name));
    else if (name !== manifestFile) files[name] = await sha256OfFile(path.join(folder, name));
  }
  return files;
}

/** Reads a manifest. @throws DamagedFileError (missing, or not one) | UserError (not readable) */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, manifestFile);
  const text = await fs.readFile(file, "utf8").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") throw new DamagedFileError(file, "the file is missing");
    throw explainReadError(error, file);
  });
  const m = asObject(parseJson(text, file), file, "the file");
  const shaped =
    typeof m.stage === "string" &&
    typeof m.hash === "string" &&
    typeof m.seconds === "number" &&
    typeof m.date === "string" &&
    Array.isArray(m.upstream) &&
    m.upstream.every(
      (k: unknown) => typeof (k as Key | null)?.stage === "string" && typeof (k as Key).hash === "string",
    ) &&
    [m.sources, m.versions].every((map) =>
      Object.values(asObject(map, file, "an entry")).every((v) => typeof v === "string"),
    );
  if (!shaped) throw new DamagedFileError(file, "it is not a manifest");
  for (const [name, value] of Object.entries(asObject(m.files, file, "files"))) {
    const { sha256, bytes } = asObject(value, file, name);
    if (typeof sha256 === "string" && typeof bytes === "number" && !/^[/\\]|(^|[/\\])\.\.([/\\]|$)/.test(name))
      continue;
    throw new DamagedFileError(file, `its entry of ${JSON.stringify(name.slice(0, 80))} is not one`);
  }
  return m as unknown as Manifest;
}

/** The readable manifests of a stage's complete artifacts. */
export async function manifestsOf(stageFolder: string): Promise<Manifest[]> {
  const names = (await fs.readdir(stageFolder).catch(() => [])).filter((name) => /^[0-9a-f]{20}$/.test(name));
  const read = await Promise.all(
    names.map((name) => readManifest(path.join(stageFolder, name)).catch(() => undefined)),
  );
  return read.filter((m): m is Manifest => m !== undefined);
}

/** @throws DamagedFileError naming the first file that is missing or changed | UserError (not readable) */
export async function verifyArtifact(folder: string, manifest: Manifest): Promise<void> {
  for (const [name, stored] of Object.entries(manifest.files)) {
    const file = path.join(folder, name);
    await fs.stat(file).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") throw new DamagedFileError(file, "the file is missing");
      throw explainReadError(error, file);
    });
    await verifyFile(file, stored);
  }
}

/** Every leaf of a JSON value by its dotted path; arrays count as leaves. */
function leaves(value: Json, place: string, into: Map<string, string>): Map<string, string> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value as { readonly [key: string]: Json });
    for (const [key, v] of entries) leaves(v, place === "" ? key : `${place}.${key}`, into);
  } else {
    into.set(place, canonicalJson(value));
  }
  return into;
}

function differing(before: Map<string, string>, now: Map<string, string>): string[] {
  return [...new Set([...before.keys(), ...now.keys()])].filter((key) => before.get(key) !== now.get(key));
}

const short = (text: string | undefined): string =>
  text === undefined ? "none" : text.length > 40 ? `${text.slice(0, 37)}...` : text;

type Dependencies = Pick<Manifest, "input" | "upstream" | "sources">;

/** What differs, most telling first: keys of the input, source files, artifacts before it. */
export function differences(before: Dependencies, now: Dependencies): string[] {
  const inputs = [before, now].map(({ input }) => leaves(input, "", new Map()));
  const sources = [before, now].map((m) => new Map(Object.entries(m.sources)));
  const upstream = [before, now].map((m) => new Map(m.upstream.map((key, i) => [`${i} ${key.stage}`, key.hash])));
  return [
    ...differing(inputs[0], inputs[1]).map((key) => {
      const name = key === "" ? "input" : key;
      return `${name} ${short(inputs[0].get(key))} -> ${short(inputs[1].get(key))}`;
    }),
    ...differing(upstream[0], upstream[1]).map((key) => `another ${key.split(" ")[1]}`),
    ...differing(sources[0], sources[1]).map((file) => {
      return `${file} ${!sources[0].has(file) ? "is new" : !sources[1].has(file) ? "is gone" : "changed"}`;
    }),
  ];
}
