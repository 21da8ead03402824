/** The network that a configuration describes. */
import { cellsAlong } from "../../fields/grid";
import { type Architecture, fast, onAxis, onPlane, published, smoke } from "../../network/architectures";
import { networkFeatureCount } from "../../model/mode-geometry";
import { gridOf } from "../../transport/domain";
import { problemAs } from "../../transport/problems";
import type { Common } from "../common-settings";
import type { NetworkSettings } from "./settings";

const sizes = { smoke, fast, published };

/**
 * With a preconditioner the input holds three fields (coloured, white, Edgeworth) of every channel and the condition
 * comes with what the fields are made of there; without it the network sees the noisy field and the condition alone.
 */
export function architectureOf(c: Pick<Common, "problem"> & { network: NetworkSettings }): Architecture {
  const p = problemAs(c.problem);
  const channels = p.channels.length;
  const plain = c.network.preconditioning === "none";
  const along = cellsAlong(gridOf(p, c.problem.cells));
  const size = sizes[c.network.size];
  const [nx, ny] = along;
  return {
    ...(along.length === 2 ? onPlane(size, [nx, ny]) : onAxis(size, nx)),
    channelsIn: plain ? channels : 3 * channels,
    channelsOut: channels,
    conditions: plain ? p.conditions.length : networkFeatureCount(p),
    conditioning: c.network.conditioning,
  };
}
