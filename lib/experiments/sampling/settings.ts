/** Settings of the sampler and of its evaluation at held-out conditions. */
import { samplerMethods } from "../../model/sampler-settings";
import { type Infer, z } from "../schema";
import { settings, whole } from "../settings";

export const samplerSettings = settings(
  "sampler",
  z.strictObject({
    /**
     * "mode-flow" follows the probability flow in whitened modes; the others integrate a variance-preserving process.
     */
    method: z.enum(samplerMethods),
    /**
     * Noise levels of the mode flow, each an evaluation of the network; steps of the others (200, unless said, where
     * another method than the preset's is named).
     */
    steps: whole(2, 100000),
    /** How the steps lie in time. */
    spacing: z.enum(["uniform", "quadratic"]),
    /** The law that the reverse process starts from. */
    start: z.enum(["standard normal", "matched moments"]),
    /** A last denoising step at tMin. */
    denoise: z.boolean(),
    /** Correct the mode flow's drift in mean and covariance, measured on trial fields of its own at each condition. */
    calibrate: z.boolean(),
  }),
  {
    quick: {
      method: "mode-flow",
      steps: 8,
      spacing: "quadratic",
      start: "matched moments",
      denoise: true,
      calibrate: false,
    },
    published: { method: "reverse-sde-heun", steps: 1000, start: "standard normal", denoise: false },
  },
);

/** How much is generated and solved, and where. */
export const evaluationSize = z.strictObject({
  /** Held-out conditions. */
  conditions: whole(1, 1000),
  /** Generated fields and solver fields at each. */
  generated: whole(50, 1e6),
  reference: whole(100, 1e6),
});

export const evaluationSettings = settings("evaluation", evaluationSize, {
  quick: { conditions: 20, generated: 2000, reference: 8000 },
  smoke: { conditions: 2, generated: 200, reference: 800 },
  full: { conditions: 20, generated: 4000, reference: 16000 },
  published: { conditions: 8, generated: 500, reference: 8000 },
});
export type EvaluationSettings = Infer<typeof evaluationSettings.schema>;
