/**
 * A stamp says: this piece was finished, from these inputs. It is written last, lies inside what it vouches for (so
 * that the two are deleted together), and names the files that must still be there with the sizes and contents they
 * had. Sizes are looked at before every command, contents when set-up is asked for by name.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A hash of strings and buffers, in order; each is preceded by its length, so that no two lists run together. */
export function hashOf(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

const sizeOf = (path) => {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return null;
  return stat.isDirectory() ? "folder" : stat.size;
};

/** Of a file's content, read in pieces: a library may be larger than a buffer. */
function contentOf(path) {
  const hash = createHash("sha256");
  const piece = Buffer.alloc(1 << 20);
  const descriptor = openSync(path, "r");
  try {
    for (let read; (read = readSync(descriptor, piece)) > 0;) hash.update(piece.subarray(0, read));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}

export function writeStamp(file, inputs, folder, pieces) {
  const sizes = Object.fromEntries(pieces.map((piece) => [piece, sizeOf(join(folder, piece))]));
  const absent = pieces.filter((piece) => sizes[piece] === null);
  if (absent.length > 0) throw new Error(`writeStamp: these should be in ${folder} by now: ${absent.join(", ")}`);
  const files = pieces.filter((piece) => sizes[piece] !== "folder");
  const contents = Object.fromEntries(files.map((piece) => [piece, contentOf(join(folder, piece))]));
  writeFileSync(file + ".part", JSON.stringify({ inputs, pieces: sizes, contents }, null, 1));
  renameSync(file + ".part", file);
}

/** `thorough`: the files must have their contents too, not their sizes alone; takes a second for the large ones. */
export function stampHolds(file, inputs, folder, thorough = false) {
  try {
    const { inputs: made, pieces, contents = {} } = JSON.parse(readFileSync(file, "utf8"));
    const sizesHold = Object.entries(pieces).every(([piece, size]) => sizeOf(join(folder, piece)) === size);
    if (made !== inputs || !sizesHold) return false;
    return (
      !thorough || Object.entries(contents).every(([piece, content]) => contentOf(join(folder, piece)) === content)
    );
  } catch {
    return false; // absent or half written: not finished
  }
}
