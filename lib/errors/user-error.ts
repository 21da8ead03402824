/**
 * Errors that the person at the keyboard can mend. The command line answers them with exit status 2 and without a
 * stack; everything else is a fault of the program or of the machine, and exits with 1.
 */
export class UserError extends Error {
  override name = "UserError";
}

/** Runs `work`; a user's error in it is told with the place in a file, or the condition, that it is about. */
export function withPlace<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${place}: ${error.message}`);
    throw error;
  }
}

/** A file that is not what it claims to be. The message names the file, the place in it and the remedy. */
export class DamagedFileError extends UserError {
  override name = "DamagedFileError";

  constructor(
    readonly path: string,
    readonly problem: string,
    remedy = "make the file again, or fetch it again from where it came",
  ) {
    super(`${path}: ${problem}. Remedy: ${remedy}.`);
  }
}

/** The machine refused to store something (disk full, input/output error). What was stored before is untouched. */
export class StorageError extends Error {
  override name = "StorageError";

  constructor(
    readonly path: string,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const unwritable: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  EACCES: ["permission denied", "choose another place, or give yourself the right to write there (chmod u+w)"],
  EPERM: ["operation not permitted", "choose another place, or ask the owner of the folder"],
  EROFS: ["the file system is read-only", "choose a place on a file system that can be written"],
  ENOENT: ["the folder does not exist", "make the folder first (mkdir -p)"],
  ENOTDIR: ["a part of the path is a file and not a folder", "choose another path"],
  EISDIR: ["there is a folder of that name", "choose another name, or remove the folder"],
  ENOTEMPTY: ["there is a folder of that name", "choose another name, or remove the folder"],
  ENAMETOOLONG: ["the name is too long", "choose a shorter name"],
};

const exhausted: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  ENOSPC: ["no space is left on the device", "free some space (npm run -s sgm -- cache prune --help), then repeat"],
  EDQUOT: ["the disk quota is used up", "free some space, then repeat"],
  EFBIG: ["the file would be larger than is allowed", "raise the limit (ulimit -f), then repeat"],
  EIO: ["the device reports an input/output error", "check the disk, then repeat"],
  EMFILE: ["too many files are open", "raise the limit (ulimit -n), then repeat"],
};

/** The system's error code ("ENOENT", ...) or "" for anything that is not a system error. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

const notAName = "no file can have that name. Remedy: a name without a null byte.";

/**
 * A failed write in words: UserError where another path or a permission mends it, StorageError where the machine must.
 */
export function explainWriteError(error: unknown, path: string): Error {
  if (error instanceof UserError || error instanceof StorageError) return error; // explained already
  const code = errorCode(error);
  if (code === "ERR_INVALID_ARG_VALUE") return new UserError(`cannot write ${JSON.stringify(path)}: ${notAName}`);
  if (code in unwritable) {
    const [what, remedy] = unwritable[code];
    return new UserError(`cannot write ${path}: ${what} (${code}). Remedy: ${remedy}.`);
  }
  if (code in exhausted) {
    const [what, remedy] = exhausted[code];
    return new StorageError(path, code, `cannot write ${path}: ${what} (${code}). Remedy: ${remedy}.`);
  }
  return error instanceof Error ? error : new Error(`cannot write ${path}: ${String(error)}`);
}

/** A failed read in words. */
export function explainReadError(error: unknown, path: string): Error {
  if (error instanceof UserError || error instanceof StorageError) return error;
  switch (errorCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return new UserError(`cannot read ${path}: no such file. Remedy: check the path.`);
    case "EISDIR":
      return new UserError(`cannot read ${path}: it is a folder. Remedy: name a file.`);
    case "EACCES":
    case "EPERM":
      return new UserError(`cannot read ${path}: permission denied. Remedy: give yourself the right to read it.`);
    case "ENAMETOOLONG":
    case "ELOOP":
      return new UserError(`cannot read ${path}: no file can be reached by that name. Remedy: check the path.`);
    case "ERR_INVALID_ARG_VALUE":
      return new UserError(`cannot read ${JSON.stringify(path)}: ${notAName}`);
    default:
      return error instanceof Error ? error : new Error(`cannot read ${path}: ${String(error)}`);
  }
}
