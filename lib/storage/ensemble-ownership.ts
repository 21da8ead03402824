/**
 * What may be replaced when an ensemble is stored: an ensemble that was stored here before, or an unfinished one, and
 * nothing else. A folder that somebody else made, or that holds one file more than was stored, stays as it is.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { checksumFile } from "./ensemble-layout";
import { readJson } from "./json";
import { UserError } from "../errors/user-error";

/**
 * Refuses a target, or an unfinished folder beside it, that is there and is not entirely this project's. @throws
 * UserError naming what is not
 */
export async function requireOwnFolders(target: string): Promise<void> {
  const kind = await kindOf(target);
  if (kind === "file") refuse(target, "it is a file");
  if (kind === "folder") {
    const names = await filesBelow(target);
    const stored = await storedNames(target);
    const strange = names.find((name) => name !== checksumFile && !stored.has(name));
    if (strange !== undefined)
      refuse(
        target,
        stored.size === 0
          ? "it is no ensemble that was stored here"
          : `it holds ${strange}, which was not stored with it`,
      );
  }
  const partial = `${path.resolve(target)}.partial`;
  const unfinished = await kindOf(partial);
  if (unfinished === "file") refuse(partial, "it is a file");
  if (unfinished === "folder") {
    const strange = (await filesBelow(partial)).find((name) => !partOfStore.test(name));
    if (strange !== undefined) refuse(partial, `it holds ${strange}, which is no part of an unfinished ensemble`);
  }
}

/** Metadata, chunks, and files that were being written, by their paths. */
const partOfStore =
  /^(?:\w{1,64}\/)?(?:\.zgroup|\.zattrs|\.zmetadata|\.zarray|\.checksums\.json|\d+(?:\.\d+)*|\..*~\d+~[0-9a-f]{12}\.tmp)$/;

function refuse(place: string, why: string): never {
  throw new UserError(`cannot write ${place}: ${why}. Remedy: choose another name, or move what is there.`);
}

async function kindOf(place: string): Promise<"nothing" | "file" | "folder"> {
  const stat = await fs.stat(place).catch(() => undefined);
  return stat === undefined ? "nothing" : stat.isDirectory() ? "folder" : "file";
}

/** Names of the files that the folder's list of checksums tells; none where there is no such list. */
async function storedNames(folder: string): Promise<ReadonlySet<string>> {
  const sums = await readJson(path.join(folder, checksumFile)).catch(() => null);
  return new Set(typeof sums === "object" && sums !== null && !Array.isArray(sums) ? Object.keys(sums) : []);
}

async function filesBelow(folder: string, inside = ""): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await fs.readdir(path.join(folder, inside), { withFileTypes: true })) {
    const name = path.posix.join(inside, entry.name);
    if (entry.isDirectory()) names.push(...(await filesBelow(folder, name)));
    else names.push(name);
  }
  return names;
}
