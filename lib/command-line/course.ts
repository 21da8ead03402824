/**
 * How long a study will take. Chapter k cost a_k seconds when it was last run here, or t_k on the reference machine
 * (two idle cores, the preset quick). With the seconds b_1 .. b_n that the first n chapters have taken now, the rest
 * takes about
 *   s (a_{n+1} + a_{n+2} + ..),   s = (a_0 + b_1 + .. + b_n) / (a_0 + a_1 + .. + a_n),
 * so this machine's own pace replaces what was known beforehand; a_0, one chapter's worth, keeps the first ones from
 * deciding alone. Where results are stored already, a chapter takes seconds: what is said is the most that it may take.
 */
import { readFileSync } from "node:fs";
import { writeJson } from "../storage/json";
import { sum } from "../numerics/statistics";

/** Seconds of each chapter, by the name of its notebook. */
export type Durations = Readonly<Record<string, number>>;

/** At the preset quick, trainings included, on two idle cores of an Intel Xeon with AVX-512. */
export const reference: Durations = {
  "01-porosity-and-transport": 12,
  "02-training-data": 27,
  "03-training": 318,
  "04-sampling": 5,
  "05-mean-bias": 210,
  "06-non-identifiability": 30,
  "07-film-ablation": 127,
  "08-work-and-precision": 65,
  "09-boundary-configurations": 240,
  "10-measurements": 200,
  "11-two-dimensions": 700,
};

/**
 * Seconds that the chapters after the first `taken.length` will take; undefined where one of them has never been timed.
 */
export function secondsLeft(
  chapters: readonly string[],
  known: Durations,
  taken: readonly number[],
): number | undefined {
  const expected = chapters.map((name) => known[name]);
  if (expected.some((seconds) => seconds === undefined)) return undefined;
  const prior = sum(expected) / chapters.length;
  const pace = (prior + sum(taken)) / (prior + sum(expected.slice(0, taken.length)));
  return pace * sum(expected.slice(taken.length));
}

/**
 * What earlier runs of a preset took, kept in `file`: {preset: {chapter: seconds}}. A file that cannot be read counts
 * as none.
 */
export function knownDurations(file: string, preset: string): Durations {
  const own = preset === "quick" ? reference : {};
  try {
    const stored = JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, unknown> | undefined>;
    const numbers = Object.entries(stored[preset] ?? {}).filter((e): e is [string, number] => typeof e[1] === "number");
    return { ...own, ...Object.fromEntries(numbers) };
  } catch {
    return own;
  }
}

/**
 * Remembers what chapters took that were computed and not only read back: the longest seen is what a new machine has to
 * expect.
 */
export async function rememberDurations(file: string, preset: string, taken: Durations): Promise<void> {
  let stored: Record<string, Durations> = {};
  try {
    stored = JSON.parse(readFileSync(file, "utf8")) as Record<string, Durations>;
  } catch {
    // none yet, or damaged: written anew
  }
  const before = stored[preset] ?? {};
  const merged = Object.fromEntries(Object.entries(taken).map(([name, s]) => [name, Math.max(s, before[name] ?? 0)]));
  await writeJson(file, { ...stored, [preset]: { ...before, ...merged } });
}
