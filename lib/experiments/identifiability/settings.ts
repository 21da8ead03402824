/** Settings of what the fields say about the porosity; the sampled posterior shares them. */
import { type Infer, z } from "../schema";
import { positive, settings, whole } from "../settings";

export const identifiabilitySettings = settings(
  "identifiability",
  z.strictObject({
    /** Correlation lengths as fractions of the electrode. */
    correlationLengths: z.array(positive.max(1)).min(1),
    /** Draws of the porosity over which the Jacobian is averaged. */
    draws: whole(1, 10000),
    /**
     * Standard deviation of the noise by channel, SI units; a tenth of the channel's own spread where none is given.
     */
    noise: z.record(z.string(), positive),
    /** Steps of the Markov chain that checks the linearised posterior. */
    chain: whole(1000, 1e8),
  }),
  {
    quick: {
      correlationLengths: [0.02, 0.1, 0.2],
      draws: 10,
      noise: { phi: 1e-4, c: 0.1 },
      chain: 30000,
    },
    smoke: { draws: 2, chain: 2000 },
    full: { draws: 20, chain: 100000 },
  },
);
export type IdentifiabilitySettings = Infer<typeof identifiabilitySettings.schema>;
