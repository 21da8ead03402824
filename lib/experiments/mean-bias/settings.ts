/** Settings of the mean-bias experiments at the published condition; the bias budget shares them. */
import { type Infer, z } from "../schema";
import { positive, settings, whole } from "../settings";

export const meanBiasSettings = settings(
  "meanBias",
  z.strictObject({
    /** Largest noise rates from which the network's fields are drawn. */
    betaMax: z.array(positive.max(1000)).min(1),
    /** Fields drawn with the network and with the exact empirical score. */
    generated: whole(50, 1e6),
    /** Fields drawn with the exact Gaussian score, which cost little. */
    exact: whole(50, 1e6),
    /** Solver fields that they are compared with. */
    reference: whole(100, 1e6),
    /** Solver fields of which the exact empirical score is made. */
    empirical: whole(100, 1e6),
    /** Steps of the reverse SDE and of the probability flow. */
    sdeSteps: whole(2, 100000),
    flowSteps: whole(2, 100000),
  }),
  {
    quick: {
      betaMax: [1, 3, 5, 10, 20],
      generated: 400,
      exact: 4000,
      reference: 24000,
      empirical: 12000,
      sdeSteps: 50,
      flowSteps: 25,
    },
    smoke: {
      betaMax: [3, 20],
      generated: 200,
      exact: 1000,
      reference: 4000,
      empirical: 500,
      sdeSteps: 25,
      flowSteps: 12,
    },
    full: { generated: 4000, exact: 16000, reference: 80000 },
    published: { generated: 500, sdeSteps: 1000, flowSteps: 100 },
  },
);
export type MeanBiasSettings = Infer<typeof meanBiasSettings.schema>;
