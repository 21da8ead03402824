/**
 * What a stored artifact depends on and consists of, as manifest.json beside it; and the difference of two of them in
 * words, which is what a notebook prints when something was recomputed.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { z } from "zod";
import { checkedValue } from "../storage/checked-json";
import { sha256, sha256OfFile, verifyFile } from "../storage/checksum";
import { canonicalJson, decodeUtf8, parseJson, type Json } from "../storage/json";
import { DamagedFileError, errorCode, explainReadError } from "../errors/user-error";
import { combined, type SourceHashes } from "./sources";
import type { Key } from "./stage";

export const manifestFile = "manifest.json";
/** Enters every hash: raise it when stored files change their form. */
const formatVersion = 1;

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

const hash = z.string().regex(/^[0-9a-f]{20}$/, "expected 20 hexadecimal digits");
const stageName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, "expected letters, digits and hyphens");
/** A file's path in the artifact's folder, which must not lead out of it. */
const inside = z
  .string()
  .max(1000)
  .refine((name) => !/^[/\\]|(^|[/\\])\.\.([/\\]|$)|\p{Cc}/u.test(name), "the name of a file leads out of the folder");
const manifestSchema = z.object({
  stage: stageName,
  hash,
  input: z.custom<Json>((value) => value !== undefined, "expected the stage's input"),
  upstream: z.array(z.object({ stage: stageName, hash })),
  sources: z.record(z.string(), z.string()),
  versions: z.record(z.string(), z.string()),
  files: z.record(
    inside,
    z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256"), bytes: z.number().int().min(0) }),
  ),
  seconds: z.number().min(0),
  date: z.string(),
});

/** The hash of all that an artifact depends on. */
export function hashOf({
  stage,
  input,
  upstream,
  sources,
}: Pick<Manifest, "stage" | "input" | "upstream" | "sources">): string {
  const keys = upstream.map((key) => `${key.stage}/${key.hash}`);
  const whole = [formatVersion, stage, canonicalJson(input, `${stage}: input`), keys, combined(sources)];
  return sha256(canonicalJson(whole)).slice(0, 20);
}

/**
 * Reads a manifest. What it says of the artifact's making must have the hash that it gives.
 * @throws DamagedFileError (missing, not one, or changed) | UserError (not readable)
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, manifestFile);
  const bytes = await fs.readFile(file).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") throw new DamagedFileError(file, "the file is missing");
    throw explainReadError(error, file);
  });
  const manifest = checkedValue(manifestSchema, parseJson(decodeUtf8(bytes, file), file), file, "the manifest");
  if (hashOf(manifest) !== manifest.hash) {
    throw new DamagedFileError(file, "its stage, input, upstream and sources do not have the hash that it gives");
  }
  return manifest;
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
