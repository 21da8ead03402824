/**
 * What a result says of the problem that it is of: figures, tables and claims read names, symbols and units from here.
 */
import type { Channel } from "../fields/channel";
import type { Problem } from "./problem";

export interface OfProblem {
  /** Its name. */
  readonly problem: string;
  /** In the order in which results hold them. */
  readonly channels: readonly Channel[];
}

export const ofProblem = ({ name, channels }: Problem): OfProblem => ({ problem: name, channels });
