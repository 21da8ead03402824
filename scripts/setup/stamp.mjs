/**
 * A stamp says: this piece was finished, from these inputs. It is written last, lies inside what it vouches for (so that
 * the two are deleted together), and names the files that must still be there with the sizes they had.
 */
import { createHash } from "node:crypto";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
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

export function writeStamp(file, inputs, folder, pieces) {
  const sizes = Object.fromEntries(pieces.map((piece) => [piece, sizeOf(join(folder, piece))]));
  const absent = pieces.filter((piece) => sizes[piece] === null);
  if (absent.length > 0) throw new Error(`writeStamp: these should be in ${folder} by now: ${absent.join(", ")}`);
  writeFileSync(file + ".part", JSON.stringify({ inputs, pieces: sizes }, null, 1));
  renameSync(file + ".part", file);
}

export function stampHolds(file, inputs, folder) {
  try {
    const stamp = JSON.parse(readFileSync(file, "utf8"));
    return (
      stamp.inputs === inputs &&
      Object.entries(stamp.pieces).every(([piece, size]) => sizeOf(join(folder, piece)) === size)
    );
  } catch {
    return false; // absent or half written: not finished
  }
}
