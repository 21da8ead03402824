/** Settings of the residuals of fields after a porosity was recovered from their potential. */
import { type Infer, z } from "../schema";
import { positive, settings, whole } from "../settings";

export const manifoldSettings = settings(
  "manifold",
  z.strictObject({
    /** Fields of each kind. */
    fields: whole(8, 1e6),
    /**
     * What one channel is matched to, SI units, by its name: the porosity is recovered from it. A hundredth of its
     * spread where none is given.
     */
    noise: z.record(z.string(), positive),
  }),
  { quick: { fields: 100, noise: { phi: 1e-5 } }, smoke: { fields: 8 }, full: { fields: 400 } },
);
export type ManifoldSettings = Infer<typeof manifoldSettings.schema>;
