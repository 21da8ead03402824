/**
 * What can be set of a problem's physics: the numbers of its equations, the box of its conditions, the law of its
 * porosity.
 */
import type { Covariance } from "../porosity/covariance";

export interface PorosityChange {
  readonly bounds?: readonly [least: number, greatest: number];
  /** Of the log-odds of the porosity within its bounds. */
  readonly mean?: number;
  readonly scale?: number;
  readonly covariance?: Covariance;
  /** Variance of the independent part, relative to the correlated one's. */
  readonly nugget?: number;
  /** m; a range of the condition that is this length, or one number, which takes that condition's place. */
  readonly correlationLength?: number | readonly [least: number, greatest: number];
}

export interface Physics {
  /**
   * Values in the place of the parameters' defaults; `Extent.parameter` names the length of an axis. A parameter that
   * is set is fixed: what was made with it is refused for other values.
   */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Of conditions. A parameter that gets a range becomes a condition: ensembles draw it, and models are told. */
  readonly ranges?: Readonly<Record<string, readonly [least: number, greatest: number]>>;
  readonly porosity?: PorosityChange;
}
