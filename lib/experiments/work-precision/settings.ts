/** Settings of the samplers against network evaluations at the published condition. */
import { type Infer, z } from "../schema";
import { positive, settings, whole } from "../settings";

export const workPrecisionSettings = settings(
  "workPrecision",
  z.strictObject({
    /** Network evaluations of a field, on the trained network and on the exact Gaussian score. */
    evaluations: z.array(whole(2, 100000)).min(2),
    exactEvaluations: z.array(whole(2, 100000)).min(3),
    /** Tolerances of the adaptive method; numbers of noise levels of the mode flow. */
    tolerances: z.array(positive.max(1)).min(1),
    levels: z.array(whole(3, 10000)).min(1),
    /** Extra noise of the EDM sampler. */
    churn: z.number().min(0),
    /** Fields drawn by each sampler, and solver fields that they are compared with. */
    generated: whole(100, 1e6),
    reference: whole(400, 1e6),
  }),
  {
    quick: {
      evaluations: [8, 16, 32, 64],
      exactEvaluations: [8, 16, 32, 64, 128, 256, 512],
      tolerances: [1e-1, 1e-2, 1e-3],
      levels: [4, 8, 16, 32],
      churn: 10,
      generated: 2000,
      reference: 8000,
    },
    smoke: {
      evaluations: [8, 32],
      exactEvaluations: [16, 32, 64, 128],
      tolerances: [1e-1, 1e-3],
      levels: [4, 8],
      generated: 200,
      reference: 800,
    },
    full: { evaluations: [8, 16, 32, 64, 128, 256, 512], generated: 4000, reference: 16000 },
  },
);
export type WorkPrecisionSettings = Infer<typeof workPrecisionSettings.schema>;
