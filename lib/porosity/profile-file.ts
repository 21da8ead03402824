/** Measured profiles from a CSV file, in metres. */
import * as fs from "node:fs";
import { explainReadError, UserError } from "../errors/user-error";
import type { ProfileData } from "./profile-likelihood";
import { readProfileTable } from "./profile-table";

/**
 * The table of a file: x and one or many profiles, the unit of x in its header. `thickness` (m) is needed for shares of
 * it, x/L, and refused elsewhere. @throws UserError
 */
export function profilesFromFile(file: string, { thickness }: { readonly thickness?: number } = {}): ProfileData {
  const { x, unit, profiles } = readProfileTable(bytesOf(file), file);
  if (unit !== "x/L") {
    if (thickness !== undefined) throw new UserError(`${file}: a thickness has no effect, x is a length`);
    return { x, profiles };
  }
  if (thickness === undefined)
    throw new UserError(`${file}: x/L needs the thickness of the electrode. Remedy: --thickness 80um`);
  return { x: x.map((share) => share * thickness), profiles };
}

function bytesOf(file: string): Uint8Array {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw explainReadError(error, file);
  }
}
