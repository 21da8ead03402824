import type { Problem } from "../../transport/problem";

/** A panel's title: the symbol of the channel of this name. */
export const symbolOf = ({ channels }: Pick<Problem, "channels">, channel: string): string =>
  channels.find(({ name }) => name === channel)?.symbol ?? channel;
