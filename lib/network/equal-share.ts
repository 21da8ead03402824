/**
 * What a network costs, and networks of an equal share: R networks that together have the parameters and the
 * multiplications of one.
 *
 * A field's forward pass multiplies every weight of the convolutions once for each position along x, every weight of
 * the perceptron, and of what concatenation appends to the input, once. Width of the blocks and width of the perceptron
 * are the two whole numbers that are free.
 */
import type { Architecture } from "./architectures";
import { type Network, sizeOf } from "./network";
import { scoreNetwork } from "./score-network";

export interface Cost {
  readonly parameters: number;
  /** Multiplications of weights in the forward pass of one field. */
  readonly multiplications: number;
}

const alongX = /^(in_proj|out_proj|blocks\.\d+\.conv\d)\.weight$/;

export function costOf(a: Architecture, network: Network = scoreNetwork(a)): Cost {
  const positions = a.cells / a.patch;
  const own = a.patch * (a.channelsIn + (a.position ? 1 : 0)); // inputs that vary along x
  let multiplications = 0;
  for (const { name, shape } of network.parameters) {
    if (!name.endsWith(".weight")) continue;
    const size = sizeOf(shape);
    const varying = name === "in_proj.weight" ? own * a.width : alongX.test(name) ? size : 0;
    multiplications += varying * positions + (size - varying);
  }
  return { parameters: network.size, multiplications };
}

/**
 * The architecture of which `parts` cost most nearly what one of `whole` costs. Refuses a share too small to be cut
 * within 10 %.
 */
export function equalShare(whole: Architecture, parts: number): Architecture {
  if (!Number.isInteger(parts) || parts < 1) {
    throw new RangeError(`equalShare: the number of parts must be a positive whole number, got ${parts}`);
  }
  if (parts === 1) return whole;
  const target = costOf(whole);
  let best: { share: Architecture; miss: number } | undefined;
  for (let width = 2; width <= whole.width; width++) {
    for (let hidden = 2; hidden <= whole.film.hidden; hidden++) {
      const share = { ...whole, name: `${whole.name}, 1 of ${parts}`, width, film: { ...whole.film, hidden } };
      const cost = costOf(share);
      const miss = Math.max(
        Math.abs((parts * cost.parameters) / target.parameters - 1),
        Math.abs((parts * cost.multiplications) / target.multiplications - 1),
      );
      if (!best || miss < best.miss) best = { share, miss };
    }
  }
  if (!best || best.miss > 0.1) {
    throw new RangeError(
      `equalShare: "${whole.name}" cannot be cut into ${parts} networks of equal cost; the nearest is off by ` +
        `${(100 * (best?.miss ?? 1)).toFixed(0)} %`,
    );
  }
  return best.share;
}
