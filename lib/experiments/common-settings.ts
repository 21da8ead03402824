/** What every stage may depend on: the root of all random numbers, the problem and its grid, the noise schedule. */
import { type Infer, type Schema, z } from "./schema";
import type { Cells } from "../fields/grid";
import { covariances } from "../porosity/covariance";
import { positive, settings, whole } from "./settings";

export const seedSettings = settings(
  "seed",
  /** Root of every random stream. */
  whole(0, Number.MAX_SAFE_INTEGER),
  { quick: 20260205 },
);

const builtIn = ["electrode-published", "electrode", "conduction", "conduction-2d"] as const;
/**
 * A built-in name or the path of a file, with a type that offers the names and refuses misspelt ones. One schema, no
 * union: the kernel checks without strict nulls, where zod's unions make a key optional.
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

/**
 * Parameters of the built-in problems; another problem has those that it declares. What is left out is as published.
 * A value that the equations do not admit is refused by name.
 */
export interface PhysicalParameters {
  /** Length of the electrode, m; published 1e-4. The range of the correlation length is proportional to it. */
  thickness?: number;
  /**
   * Length of the rod of `conduction`, m; 1. Ranges of places, widths and correlation lengths are proportional to it.
   */
  length?: number;
  /** Side of the square of `conduction-2d`, m; 1. Ranges of places and correlation lengths are proportional to it. */
  side?: number;
  /** Conductivity of the free electrolyte, S/m; published 1. Of what fills the pores in `conduction`, S/m; 1. */
  kappa0?: number;
  /** Diffusivity of salt in the free electrolyte, m2/s; published 3e-11. */
  D0?: number;
  /**
   * Exponent b of k = kappa0 eps^b and D = D0 eps^b, from 0 to 20; published 1.5, in `conduction` 1. A MacMullin number
   * N at eps is b = -ln N / ln eps.
   */
  bruggeman?: number;
  /** Surface of the active solid per volume of it, 1/m; published 5e5. */
  a0?: number;
  /** Share of the volume that is solid without reaction, from 0 to 0.99; published 0. */
  inactive?: number;
  /** Rate constant of the reaction, A/(m2 V); published 0.1. A condition of `electrode`. */
  k_rn?: number;
  /** Share of the current that cations carry, from 0 to 1; published 0.4. */
  t_plus?: number;
  /** Salt concentration at the separator and at the start, mol/m3; published 1000. */
  c_right?: number;
  /** Slope of the potential of the solid, V/m; published -1000. */
  solid_slope?: number;
  /** Time that `electrode-published` calls steady, s; published 100. */
  duration?: number;
  /** Time since the current of `electrode` was switched on, s; left out, the steady state. */
  time?: number;
  /** Equilibrium potential of the reaction of `electrode`, V; 0. A condition of `electrode-published`. */
  U0?: number;
  /** Conductance of the film at a Robin end of `conduction`, S/m2; 1. */
  film?: number;
  /** Of a problem of your own. */
  [name: string]: number | undefined;
}

const range = z.tuple([z.number(), z.number()], { error: "expected a range [least, greatest]" });
const metres = { error: "expected a length in metres, or a range [least, greatest] of it" };

/** The law of a porosity, as far as it is not the problem's own. */
export const porositySchema = z.strictObject({
  /** [least, greatest] porosity; published [0.2, 0.5]. */
  bounds: range.optional(),
  /** Mean of the log-odds of the porosity within its bounds; published 0. */
  mean: z.number().optional(),
  /** Their standard deviation; published 1. */
  scale: positive.optional(),
  /** Kind of the covariance along x; published squared-exponential. */
  covariance: z.enum(covariances).optional(),
  /** Variance of the independent part, relative to the correlated one's; published 1e-4. */
  nugget: z.number().min(0).optional(),
  /** m; a range of the condition that is this length, or one number, which takes that condition's place. */
  correlationLength: z.union([positive, range], metres).optional(),
});

export const problemSettings = settings(
  "problem",
  z.strictObject({
    /** A built-in problem, or the path of a file of your own that exports one (notebooks/guide). */
    name: problemName,
    /** Cells of the grid: one number along every axis, or a list of one number an axis. */
    cells,
    /** Numbers of the equations, SI units: `thickness: 5e-5`. Those that are left out are the problem's own. */
    parameters: (z.record(z.string(), z.number()) as Schema<PhysicalParameters>).optional(),
    /**
     * [least, greatest] of conditions, from which ensembles draw. A parameter that gets a range becomes a condition.
     */
    ranges: z.record(z.string(), range).optional(),
    /** The law of the porosity, or the path of a law.json that `sgm porosity` fitted to measurements. */
    porosity: porositySchema.optional(),
  }),
  {
    quick: { name: "electrode-published", cells: 100 },
    twoAxes: { quick: { cells: 32 }, smoke: { cells: 12 }, full: { cells: 128 } },
  },
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
  readonly problem: Infer<typeof problemSettings.schema>;
  readonly schedule: Infer<typeof scheduleSettings.schema>;
}
