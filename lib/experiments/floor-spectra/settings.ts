/** Settings of the original's sampler with the exact score: what its end at tMin leaves. */
import { type Infer, z } from "../schema";
import { settings, whole } from "../settings";

export const floorSpectraSettings = settings(
  "floorSpectra",
  z.strictObject({
    /** Fields drawn, and solver fields that they are compared with. */
    generated: whole(50, 1e6),
    reference: whole(100, 1e6),
    steps: whole(2, 100000),
  }),
  {
    quick: { generated: 1000, reference: 8000, steps: 1000 },
    smoke: { generated: 300, reference: 1000, steps: 250 },
    full: { generated: 4000, reference: 20000 },
  },
);
export type FloorSpectraSettings = Infer<typeof floorSpectraSettings.schema>;
