/** Settings of the conditional Gaussian. */
import { z } from "../schema";
import { settings, whole } from "../settings";

export const statisticsSettings = settings(
  "statistics",
  z.strictObject({
    /** Nodes of the conditions in which the fields are not affine. */
    nodes: whole(2, 1024),
    /** Porosities at each node. */
    porosities: whole(32, 1e6),
    /**
     * The nodes go beyond the range on either side by so many half-widths of it: what is fitted scatters most at the
     * ends.
     */
    margin: z.number().min(0).max(0.5),
  }),
  {
    quick: { nodes: 64, porosities: 16384, margin: 0.2 },
    smoke: { nodes: 8, porosities: 256 },
    // A solution costs a hundred times that of a line, and every combination of the choices has nodes of its own.
    twoAxes: { quick: { nodes: 8, porosities: 3072 }, smoke: { nodes: 4, porosities: 128 } },
  },
);
