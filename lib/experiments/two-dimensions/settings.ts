/** Settings of what a second dimension changes in the question which porosity made a field. */
import { z } from "../schema";
import { positive, settings, whole } from "../settings";

export const twoDimensionsSettings = settings(
  "twoDimensions",
  z.strictObject({
    /** Cells along each axis of the maps. */
    shown: whole(8, 128),
    /**
     * Cells along each axis of the grids on which the family of porosities is solved, each twice as fine as the one
     * before.
     */
    grids: z.array(whole(8, 256)).min(3),
    /** How far a porosity of the family lies from the first: eps exp(amplitude sin(psi)). */
    amplitude: positive.max(1),
    /** Cells along an axis where singular values are taken, and porosities that they are averaged over. */
    cells: whole(6, 32),
    draws: whole(2, 100),
    /** Of the measured potential, V, where the ends are 1 V apart. */
    noise: positive,
  }),
  {
    quick: { shown: 48, grids: [16, 32, 64, 128], amplitude: 0.5, cells: 14, draws: 8, noise: 1e-3 },
    smoke: { shown: 16, grids: [16, 32, 64], cells: 8, draws: 2 },
  },
);
