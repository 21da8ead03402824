import type { Channel } from "../fields/channel";
import type { OfProblem } from "../transport/of-problem";

/** Columns of a table, one a channel: `column` gives each its name and its number. */
export function byChannel(
  { channels }: Pick<OfProblem, "channels">,
  column: (channel: Channel, number: number) => readonly [name: string, value: number],
): Record<string, number> {
  return Object.fromEntries(channels.map(column));
}
