/** SHA-256 of bytes and of files, as lower-case hexadecimal. */
import * as crypto from "node:crypto";
import { createReadStream } from "node:fs";
import { DamagedFileError, explainReadError } from "../errors/user-error";

export function sha256(data: Uint8Array | string): string {
  return crypto.createHash("sha256").update(data).digest("hex");
}

/** Reads in pieces: the memory needed does not grow with the file. */
export async function sha256OfFile(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = crypto.createHash("sha256");
  let bytes = 0;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(piece as Buffer);
      bytes += (piece as Buffer).length;
    }
  } catch (error) {
    throw explainReadError(error, path);
  }
  return { sha256: hash.digest("hex"), bytes };
}

/** @throws DamagedFileError when the file is not the one that was stored. */
export async function verifyFile(path: string, expected: { sha256: string; bytes: number }): Promise<void> {
  const got = await sha256OfFile(path);
  if (got.bytes !== expected.bytes) {
    throw new DamagedFileError(path, `it has ${got.bytes} bytes, ${expected.bytes} were stored`);
  }
  if (got.sha256 !== expected.sha256) {
    throw new DamagedFileError(path, `its content has changed (SHA-256 ${got.sha256}, stored ${expected.sha256})`);
  }
}
