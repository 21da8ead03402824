/**
 * What a result says of the problem that it is of: figures, tables and claims read names, symbols and units from here.
 */
import type { Channel } from "../fields/channel";
import type { Problem } from "../transport/problem";

export interface OfProblem {
  /** Its name. */
  readonly problem: string;
  /** In the order in which results hold them. */
  readonly channels: readonly Channel[];
}

export const ofProblem = ({ name, channels }: Problem): OfProblem => ({ problem: name, channels });

/** Columns of a table, one a channel: `column` gives each its name and its number. */
export function byChannel(
  { channels }: Pick<OfProblem, "channels">,
  column: (channel: Channel, number: number) => readonly [name: string, value: number],
): Record<string, number> {
  return Object.fromEntries(channels.map(column));
}
