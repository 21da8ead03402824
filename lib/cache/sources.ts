/**
 * What a stage's result depends on, as hashes: its input (canonical JSON), the artifacts before it, its source code.
 *
 * Source code is the file that defines the stage and every file of the project that it reaches. A file reaches another
 * where the other's path, relative to it, stands in quotes: in an import, a require, or as the name of something that
 * is loaded or compiled by other means (a thread's program, an operation in C++). So nothing has to be listed by hand,
 * and nothing can be forgotten. Imports of types alone do not count, nor does what cannot change a number: see
 * `withoutInfluence`.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { sha256 } from "../storage/checksum";
import { errorCode } from "../errors/user-error";

/** Hash of each source file by its path relative to the project. */
export type SourceHashes = Readonly<Record<string, string>>;

/**
 * What is displayed, how results are found again, how bytes reach the disk: a stage may use it, and computes the same
 * whatever it does.
 */
export const withoutInfluence: readonly string[] = [
  "lib/errors/",
  "lib/storage/",
  "lib/figures/",
  "lib/cache/",
  "lib/notebook/",
];

const typesOnly = /^\s*(?:import|export)\s+type\s[^;]*?from\s*["'][^"']+["']/gm;
const relativePath = /["'](\.\.?\/[^"'\n]+)["']/g;

/**
 * Of the files `from` (paths from the project's folder `root`) and all that they reach. @throws Error naming one that
 * does not exist.
 */
export function sourceHashes(root: string, from: readonly string[]): SourceHashes {
  const hashes: Record<string, string> = {};
  const waiting = from.map((file) => path.posix.normalize(file));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (file in hashes) continue;
    const text = sourceText(root, file);
    hashes[file] = sha256(text).slice(0, 16);
    for (const [, reached] of text.replace(typesOnly, "").matchAll(relativePath)) {
      const found = resolve(root, path.posix.join(path.posix.dirname(file), reached));
      if (found !== undefined && !withoutInfluence.some((start) => found.startsWith(start))) waiting.push(found);
    }
  }
  return Object.fromEntries(Object.entries(hashes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One hash of all. */
export function combined(hashes: SourceHashes): string {
  return sha256(Object.entries(hashes).map(([file, hash]) => `${hash} ${file}\n`).join("")); // prettier-ignore
}

function sourceText(root: string, file: string): string {
  try {
    return fs.readFileSync(path.join(root, file), "utf8");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    throw new Error(`sourceHashes: the stage names ${file} as its module, but there is no such file`);
  }
}

function resolve(root: string, module: string): string | undefined {
  const candidates = [`${module}.ts`, module, `${module}/index.ts`, `${module}.cjs`];
  return candidates.find((file) => fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.isFile() === true);
}
