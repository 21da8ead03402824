/** Settings of the models that are told more and more about the porosity (exact scores only). */
import { type Infer, z } from "../schema";
import { positive, settings, whole } from "../settings";

export const confounderSettings = settings(
  "confounder",
  z.strictObject({
    betaMax: positive.max(1000),
    /** Solver fields of the regression. */
    fields: whole(100, 1e6),
    /** Told: nothing, the mean of eps, and these numbers of Karhunen-Loeve modes of g. */
    modes: z.array(whole(1, 50)).min(1),
    /** Fields drawn with the exact Gaussian score, and with the exact empirical one of the `nearest` fields. */
    exact: whole(50, 1e6),
    generated: whole(50, 1e6),
    nearest: whole(50, 1e6),
    /** Steps of the reverse SDE and of the probability flow. */
    sdeSteps: whole(2, 100000),
    flowSteps: whole(2, 100000),
  }),
  {
    quick: {
      betaMax: 3,
      fields: 24000,
      modes: [1, 2, 4, 8],
      exact: 4000,
      generated: 400,
      nearest: 3000,
      sdeSteps: 50,
      flowSteps: 25,
    },
    smoke: { fields: 4000, exact: 800, generated: 200, nearest: 500, sdeSteps: 25, flowSteps: 12 },
    full: { fields: 200000, exact: 16000, generated: 4000, nearest: 12000 },
  },
);
export type ConfounderSettings = Infer<typeof confounderSettings.schema>;
