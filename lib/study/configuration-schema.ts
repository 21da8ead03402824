/** What a configuration consists of: every number that a result depends on, with its bounds, as one schema. */
import { z } from "zod";

const whole = (min: number, max = 1e9): z.ZodNumber => z.number().int().min(min).max(max);
const positive = z.number().positive();
/** A batch is split evenly over these in the training log. */
const noiseBands = 8;

const builtIn = ["electrode-published", "electrode", "conduction"] as const;
/**
 * A built-in name or the path of a file, with a type that offers the names and refuses misspelt ones. One schema, no union: the kernel
 * checks without strict nulls, where zod's unions make a key optional.
 */
const problemName = z.custom<(typeof builtIn)[number] | `${string}.ts`>(
  (value) => typeof value === "string" && (value.endsWith(".ts") || (builtIn as readonly string[]).includes(value)),
  { error: `expected one of ${builtIn.join(", ")}, or the path of a .ts file of your own` },
);

export const schema = z.strictObject({
  preset: z.enum(["smoke", "quick", "full", "published"]),
  /** Root of every random stream. */
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  problem: z.strictObject({
    /** A built-in problem, or the path of a file of your own that exports one (notebooks/guide). */
    name: problemName,
    cells: whole(10, 1000),
  }),
  /**
   * Estimation of the conditional Gaussian: nodes of the non-affine conditions, porosities at each. The nodes go beyond the range on either side by
   * `margin` times half its width: what is fitted scatters most at the ends.
   */
  statistics: z.strictObject({ nodes: whole(2, 1024), porosities: whole(32, 1e6), margin: z.number().min(0).max(0.5) }),
  /** Training data: conditions drawn from the problem's box, porosities at each, and further conditions for the held-out loss. */
  ensemble: z.strictObject({
    conditions: whole(8, 1e6),
    porosities: whole(8, 1e6),
    heldOutConditions: whole(8, 1e6),
    /** How much denser all these conditions are where the law of the fields turns faster; 0 draws them evenly over the box. */
    refinement: z.number().min(0).max(1),
  }),
  network: z.strictObject({
    size: z.enum(["smoke", "fast", "published"]),
    conditioning: z.enum(["film", "concatenated", "none"]),
    /** "conditional gaussian": the network learns what a conditional Gaussian lacks. "none": it learns the whole score, as the original did. */
    preconditioning: z.enum(["conditional gaussian", "none"]),
    /** Principal modes that the network models; the rest stay Gaussian. */
    modes: whole(2, 400),
    /**
     * gamma: how the noise falls on the modes, lambda^(1 - gamma). 1 is white noise in network units, as every variance-preserving process adds it;
     * below 1 the weak modes are noised less late, which samples better but serves the mode flow alone.
     */
    noiseGrading: z.number().min(0).max(1),
  }),
  training: z
    .strictObject({
      steps: whole(1),
      /** Conditions in a batch and fields at each; every field is used with noise z and -z. Without preconditioning the batch is their product. */
      conditions: whole(1, 65536),
      fields: whole(1, 65536),
      learningRate: positive,
      /** Rate of the orthogonalised steps for the convolution kernels; 0 for Adam alone. */
      orthogonalRate: z.number().min(0),
      warmUp: whole(0),
      finalFraction: z.number().min(0).max(1),
      clip: positive,
      /** Decay of the moving average of the parameters. */
      average: z.number().min(0).max(0.999999),
      /** Weight of the moment penalties of the objective. */
      penalty: z.number().min(0),
      /** Conditions are drawn as often as the norm of their third cumulants to this power. */
      emphasis: z.number().min(0).max(4),
      /** Precision of the convolutions' products. "auto": bfloat16 on a processor with units for it, where it is faster, float32 on any other. */
      convolutions: z.enum(["auto", "float32", "bfloat16"]),
      stepsPerCall: whole(1, 1000),
      heldOutEvery: whole(1),
      checkpointEvery: whole(1),
      /** Training stops when its median loss has risen to so many times the least; 0 never stops it. */
      divergence: z
        .number()
        .max(1e6)
        .refine((x) => x === 0 || x > 1, "must be 0 or above 1"),
    })
    .refine(({ conditions, fields }) => (conditions * fields) % noiseBands === 0 && conditions * fields > noiseBands, {
      path: ["fields"],
      message:
        `training.conditions * training.fields must be a multiple of ${noiseBands}, the bands of noise levels, and at least ` +
        `${2 * noiseBands}: the moments of a band need two fields`,
    }),
  schedule: z.strictObject({
    betaMin: positive.max(1),
    betaMax: positive.max(1000),
    tMin: positive.max(0.1),
  }),
  sampler: z.strictObject({
    /** "mode-flow" follows the probability flow in whitened modes; the others integrate a variance-preserving process. */
    method: z.enum(["mode-flow", "reverse-sde-euler", "reverse-sde-heun", "flow-euler", "flow-heun"]),
    /** Noise levels of the mode flow, steps of the others. */
    steps: whole(2, 100000),
    spacing: z.enum(["uniform", "quadratic"]),
    start: z.enum(["standard normal", "matched moments"]),
    denoise: z.boolean(),
    /** Correct the mode flow's drift in mean and covariance, measured on trial fields of its own at each condition. */
    calibrate: z.boolean(),
  }),
  /** Held-out evaluation: conditions, generated fields and solver fields at each. */
  evaluation: z.strictObject({ conditions: whole(1, 1000), generated: whole(50, 1e6), reference: whole(100, 1e6) }),
  /** The mean-bias experiments at the published condition. */
  meanBias: z.strictObject({
    betaMax: z.array(positive.max(1000)).min(1),
    /** Fields drawn with the network and with the exact empirical score. */
    generated: whole(50, 1e6),
    /** Fields drawn with the exact Gaussian score, which cost little. */
    exact: whole(50, 1e6),
    reference: whole(100, 1e6),
    /** Solver fields of which the exact empirical score is made. */
    empirical: whole(100, 1e6),
    sdeSteps: whole(2, 100000),
    flowSteps: whole(2, 100000),
  }),
  /** Models that are told more and more about the porosity (exact scores only). */
  confounder: z.strictObject({
    betaMax: positive.max(1000),
    /** Solver fields of the regression. */
    fields: whole(100, 1e6),
    /** Told: nothing, the mean of eps, and these numbers of Karhunen-Loeve modes of g. */
    modes: z.array(whole(1, 50)).min(1),
    /** Fields drawn with the exact Gaussian score, and with the exact empirical one of the `nearest` fields. */
    exact: whole(50, 1e6),
    generated: whole(50, 1e6),
    nearest: whole(50, 1e6),
    sdeSteps: whole(2, 100000),
    flowSteps: whole(2, 100000),
  }),
  /** The original's sampler with the exact score: what its end at tMin leaves. */
  floorSpectra: z.strictObject({
    generated: whole(50, 1e6),
    reference: whole(100, 1e6),
    steps: whole(2, 100000),
  }),
  /** How the network is told its condition: contestants of equal cost, several trainings of each. */
  ablation: z
    .strictObject({
      seeds: whole(2, 100),
      /** Of the network that is told everything by FiLM; the others follow from equal cost. */
      width: whole(4, 512),
      hidden: whole(4, 1024),
      /** Whitened modes of the contest inside the conditional Gaussian. */
      modes: whole(2, 400),
      steps: whole(20),
      batch: whole(16, 65536),
      learningRate: positive,
      /** Conditions for training, and for the held-out loss inside and just outside the box; porosities at each. */
      conditions: whole(16, 1e6),
      porosities: whole(8, 1e6),
      heldOutConditions: whole(8, 1e6),
      /** How far outside: half-widths of a condition's range. */
      outside: positive.max(1),
      /** Conditions, inside and outside, at which fields are generated; generated and solver fields at each; steps of the sampler. */
      testConditions: whole(8, 10000),
      generated: whole(16, 1e6),
      reference: whole(50, 1e6),
      samplerSteps: whole(4, 10000),
    })
    .refine(({ batch }) => batch % (4 * noiseBands) === 0, {
      path: ["batch"],
      message: `ablation.batch must be a multiple of ${4 * noiseBands}: antithetic pairs of two fields in ${noiseBands} bands of noise levels`,
    }),
  identifiability: z.strictObject({
    /** Correlation lengths as fractions of the electrode. */
    correlationLengths: z.array(positive.max(1)).min(1),
    /** Draws of the porosity over which the Jacobian is averaged. */
    draws: whole(1, 10000),
    /** Standard deviation of the noise on phi (V) and on c (mol/m3). */
    noise: positive,
    noiseConcentration: positive,
    /** Steps of the Markov chain that checks the linearised posterior. */
    chain: whole(1000, 1e8),
  }),
  /** Residuals of fields after a porosity was recovered from their potential, matched to `noise` (V). */
  manifold: z.strictObject({ fields: whole(8, 1e6), noise: positive }),
  /** Samplers against network evaluations at the published condition. */
  workPrecision: z.strictObject({
    /** Network evaluations of a field, on the trained network and on the exact Gaussian score. */
    evaluations: z.array(whole(2, 100000)).min(2),
    exactEvaluations: z.array(whole(2, 100000)).min(3),
    /** Tolerances of the adaptive method; numbers of noise levels of the mode flow. */
    tolerances: z.array(positive.max(1)).min(1),
    levels: z.array(whole(3, 10000)).min(1),
    /** Extra noise of the EDM sampler. */
    churn: z.number().min(0),
    generated: whole(100, 1e6),
    reference: whole(400, 1e6),
  }),
});

/** A complete, checked configuration; see the schema for what each key means. */
export type Configuration = z.infer<typeof schema>;
/** The parts of a configuration of which a stored model is made. */
export const modelParts = schema
  .pick({ seed: true, problem: true, ensemble: true, network: true, training: true })
  .extend({ schedule: schema.shape.schedule.optional() });

/** smoke, quick, full or published. */
export type PresetName = Configuration["preset"];
type DeepPartial<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;
/** What differs from a preset; every key optional. */
export type Overrides = DeepPartial<Configuration>;
