/** The network that a configuration describes. */
import { type Architecture, fast, published, smoke } from "../network/architectures";
import { problem } from "../transport/problems";
import type { Configuration } from "./configuration";

const sizes = { smoke, fast, published };

/** With a preconditioner the input holds three fields (coloured, white, Edgeworth) of every channel, without it the noisy field alone. */
export function architectureOf(c: Pick<Configuration, "problem" | "network">): Architecture {
  const p = problem(c.problem.name);
  const channels = p.channels.length;
  return {
    ...sizes[c.network.size],
    cells: c.problem.cells,
    channelsIn: c.network.preconditioning === "none" ? channels : 3 * channels,
    channelsOut: channels,
    conditions: p.conditions.length,
    conditioning: c.network.conditioning,
  };
}
