/**
 * Code that a person brings, a problem in a file of theirs, may throw anything anywhere. What it threw is told in its
 * own words and with its place in the person's file; values of any kind are shown without running what they bring
 * along.
 */
import * as util from "node:util";

/** A value of any kind in one short line. Neither getters nor conversions of its own are run. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  const text = util.inspect(value, { depth: 1, customInspect: false, breakLength: Infinity, maxStringLength: 60 });
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/**
 * What was thrown, "ReferenceError: kappa is not defined (my-electrode.ts:12:5)"; the place is left out where it lies
 * outside the file.
 */
export function thrownIn(file: string, fullPath: string, thrown: unknown): string {
  if (!(thrown instanceof Error)) return `${shown(thrown)}, which is no Error`;
  const place = placeIn(fullPath, thrown);
  return `${inWords(thrown)}${place === undefined ? "" : ` (${file}:${place.line}:${place.column})`}`;
}

/** Where the error began to leave the file, or undefined: the first line of its stack that names the file. */
export function placeIn(fullPath: string, error: Error): { line: number; column: number; atTop: boolean } | undefined {
  const frames = stackOf(error).filter((line) => /^\s+at /.test(line) && !line.includes("node:internal"));
  for (const [i, frame] of frames.entries()) {
    const at = frame.indexOf(`${fullPath}:`);
    const numbers = at < 0 ? null : /^:(\d+):(\d+)/.exec(frame.slice(at + fullPath.length));
    if (numbers) return { line: Number(numbers[1]), column: Number(numbers[2]), atTop: i === 0 };
  }
  return undefined;
}

function stackOf(error: Error): string[] {
  try {
    return String(error.stack).split("\n");
  } catch {
    return []; // a stack with a getter of its own
  }
}

function inWords(error: Error): string {
  try {
    return `${error.name}: ${error.message}`;
  } catch {
    return shown(error);
  }
}
