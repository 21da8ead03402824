/**
 * Files that are there whole or not at all. The bytes go to a temporary file in the same folder, are forced to the
 * disk, and the file is then renamed to its final name, which a file system does in one step; at last the folder is
 * forced to the disk, so that the name survives a power cut too. A reader sees the old content or the new, never a
 * part, whenever the writer is killed.
 *
 * Temporary names are `.NAME~HOST~PID~RANDOM.tmp`; those whose process is gone are removed by the next writer.
 */
import * as crypto from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { errorCode, explainWriteError, UserError } from "../errors/user-error";

const host = os.hostname().replace(/[^A-Za-z0-9.-]/g, "-") || "host";
const day = 86_400_000;

/** A name beside `target` (same folder, so that a rename is possible) that no other writer uses. */
export function temporaryNameFor(target: string): string {
  const { dir, base } = path.parse(path.resolve(target));
  return path.join(dir, `.${base.slice(0, 120)}~${host}~${process.pid}~${crypto.randomBytes(6).toString("hex")}.tmp`);
}

/** Is there a process of that number on this machine? */
export function processAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM"; // alive, but somebody else's
  }
}

/**
 * Removes temporary files and folders that writers left behind when they were killed: those of dead processes of
 * this machine, and those of other machines (a shared disk) after a day. Returns the names removed.
 */
export async function cleanStaleTemporaries(folder: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await fs.readdir(folder).catch(() => [])) {
    const parts = /^\..*~([^~]+)~(\d+)~[0-9a-f]{12}\.tmp$/s.exec(name);
    if (parts === null) continue;
    const full = path.join(folder, name);
    const age = await fs.stat(full).then(
      (s) => Date.now() - s.mtimeMs,
      () => 0,
    );
    const stale = parts[1] === host ? !processAlive(Number(parts[2])) : age > day;
    if (!stale) continue;
    await fs.rm(full, { recursive: true, force: true }).catch(() => undefined);
    removed.push(name);
  }
  return removed;
}

const cleanedByThisProcess = new Set<string>();

async function cleanOnce(folder: string): Promise<void> {
  if (cleanedByThisProcess.has(folder)) return;
  cleanedByThisProcess.add(folder);
  await cleanStaleTemporaries(folder);
}

/** Forces a folder's list of names to the disk. Some file systems refuse this; there it is the best one can do. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: fs.FileHandle | undefined;
  try {
    handle = await fs.open(folder, "r");
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "EISDIR", "EPERM", "EACCES", "ENOTSUP"].includes(errorCode(error))) throw error;
  } finally {
    await handle?.close();
  }
}

/** A file in the making: it gets its name at `commit`; until then, and after `abandon`, nothing of it shows. */
export interface AtomicFile {
  readonly path: string;
  write(data: Uint8Array | string): Promise<void>;
  commit(): Promise<void>;
  /** Safe to call after `commit`, where it does nothing: it belongs in a `finally`. */
  abandon(): Promise<void>;
}

/**
 * Refuses a name that is there and is no ordinary file: a rename would put a file in the place of a folder's, a
 * device's or a pipe's name.
 */
export async function requireReplaceable(target: string): Promise<void> {
  const there = await fs.stat(target).catch((error: unknown) => {
    // the latter is said when the file is opened
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return undefined;
    throw explainWriteError(error, target);
  });
  if (there?.isDirectory()) throw explainWriteError(Object.assign(new Error(), { code: "EISDIR" }), target);
  if (there === undefined || there.isFile()) return;
  throw new UserError(`cannot write ${target}: it is a device or a pipe, and no file. Remedy: choose another name.`);
}

/** Opens a file to be written in pieces. @throws UserError | StorageError naming the path and the remedy. */
export async function openAtomically(target: string): Promise<AtomicFile> {
  const full = path.resolve(target);
  const folder = path.dirname(full);
  await cleanOnce(folder);
  const temporary = temporaryNameFor(full);
  const explained = (error: unknown): never => {
    throw explainWriteError(error, target);
  };
  await requireReplaceable(target);
  const handle = await fs.open(temporary, "wx", 0o666).catch(explained);
  let open = true;
  const abandon = async (): Promise<void> => {
    if (!open) return;
    open = false;
    await handle.close().catch(() => undefined);
    await fs.rm(temporary, { force: true }).catch(() => undefined);
  };
  const orAbandon = async (work: () => Promise<unknown>): Promise<void> => {
    if (!open) throw new Error(`openAtomically: ${target} was already committed or abandoned`);
    try {
      await work();
    } catch (error) {
      await abandon();
      explained(error);
    }
  };
  return {
    path: full,
    write: (data) => orAbandon(() => handle.writeFile(data)), // from the present position on
    commit: () =>
      orAbandon(async () => {
        await handle.sync();
        await handle.close();
        await fs.rename(temporary, full);
        open = false;
        await syncFolder(folder);
      }),
    abandon,
  };
}

/**
 * Stores `data` under `target`, whole or not at all. @throws UserError | StorageError naming the path and the remedy.
 */
export async function writeAtomically(target: string, data: Uint8Array | string): Promise<void> {
  const file = await openAtomically(target);
  await file.write(data);
  await file.commit();
}

/** Forces every file and folder below `folder` to the disk. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(full);
    else if (entry.isFile()) {
      const handle = await fs.open(full, "r");
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
  }
  await syncFolder(folder);
}

/**
 * Gives a finished folder its final name. A folder that already has the name is moved aside first and removed after
 * (no file system call swaps two folders portably): in between, a reader finds no folder, but never half of one.
 */
export async function renameFolder(from: string, to: string): Promise<void> {
  const aside = temporaryNameFor(to);
  try {
    await syncTree(from);
    const replaced = await fs.rename(to, aside).then(
      () => true,
      (error: unknown) => {
        if (errorCode(error) === "ENOENT") return false;
        throw error;
      },
    );
    await fs.rename(from, to).catch(async (error: unknown) => {
      if (replaced) await fs.rename(aside, to);
      throw error;
    });
    await syncFolder(path.dirname(path.resolve(to)));
    if (replaced) await fs.rm(aside, { recursive: true, force: true });
  } catch (error) {
    throw explainWriteError(error, to);
  }
}
