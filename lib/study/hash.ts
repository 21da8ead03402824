/**
 * What a stage's result depends on, as hashes: its input (canonical JSON), the artifacts before it, its source code.
 *
 * Source code is the content of the listed .ts files and of everything that these import from the project, so that no
 * dependency can be forgotten. Imports of lib/storage and lib/study are not followed: how bytes reach the disk and how a
 * stage is displayed does not change what it computes. Type-only imports do not either.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { sha256 } from "../storage/checksum";
import { errorCode } from "../storage/user-error";

/** Hash of each source file by its path relative to the project. */
export type SourceHashes = Readonly<Record<string, string>>;

const notFollowed = ["lib/storage/", "lib/study/"];
const imports =
  /^\s*(?:import|export)\s(?!type\s)[^;]*?from\s*["'](\.[^"']+)["']|(?:\brequire|\bimport)\s*\(\s*["'](\.[^"']+)["']|^\s*import\s*["'](\.[^"']+)["']/gm;

/** @throws Error naming the entry of `sources` that does not exist. */
export function sourceHashes(root: string, sources: readonly string[]): SourceHashes {
  const hashes: Record<string, string> = {};
  const waiting = sources.flatMap((source) => listSources(root, source));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (file in hashes) continue;
    const text = fs.readFileSync(path.join(root, file), "utf8");
    hashes[file] = sha256(text).slice(0, 16);
    for (const [, from, required, bare] of text.matchAll(imports)) {
      const found = resolve(root, path.posix.join(path.posix.dirname(file), from ?? required ?? bare));
      if (found !== undefined && !notFollowed.some((folder) => found.startsWith(folder))) waiting.push(found);
    }
  }
  return Object.fromEntries(Object.entries(hashes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One hash of all. */
export function combined(hashes: SourceHashes): string {
  return sha256(Object.entries(hashes).map(([file, hash]) => `${hash} ${file}\n`).join("")); // prettier-ignore
}

const isSource = (name: string): boolean => /\.(ts|cjs|json)$/.test(name) && !name.endsWith(".d.ts");

function listSources(root: string, source: string): string[] {
  const full = path.join(root, source);
  try {
    if (fs.statSync(full).isFile()) return [path.posix.normalize(source)];
    return fs
      .readdirSync(full, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || isSource(entry.name))
      .flatMap((entry) => listSources(root, path.posix.join(source, entry.name)));
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    throw new Error(`sourceHashes: the stage names ${source} among its sources, but there is no such file or folder`);
  }
}

function resolve(root: string, module: string): string | undefined {
  const candidates = [`${module}.ts`, module, `${module}/index.ts`, `${module}.cjs`];
  return candidates.find((file) => fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.isFile() === true);
}
