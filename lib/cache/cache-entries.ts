/** What lies in the data folder, and removing it. */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { cleanStaleTemporaries, temporaryNameFor } from "../storage/atomic";
import { UserError, explainWriteError } from "../errors/user-error";
import { isLocked } from "./lock";
import { manifestFile, readManifest } from "./manifest";
import type { Key } from "./stage";

export interface Entry extends Key {
  /** "partial": begun and not finished, with its checkpoints; "computing": partial, and a process is at it. */
  readonly state: "complete" | "partial" | "computing" | "damaged";
  readonly bytes: number;
  readonly lastUsed: Date;
  /** What the computation took; 0 if it is not complete. */
  readonly seconds: number;
  readonly folder: string;
}

export interface PruneOptions {
  /** Only these stages. */
  readonly stages?: readonly string[];
  /**
   * Complete and partial entries that were not used for so many days go. Default: complete ones stay, partial ones go
   * after 7.
   */
  readonly unusedForDays?: number;
  /** These stay in any case. */
  readonly keep?: readonly Key[];
  /** Remove nothing, only tell. */
  readonly dryRun?: boolean;
}

/** All entries, by stage and then by last use, newest first. Folders that are none of the cache's are passed over. */
export async function entriesOf(root: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const stage of await folders(root)) {
    for (const name of await folders(path.join(root, stage))) {
      const [, hash, kind] = /^([0-9a-f]{20})(\.partial|\.damaged-\w+)?$/.exec(name) ?? [];
      if (hash === undefined) continue;
      const folder = path.join(root, stage, name);
      entries.push({ stage, hash, folder, ...(await describe(folder, kind)) });
    }
  }
  return entries.sort((a, b) => (a.stage === b.stage ? +b.lastUsed - +a.lastUsed : a.stage < b.stage ? -1 : 1));
}

/** Removes damaged entries, partial ones that nobody is computing, and what `unusedForDays` says. */
export async function pruneEntries(root: string, options: PruneOptions): Promise<Entry[]> {
  const { stages, unusedForDays, keep = [], dryRun = false } = options;
  if (unusedForDays !== undefined && !(unusedForDays >= 0)) {
    throw new UserError(`cache prune: days must be a number of at least 0, got ${unusedForDays}`);
  }
  const entries = await entriesOf(root);
  const unknown = stages?.find((stage) => !entries.some((e) => e.stage === stage));
  if (unknown !== undefined) {
    const names = [...new Set(entries.map((e) => e.stage))].join(", ") || "none";
    throw new UserError(`cache prune: there is nothing of a stage "${unknown}"; stages here: ${names}`);
  }
  const chosen = entries.filter((e) => {
    if (stages !== undefined && !stages.includes(e.stage)) return false;
    if (e.state === "computing" || keep.some((k) => k.stage === e.stage && k.hash === e.hash)) return false;
    const days = (Date.now() - +e.lastUsed) / 86_400_000;
    if (e.state === "damaged") return true;
    return days >= (unusedForDays ?? (e.state === "partial" ? 7 : Infinity));
  });
  if (dryRun) return chosen;
  for (const { folder } of chosen) {
    const aside = temporaryNameFor(folder); // out of sight in one step: a reader finds it whole or not at all
    try {
      await fs.rename(folder, aside);
      await fs.rm(aside, { recursive: true, force: true });
    } catch (error) {
      throw explainWriteError(error, folder);
    }
  }
  for (const stage of await folders(root)) await cleanStaleTemporaries(path.join(root, stage));
  return chosen;
}

async function describe(
  folder: string,
  kind: string | undefined,
): Promise<Pick<Entry, "state" | "bytes" | "lastUsed" | "seconds">> {
  const bytes = await sizeOf(folder);
  if (kind === undefined) {
    const manifest = await readManifest(folder).catch(() => undefined);
    const stat = await fs.stat(path.join(folder, manifestFile)).catch(() => fs.stat(folder));
    const state = manifest === undefined ? "damaged" : "complete";
    return { state, bytes, lastUsed: stat.mtime, seconds: manifest?.seconds ?? 0 };
  }
  const lastUsed = await newest(folder);
  if (kind !== ".partial") return { state: "damaged", bytes, lastUsed, seconds: 0 };
  const busy = await isLocked(folder.slice(0, -".partial".length));
  return { state: busy ? "computing" : "partial", bytes, lastUsed, seconds: 0 };
}

async function folders(folder: string): Promise<string[]> {
  const entries = await fs.readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((e) => e.isDirectory() && !e.name.startsWith(".")).map((e) => e.name);
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await fs.readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const full = path.join(folder, entry.name);
    bytes += entry.isDirectory()
      ? await sizeOf(full)
      : await fs.stat(full).then(
          (s) => s.size,
          () => 0,
        );
  }
  return bytes;
}

async function newest(folder: string): Promise<Date> {
  let latest = new Date(0);
  for (const name of [".", "work", "artifact"]) {
    const stat = await fs.stat(path.join(folder, name)).catch(() => undefined);
    if (stat !== undefined && stat.mtime > latest) latest = stat.mtime;
  }
  return latest;
}
