/**
 * The file beside an output that says which of its conditions lie outside the box that the model was trained in:
 * NAME.extrapolated.json beside NAME.npy. It is written before its output gets its name, so that the one is never there
 * without the other, and removed where an output of that name is extrapolated no longer.
 */
import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { UserError } from "../errors/user-error";
import { readJson, writeJson } from "../storage/json";

export const markOf = (out: string): string => out.replace(/\.npy$/, ".extrapolated.json");

/** @throws UserError where a file of the mark's name is no mark: it stays */
export async function requireOwnMark(out: string): Promise<void> {
  const file = markOf(out);
  const there = await readJson(file).catch((error: unknown) => (existsSync(file) ? error : null));
  if (there === null || (typeof there === "object" && "outsideTheTrainedBox" in there)) return;
  throw new UserError(
    `${file} is in the way and is no mark of extrapolated fields. Remedy: move it, or choose another --out.`,
  );
}

/** `outside`: a line for each condition outside the box; nothing is written where there is none. */
export async function writeMark(out: string, outside: readonly string[]): Promise<void> {
  if (outside.length > 0) await writeJson(markOf(out), { file: path.basename(out), outsideTheTrainedBox: outside });
}

/** Removes the mark of an earlier output of that name, or says what this one's says. */
export async function settleMark(out: string, outside: readonly string[], say: (line: string) => void): Promise<void> {
  if (outside.length === 0) await fs.rm(markOf(out), { force: true });
  for (const line of outside) say(`EXTRAPOLATED: ${line}; ${markOf(out)} says so too`);
}
