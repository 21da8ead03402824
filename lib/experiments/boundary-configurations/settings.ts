/** Settings of the model across boundary configurations, and of its evaluation. */
import { type Infer, z } from "../schema";
import { settings, whole } from "../settings";

export const boundariesSettings = settings(
  "boundaries",
  z.strictObject({
    /** Of the conditional Gaussian: porosities at each of `statistics.nodes`, shared out between the configurations. */
    porosities: whole(32, 1e6),
    /** Conditions of the training pool, all configurations together, and steps of the training. */
    conditions: whole(8, 1e6),
    steps: whole(1),
    /** Held-out conditions of each configuration, and points of each sweep. */
    heldOut: whole(1, 1000),
    sweep: whole(3, 1000),
    /** Generated fields and solver fields at each condition. */
    generated: whole(50, 1e6),
    reference: whole(100, 1e6),
  }),
  {
    quick: { porosities: 8192, conditions: 512, steps: 4000, heldOut: 2, sweep: 5, generated: 1000, reference: 4000 },
    smoke: { porosities: 128, conditions: 32, steps: 16, heldOut: 1, sweep: 3, generated: 100, reference: 200 },
    full: { porosities: 16384, conditions: 4096, steps: 20000, heldOut: 8, sweep: 9, generated: 2000, reference: 8000 },
  },
);
export type BoundariesSettings = Infer<typeof boundariesSettings.schema>;
