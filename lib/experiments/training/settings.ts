/** Settings of the training: its data, the network, the optimisation. */
import { type Infer, z } from "../schema";
import { noiseBands, type Part, positive, settings, whole } from "../settings";

/**
 * Training data: conditions drawn from the problem's box, porosities at each, and further conditions for the held-out
 * loss.
 */
export const ensembleSettings = settings(
  "ensemble",
  z.strictObject({
    conditions: whole(8, 1e6),
    /** At each condition. */
    porosities: whole(8, 1e6),
    heldOutConditions: whole(8, 1e6),
    /**
     * How much denser all these conditions are where the law of the fields turns faster; 0 draws them evenly over the
     * box.
     */
    refinement: z.number().min(0).max(1),
  }),
  {
    quick: { conditions: 1024, porosities: 256, heldOutConditions: 64, refinement: 0.6 },
    smoke: { conditions: 32, porosities: 64, heldOutConditions: 8 },
    full: { conditions: 4096, porosities: 256, heldOutConditions: 256 },
    published: { conditions: 1000, porosities: 25, heldOutConditions: 64, refinement: 0 },
    // The modes of each condition are kept: fewer conditions, or they would not fit into memory.
    twoAxes: {
      quick: { conditions: 512, porosities: 96, heldOutConditions: 32 },
      smoke: { conditions: 32, porosities: 64 },
    },
  },
);

export const networkSettings = settings(
  "network",
  z.strictObject({
    size: z.enum(["smoke", "fast", "published"]),
    /** How the condition enters: by FiLM, as further channels, or not at all. */
    conditioning: z.enum(["film", "concatenated", "none"]),
    /**
     * "conditional gaussian": the network learns what a conditional Gaussian lacks. "none": it learns the whole score,
     * as the original did.
     */
    preconditioning: z.enum(["conditional gaussian", "none"]),
    /** Principal modes that the network models; the rest stay Gaussian. */
    modes: whole(2, 400),
    /**
     * gamma: how the noise falls on the modes, lambda^(1 - gamma). 1 is white noise in network units, as every
     * variance-preserving process adds it; below 1 the weak modes are noised less late, which samples better but serves
     * the mode flow alone.
     */
    noiseGrading: z.number().min(0).max(1),
  }),
  {
    quick: {
      size: "fast",
      conditioning: "film",
      preconditioning: "conditional gaussian",
      modes: 56,
      noiseGrading: 0.5,
    },
    smoke: { size: "smoke", modes: 8 },
    twoAxes: { quick: { modes: 64 }, smoke: { modes: 8 } },
    published: { size: "published", preconditioning: "none" },
  },
);

/** Does a batch give every band of noise levels two fields, and all as many? */
export const fillsBands = (batch: number): boolean => batch % noiseBands === 0 && batch > noiseBands;
export const bandsAsked = (batch: string): string =>
  `${batch} must be a multiple of ${noiseBands}, the bands of noise levels, and at least ${2 * noiseBands}: the ` +
  "moments of a band need two fields";

const trainingSchema = z
  .strictObject({
    steps: whole(1),
    /** Conditions in a batch. Without preconditioning the batch is their number times that of the fields. */
    conditions: whole(1, 65536),
    /** Fields at each condition of a batch; every field is used with noise z and -z. */
    fields: whole(1, 65536),
    learningRate: positive,
    /** Rate of the orthogonalised steps for the convolution kernels; 0 for Adam alone. */
    orthogonalRate: z.number().min(0),
    /** Steps in which the rates rise from 0. */
    warmUp: whole(0),
    /** Rates at the end, relative to the largest. */
    finalFraction: z.number().min(0).max(1),
    /** Largest norm of a gradient; longer ones are shortened to it. */
    clip: positive,
    /** Decay of the moving average of the parameters. */
    average: z.number().min(0).max(0.999999),
    /** Weight of the moment penalties of the objective. */
    penalty: z.number().min(0),
    /** Conditions are drawn as often as the norm of their third cumulants to this power. */
    emphasis: z.number().min(0).max(4),
    /**
     * Precision of the convolutions' products. "auto": bfloat16 on a processor with units for it, where it is faster,
     * float32 on any other.
     */
    convolutions: z.enum(["auto", "float32", "bfloat16"]),
    /**
     * Trial fields at each of a few conditions, from which the loss of variance along the flow is measured after the
     * training and taken out; 0 leaves it in.
     */
    trialFields: whole(0, 1e5).refine((n) => n % 2 === 0, "must be even: they come in pairs"),
    stepsPerCall: whole(1, 1000),
    /** Steps between two measurements of the held-out loss, and between two checkpoints. */
    heldOutEvery: whole(1),
    checkpointEvery: whole(1),
    /** Training stops when its median loss has risen to so many times the least; 0 never stops it. */
    divergence: z
      .number()
      .max(1e6)
      .refine((x) => x === 0 || x > 1, "must be 0 or above 1"),
  })
  .refine(({ conditions, fields }) => fillsBands(conditions * fields), {
    path: ["fields"],
    message: bandsAsked("training.conditions * training.fields"),
  });

export const trainingSettings = settings("training", trainingSchema, {
  quick: {
    steps: 11500,
    conditions: 64,
    fields: 2,
    learningRate: 4e-3,
    orthogonalRate: 0.03,
    warmUp: 100,
    finalFraction: 0.02,
    clip: 0.5,
    average: 0.998,
    penalty: 4,
    emphasis: 1,
    convolutions: "auto",
    trialFields: 400,
    stepsPerCall: 8,
    heldOutEvery: 500,
    checkpointEvery: 500,
    divergence: 10,
  },
  smoke: { steps: 48, conditions: 16, warmUp: 10, trialFields: 20, heldOutEvery: 16, checkpointEvery: 16 },
  full: { steps: 40000 },
  // The modes of a condition are long vectors: more fields at fewer conditions make the same batch for less.
  twoAxes: {
    quick: { steps: 4000, conditions: 16, fields: 8, trialFields: 100 },
    smoke: { steps: 48, conditions: 16, fields: 2, trialFields: 20 },
    full: { steps: 40000 },
  },
  // 125,000 steps of batch 1024 on the whole score.
  published: {
    steps: 125000,
    conditions: 1024,
    fields: 1,
    learningRate: 2e-4,
    orthogonalRate: 0,
    warmUp: 0,
    finalFraction: 0.005,
    clip: 1e9,
    average: 0.999,
    penalty: 0,
    trialFields: 0,
    convolutions: "float32",
    stepsPerCall: 1,
    heldOutEvery: 500,
    checkpointEvery: 100,
  },
});

export type TrainingParts = Part<typeof ensembleSettings> &
  Part<typeof networkSettings> &
  Part<typeof trainingSettings>;
export type NetworkSettings = Infer<typeof networkSettings.schema>;
