/**
 * What a result says of the problem that it is of: figures, tables and claims read names, symbols and units from here.
 */
import type { Channel } from "../fields/channel";
import type { Problem } from "./problem";
import { PUBLISHED } from "./published-conditions";
import { originOf } from "./with-physics";

export interface OfProblem {
  /** Its name. */
  readonly problem: string;
  /** Whether it is the published problem with the published physics: what was published can stand beside the result. */
  readonly asPublished: boolean;
  /** In the order in which results hold them. */
  readonly channels: readonly Channel[];
}

export function ofProblem(p: Problem): OfProblem {
  return { problem: p.name, asPublished: isAsPublished(p), channels: p.channels };
}

/** The published problem, with no number of its physics set otherwise. */
export function isAsPublished(p: Problem): boolean {
  return p.name === PUBLISHED.name && Object.keys(originOf(p).physics).length === 0;
}
