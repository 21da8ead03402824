/** What every stage may depend on: the root of all random numbers, the problem and its grid, the noise schedule. */
import { z } from "zod";
import type { Cells } from "../fields/grid";
import { positive, settings, whole } from "./settings";

export const seedSettings = settings(
  "seed",
  /** Root of every random stream. */
  whole(0, Number.MAX_SAFE_INTEGER),
  { quick: 20260205 },
);

const builtIn = ["electrode-published", "electrode", "conduction", "conduction-2d"] as const;
/**
 * A built-in name or the path of a file, with a type that offers the names and refuses misspelt ones. One schema, no union: the kernel
 * checks without strict nulls, where zod's unions make a key optional.
 */
const problemName = z.custom<(typeof builtIn)[number] | `${string}.ts`>(
  (value) => typeof value === "string" && (value.endsWith(".ts") || (builtIn as readonly string[]).includes(value)),
  { error: `expected one of ${builtIn.join(", ")}, or the path of a .ts file of your own` },
);

/** Between which numbers the cells along an axis must lie. */
const [fewest, most] = [10, 1000];
const isNumberOfCells = (n: unknown): boolean => Number.isInteger(n) && Number(n) >= fewest && Number(n) <= most;
const cells = z.custom<Cells>(
  (value) => isNumberOfCells(value) || (Array.isArray(value) && value.length > 0 && value.every(isNumberOfCells)),
  { error: `expected a whole number from ${fewest} to ${most}, or a list of one for each axis` },
);

export const problemSettings = settings(
  "problem",
  z.strictObject({
    /** A built-in problem, or the path of a file of your own that exports one (notebooks/guide). */
    name: problemName,
    /** Cells of the grid: one number along every axis, or a list of one number an axis. */
    cells,
  }),
  { quick: { name: "electrode-published", cells: 100 }, twoAxes: { quick: { cells: 32 }, full: { cells: 128 } } },
);

export const scheduleSettings = settings(
  "schedule",
  z.strictObject({
    /** beta(t) = betaMin + t (betaMax - betaMin), the rate at which noise enters. */
    betaMin: positive.max(1),
    betaMax: positive.max(1000),
    /** Samplers stop here, short of t = 0. */
    tMin: positive.max(0.1),
  }),
  { quick: { betaMin: 0.001, betaMax: 20, tMin: 1e-4 } },
);

/** The parts of a configuration that every stage may depend on. */
export interface Common {
  readonly seed: number;
  readonly problem: z.infer<typeof problemSettings.schema>;
  readonly schedule: z.infer<typeof scheduleSettings.schema>;
}
