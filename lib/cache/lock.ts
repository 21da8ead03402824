/**
 * One process at a time: a lock file beside the thing to be made (proper-lockfile: a folder whose age is renewed while
 * its owner lives), and beside it a note of who owns it.
 *
 * The note serves two ends. A lock whose owner was killed is taken over at once instead of after its time-out. And a
 * lock whose owner lives is respected even if a long native computation kept it from renewing the age. Taking the lock,
 * looking at the note and writing it happen under a second, short-lived lock, so that no two waiters can take over at
 * once.
 */
import * as fs from "node:fs/promises";
import * as os from "node:os";
import { dirname as folderOf } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import * as lockfile from "proper-lockfile";
import { z } from "zod";
import { processAlive, writeAtomically } from "../storage/atomic";
import { errorCode, explainWriteError } from "../errors/user-error";

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Start of the process, where the system tells: a process number can be given again. */
  readonly started: string;
}

const staleAfter = 60_000; // for owners on other machines, of whom one cannot know whether they live
const pollEvery = 150;

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once if somebody else has the lock. */
  readonly onWait?: (owner: string) => void;
}

/** Runs `work` while holding the lock of `path` (files PATH.lock, PATH.guard, PATH.owner.json). */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  // A folder that cannot be written in is no lock to wait for.
  await fs.access(folderOf(path), fs.constants.W_OK).catch((error: unknown) => {
    throw explainWriteError(error, path);
  });
  let told = false;
  let release = await tryLock(path);
  while (typeof release !== "function") {
    if (!told) options.onWait?.(release.owner);
    told = true;
    await pause(pollEvery, undefined, { signal: options.signal }).catch(() => {
      options.signal?.throwIfAborted();
    });
    release = await tryLock(path);
  }
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Is somebody who lives holding the lock of `path`? */
export async function isLocked(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  if (owner !== undefined && owner.host === os.hostname()) return isAlive(owner);
  return lockfile.check(path, { realpath: false, stale: staleAfter, lockfilePath: `${path}.lock` });
}

async function tryLock(path: string): Promise<(() => Promise<void>) | { owner: string }> {
  return guarded(path, async () => {
    const owner = await readOwner(path);
    if (owner !== undefined && owner.host === os.hostname()) {
      if (await isAlive(owner)) return { owner: `process ${owner.pid}` };
      await fs.rm(`${path}.lock`, { recursive: true, force: true });
    }
    let unlock: () => Promise<void>;
    try {
      unlock = await lockfile.lock(path, {
        realpath: false,
        lockfilePath: `${path}.lock`,
        stale: staleAfter,
        update: 10_000,
        onCompromised: () => undefined, // the note still protects it on this machine; see above
      });
    } catch (error) {
      if (errorCode(error) === "ELOCKED") return { owner: owner === undefined ? "another process" : owner.host };
      throw error;
    }
    const own: Owner = { pid: process.pid, host: os.hostname(), started: await startOf(process.pid) };
    await writeAtomically(`${path}.owner.json`, JSON.stringify(own));
    return async () => {
      await guarded(path, async () => {
        await fs.rm(`${path}.owner.json`, { force: true });
        await unlock().catch(() => fs.rm(`${path}.lock`, { recursive: true, force: true }));
      });
    };
  });
}

/** The short-lived second lock: some milliseconds of file operations. Its owner being killed costs two seconds. */
async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  const retries = { retries: 2000, factor: 1, minTimeout: 5, maxTimeout: 20, randomize: true };
  const options = {
    realpath: false,
    lockfilePath: `${path}.guard`,
    stale: 2000,
    retries,
    onCompromised: () => undefined,
  };
  const release = await lockfile.lock(`${path}.guard`, options).catch((error: unknown) => {
    throw explainWriteError(error, path);
  });
  try {
    return await work();
  } finally {
    await release().catch(() => undefined);
  }
}

const ownerSchema = z.object({ pid: z.number().int().min(1), host: z.string(), started: z.string() });

/** A note that is missing or is none counts as no note: the lock's age decides. */
async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await fs.readFile(`${path}.owner.json`, "utf8")));
  } catch {
    return undefined;
  }
}

async function isAlive(owner: Owner): Promise<boolean> {
  return processAlive(owner.pid) && owner.started === (await startOf(owner.pid));
}

/**
 * Start time of a process in clock ticks since boot (Linux; "" elsewhere), or "ended" for one that only awaits burial.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // what follows the name, which may hold anything
  return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
}
