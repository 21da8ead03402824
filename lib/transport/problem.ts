/**
 * What every data-generating model answers for: a domain with named axes, named channels and conditions with units and
 * ranges, the law of its porosity, and a solver from a porosity to fields. A new problem is one file that implements
 * `Problem`: see problems.ts and notebooks/guide.
 */
import type { Channel } from "../fields/channel";
import type { Extent, Grid } from "../fields/grid";
import type { Covariance } from "../porosity/covariance";
import type { PorosityLaw } from "../porosity/law";
import type { Affine } from "./affine";
import type { BatteryElectrode } from "./battery-electrode";
import type { FaceValue } from "./boundary";

/** A number that a solution depends on beside the porosity, in SI units. */
export interface ConditionRange {
  readonly name: string;
  readonly symbol: string;
  readonly unit: string;
  readonly meaning: string;
  /** The range from which ensembles draw. */
  readonly min: number;
  readonly max: number;
  readonly scale: "linear" | "log";
  readonly default: number;
  /** What the equations admit, where that is more than any finite number: k_rn > 0, say. Inclusive. */
  readonly limits?: readonly [lowest: number, highest: number];
  /**
   * The parameter of the domain's length (`Extent.parameter`) to which min, max and default are proportional: a
   * configured length takes them along.
   */
  readonly proportionalTo?: string;
  /** For a choice between configurations: the value is a whole number, the index of one of these names. */
  readonly choices?: readonly string[];
}

/** What a solution depends on beside the porosity: a number in SI units for each name. */
export type Condition = Readonly<Record<string, number>>;

export interface SolverOptions {
  /** "single" imitates the round-off of an ordinary elimination in float32. Default "double". */
  readonly precision?: "double" | "single";
}

export interface FieldSolver {
  /**
   * Solves for one porosity eps [cells] in (0, 1] and writes [channels, cells], in the order of
   * `Problem.channels` and in SI units, into `out` from `offset`. Allocates nothing; a solver owns its work space, so
   * one solver serves one thread. Throws `InadmissibleInput` and `DepletionError`.
   */
  solve(eps: Float64Array, condition: Condition, out: Float64Array, offset?: number): void;
  /**
   * Where several solutions side by side cost less than one after the other: `count` porosities [count, cells] at one
   * condition -> [count, channels, cells], each number as `solve` gives it.
   */
  readonly solveMany?: (
    eps: Float64Array,
    count: number,
    condition: Condition,
    out: Float64Array,
    offset?: number,
  ) => void;
  /**
   * The responses r_a of `Problem.affine`, field = sum_a v_a(z) r_a: writes [functions, channels, cells], in one pass
   * that shares the elimination between them. Can be left out where the functions are conditions themselves.
   */
  readonly solveResponses?: (eps: Float64Array, condition: Condition, out: Float64Array, offset?: number) => void;
}

/** The law of the porosity: a function of a Gaussian process, whose correlation length may depend on the condition. */
export interface RandomPorosity {
  readonly law: PorosityLaw;
  readonly covariance: Covariance;
  readonly nugget: number;
  /** m; one number for all directions of the domain, or one for each. */
  readonly correlationLength: (condition: Condition) => number | readonly number[];
  /** The condition that is this length, where one is: a configured law then sets its range. */
  readonly lengthCondition?: string;
}

/** A data-generating model: everything else of the library knows a problem through this interface only. */
export interface Problem {
  readonly name: string;
  readonly title: string;
  /** One direction after the other, each with its usual number of cells. */
  readonly domain: readonly Extent[];
  readonly channels: readonly Channel[];
  /** What an ensemble varies. */
  readonly conditions: readonly ConditionRange[];
  /** What a condition may carry besides; a parameter that is left out takes its default. */
  readonly parameters?: readonly ConditionRange[];
  /**
   * Conditions in which the fields are exactly affine for a given porosity, or functions of conditions; [] where the
   * problem is nonlinear.
   */
  readonly affine: Affine;
  readonly porosity: RandomPorosity;
  /** The condition at which experiments look at this problem; what it leaves out is at its default. */
  readonly reference?: Condition;
  /** A solver with its own work space; refuses an option that the problem has not. */
  solver(grid: Grid, options?: SolverOptions): FieldSolver;
  /** For each channel what there is on the faces at 0 and at L; extrapolated where a problem does not say. */
  readonly faces?: (condition: Condition) => readonly (readonly [lower: FaceValue, upper: FaceValue])[];
  /** d(field)/d(eps), [channels * cells, cells] row-major, exact for the discrete equations. See sensitivity.ts. */
  readonly jacobian?: (grid: Grid, eps: Float64Array, condition: Condition) => Float64Array;
  /** The electrode as a battery model knows it, where the problem is one. See battery-electrode.ts. */
  readonly battery?: (condition: Condition) => BatteryElectrode;
}
