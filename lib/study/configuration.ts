/**
 * The configuration of a study: every number that a result depends on, checked by one schema.
 *
 * Four layers, later ones win: the preset, the notebook's first cell, the environment variable SGM_OVERRIDES (JSON, set by the command that
 * executes a notebook), and `--set key=value` of the command line. A preset named in a later layer replaces the base of all.
 */
import { z } from "zod";
import { UserError } from "../storage/user-error";

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

const schema = z.strictObject({
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
  ensemble: z.strictObject({ conditions: whole(8, 1e6), porosities: whole(8, 1e6), heldOutConditions: whole(8, 1e6) }),
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
      /** Precision of the convolutions' products; "bfloat16" needs a processor with units for it and is several times as fast there. */
      convolutions: z.enum(["float32", "bfloat16"]),
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

const quick: Configuration = {
  preset: "quick",
  seed: 20260205,
  problem: { name: "electrode-published", cells: 100 },
  statistics: { nodes: 64, porosities: 16384, margin: 0.2 },
  ensemble: { conditions: 1024, porosities: 256, heldOutConditions: 64 },
  network: {
    size: "fast",
    conditioning: "film",
    preconditioning: "conditional gaussian",
    modes: 56,
    noiseGrading: 0.5,
  },
  training: {
    steps: 8000,
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
    convolutions: "float32",
    stepsPerCall: 8,
    heldOutEvery: 400,
    checkpointEvery: 400,
    divergence: 10,
  },
  schedule: { betaMin: 0.001, betaMax: 20, tMin: 1e-4 },
  sampler: {
    method: "mode-flow",
    steps: 20,
    spacing: "quadratic",
    start: "matched moments",
    denoise: true,
    calibrate: false,
  },
  evaluation: { conditions: 20, generated: 2000, reference: 8000 },
  meanBias: {
    betaMax: [1, 3, 5, 10, 20],
    generated: 400,
    exact: 4000,
    reference: 24000,
    empirical: 12000,
    sdeSteps: 50,
    flowSteps: 25,
  },
  confounder: {
    betaMax: 3,
    fields: 24000,
    modes: [1, 2, 4, 8],
    exact: 4000,
    generated: 400,
    nearest: 3000,
    sdeSteps: 50,
    flowSteps: 25,
  },
  floorSpectra: { generated: 1000, reference: 8000, steps: 1000 },
  ablation: {
    seeds: 3,
    width: 32,
    hidden: 64,
    modes: 16,
    steps: 800,
    batch: 64,
    learningRate: 3e-3,
    conditions: 512,
    porosities: 64,
    heldOutConditions: 64,
    outside: 0.2,
    testConditions: 16,
    generated: 100,
    reference: 1000,
    samplerSteps: 30,
  },
  identifiability: {
    correlationLengths: [0.02, 0.1, 0.2],
    draws: 10,
    noise: 1e-4,
    noiseConcentration: 0.1,
    chain: 30000,
  },
  manifold: { fields: 100, noise: 1e-5 },
  workPrecision: {
    evaluations: [8, 16, 32, 64],
    exactEvaluations: [8, 16, 32, 64, 128, 256, 512],
    tolerances: [1e-1, 1e-2, 1e-3],
    levels: [4, 8, 16, 32],
    churn: 10,
    generated: 1000,
    reference: 4000,
  },
};

const smoke: Overrides = {
  preset: "smoke",
  statistics: { nodes: 8, porosities: 256 },
  ensemble: { conditions: 32, porosities: 64, heldOutConditions: 8 },
  network: { size: "smoke", modes: 8 },
  training: { steps: 48, conditions: 16, warmUp: 10, heldOutEvery: 16, checkpointEvery: 16 },
  evaluation: { conditions: 2, generated: 200, reference: 800 },
  meanBias: {
    betaMax: [3, 20],
    generated: 200,
    exact: 1000,
    reference: 4000,
    empirical: 500,
    sdeSteps: 25,
    flowSteps: 12,
  },
  confounder: { fields: 4000, exact: 800, generated: 200, nearest: 500, sdeSteps: 25, flowSteps: 12 },
  floorSpectra: { generated: 300, reference: 1000, steps: 250 },
  ablation: {
    seeds: 2,
    width: 16,
    hidden: 32,
    modes: 8,
    steps: 40,
    batch: 32,
    conditions: 32,
    porosities: 16,
    heldOutConditions: 16,
    testConditions: 8,
    generated: 32,
    reference: 100,
    samplerSteps: 10,
  },
  identifiability: { draws: 2, chain: 2000 },
  manifold: { fields: 8 },
  workPrecision: {
    evaluations: [8, 32],
    exactEvaluations: [16, 32, 64, 128],
    tolerances: [1e-1, 1e-3],
    levels: [4, 8],
    generated: 200,
    reference: 800,
  },
};

const full: Overrides = {
  preset: "full",
  ensemble: { conditions: 4096, porosities: 256, heldOutConditions: 256 },
  training: { steps: 40000 },
  evaluation: { conditions: 20, generated: 4000, reference: 16000 },
  meanBias: { generated: 4000, exact: 16000, reference: 80000 },
  confounder: { fields: 200000, exact: 16000, generated: 4000, nearest: 12000 },
  floorSpectra: { generated: 4000, reference: 20000 },
  ablation: { seeds: 8, width: 48, hidden: 128, steps: 8000, conditions: 2048, generated: 500, reference: 4000 },
  identifiability: { draws: 20, chain: 100000 },
  manifold: { fields: 400 },
  workPrecision: { evaluations: [8, 16, 32, 64, 128, 256, 512], generated: 4000, reference: 16000 },
};

/** The original's sizes: 1000 conditions x 25 porosities, 125 000 steps of batch 1024 on the whole score, 1000 Heun steps. */
const published: Overrides = {
  preset: "published",
  ensemble: { conditions: 1000, porosities: 25, heldOutConditions: 64 },
  network: { size: "published", preconditioning: "none" },
  training: {
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
    stepsPerCall: 1,
    heldOutEvery: 500,
    checkpointEvery: 100,
  },
  sampler: { method: "reverse-sde-heun", steps: 1000, start: "standard normal", denoise: false },
  evaluation: { conditions: 8, generated: 500, reference: 8000 },
  meanBias: { generated: 500, sdeSteps: 1000, flowSteps: 100 },
};

const presets: Record<PresetName, Overrides> = { smoke, quick: {}, full, published };

/** The layers merged and checked. Throws a UserError that names the key, what was expected and what came. */
export function configuration(...layers: readonly Overrides[]): Configuration {
  const name = layers.reduce<unknown>((last, layer) => layer.preset ?? last, "quick");
  if (typeof name !== "string" || !(name in presets)) {
    throw new UserError(
      `configuration: preset must be one of ${Object.keys(presets).join(", ")}, got ${JSON.stringify(name)}`,
    );
  }
  const base = presets[name as PresetName];
  const merged = [base, ...layers].reduce<unknown>((whole_, layer) => merge(whole_, layer), quick);
  const result = schema.safeParse({ ...(merged as object), preset: name });
  if (result.success) return result.data;
  const first = result.error.issues[0];
  const path = first.path.join(".");
  if (first.code === "unrecognized_keys") {
    const key = [path, first.keys[0]].filter((part) => part !== "").join(".");
    throw new UserError(`configuration: there is no key "${key}"; keys here: ${keysAt(first.path).join(", ")}`);
  }
  throw new UserError(`configuration: ${path}: ${first.message}, got ${JSON.stringify(valueAt(merged, first.path))}`);
}

/** `key=value` texts of a command line as overrides: values are JSON where they parse, plain text otherwise. */
export function overridesFromText(settings: readonly string[]): Overrides {
  const fresh = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>; // "__proto__" is a key like any other
  const root = fresh();
  for (const setting of settings) {
    const at = setting.indexOf("=");
    if (at < 1) throw new UserError(`--set expects key=value, for instance sampler.steps=20, got "${setting}"`);
    const keys = setting.slice(0, at).trim().split(".");
    let here = root;
    for (const key of keys.slice(0, -1)) {
      const next = (here[key] ??= fresh());
      if (!isRecord(next)) throw new UserError(`--set ${setting}: an earlier --set gave ${key} a value of its own`);
      here = next;
    }
    here[keys[keys.length - 1]] = parsed(setting.slice(at + 1).trim());
  }
  return root as Overrides;
}

/** The overrides of the environment variable SGM_OVERRIDES; none if it is not set. */
export function overridesFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Overrides {
  const text = environment.SGM_OVERRIDES;
  if (text === undefined || text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Overrides;
  } catch (error) {
    throw new UserError(`SGM_OVERRIDES is not JSON: ${(error as Error).message}`);
  }
  throw new UserError(`SGM_OVERRIDES must hold a JSON object such as {"preset": "smoke"}, got ${text.slice(0, 80)}`);
}

function parsed(text: string): unknown {
  if (text.includes(",") && !text.startsWith("[")) return text.split(",").map((part) => parsed(part.trim()));
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // a word such as reverse-sde-heun
  }
}

function merge(base: unknown, change: unknown): unknown {
  if (change === undefined) return base;
  if (!isRecord(base) || !isRecord(change)) return change;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change)) {
    if (key === "__proto__") throw new UserError('configuration: there is no key "__proto__"');
    result[key] = merge(base[key], value);
  }
  return result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((here, key) => (isRecord(here) ? here[String(key)] : undefined), value);
}

/** The value of a key such as "schedule.betaMax". @throws UserError if there is no such key. */
export function valueOfKey(configuration: Configuration, key: string): unknown {
  const path = key.split(".");
  const value = valueAt(configuration, path);
  if (value === undefined) {
    const known = path.findIndex((_, k) => valueAt(configuration, path.slice(0, k + 1)) === undefined);
    const missing = path.slice(0, known + 1).join(".");
    throw new UserError(
      `configuration: there is no key "${missing}"; keys here: ${keysAt(path.slice(0, known)).join(", ")}`,
    );
  }
  return value;
}

function keysAt(path: readonly PropertyKey[]): string[] {
  const here = valueAt(quick, path);
  return isRecord(here) ? Object.keys(here) : [];
}
