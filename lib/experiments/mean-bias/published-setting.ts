/**
 * What the mean-bias stages have in common: the reference condition, a large solver ensemble there with its moments,
 * its Gaussian in the network's units, and one way to draw fields with a score. Draws with the same stream, count and
 * batch use the same random numbers whatever the score and the start, so that their differences have little Monte-Carlo
 * error.
 */
import { tf } from "../../graph/tensorflow";
import { checked } from "../../diagnostics/field-sample";
import { moments, type Moments } from "../../diagnostics/moments";
import type { ProfileEstimate } from "../../diagnostics/profile-bias";
import { Fields } from "../../fields/fields";
import { gram } from "../../numerics/linear-algebra";
import { leadingGaussian } from "../../gaussian/ensemble-law";
import type { GaussianLaw } from "../../gaussian/principal-law";
import { type Method, sample, schemeOf } from "../../diffusion/sample";
import { variancePreserving, type VariancePreserving } from "../../diffusion/schedule";
import { denoised, noiseLevel, type Score } from "../../diffusion/score";
import { matchedTo, type Start } from "../../diffusion/start";
import { stepwiseLaw } from "../../diffusion/stepwise-law";
import { timeGrid } from "../../diffusion/time-grid";
import { generateEnsemble } from "../../ensemble/generate";
import { channelAt } from "../../fields/shape";
import type { Normalisation } from "../../fields/units";
import type { Stream } from "../../random/stream";
import type { Problem } from "../../transport/problem";
import { referenceCondition } from "../../transport/domain";

export type StartKind = "standard normal" | "centred" | "matched";
export type Sampler = "reverse SDE" | "probability flow";

/**
 * Modes that the exact scores resolve; at the published condition, say, the rest holds less than 1e-9 of the variance.
 */
const exactModes = 64;

export interface Setting {
  readonly problem: Problem;
  readonly normalisation: Normalisation;
  /** Solver fields, SI units. */
  readonly reference: Fields;
  readonly moments: Moments;
  /** The Gaussian of the reference in network units, leading modes. */
  readonly law: GaussianLaw;
  /** Covariance [d, d] of the reference's mean about the true mean, SI units. */
  readonly error: Float64Array;
}

/** Draws the reference ensemble and takes its moments. */
export async function publishedSetting(options: {
  problem: Problem;
  normalisation: Normalisation;
  cells: number;
  count: number;
  stream: Stream;
  signal?: AbortSignal;
}): Promise<Setting> {
  const { problem, normalisation, count } = options;
  const reference = await solvedFields(options);
  const inUnits = reference.toNetwork(normalisation).values;
  const law = leadingGaussian(inUnits, count, exactModes);
  const found = moments(reference);
  const d = found.mean.length;
  const deviations = reference.values.map((x, k) => x - found.mean[k % d]);
  const error = gram(deviations, count, d).map((s) => s / (count * (count - 1)));
  return { problem, normalisation, reference, moments: found, law, error };
}

/** Fields of the solver at the reference condition, SI units. */
export async function solvedFields(options: {
  problem: Problem;
  cells: number;
  count: number;
  stream: Stream;
  signal?: AbortSignal;
}): Promise<Fields> {
  return (await generateEnsemble({ ...options, conditions: [referenceCondition(options.problem)] })).fields;
}

export function startOf(kind: StartKind, law: GaussianLaw): Start {
  if (kind === "standard normal") return { law: "standard normal" };
  if (kind === "matched") return matchedTo(law);
  // alpha^2 I + sigma^2 I = I for a variance-preserving schedule: the data's covariance replaced by the identity.
  const d = law.dimension;
  return {
    law: "matched moments",
    mean: law.mean,
    covariance: Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? 1 : 0)),
  };
}

/** The same start for the closed forms. */
export function predictedStart(
  kind: StartKind,
  law: GaussianLaw,
  schedule: ReturnType<typeof variancePreserving>,
): "matched" | { mean?: Float64Array; variance?: number } {
  if (kind === "matched") return "matched";
  if (kind === "standard normal") return {};
  const alpha = schedule.alpha(schedule.tMax);
  return { mean: law.mean.map((mu) => alpha * mu), variance: 1 };
}

export const methodOf = (sampler: Sampler): "reverse-sde-heun" | "flow-heun" =>
  sampler === "reverse SDE" ? "reverse-sde-heun" : "flow-heun";

export interface Draw {
  readonly score: Score;
  readonly schedule: VariancePreserving;
  readonly start: Start;
  readonly count: number;
  /** Random numbers depend on the batch: what is compared pairwise needs the same. */
  readonly batch: number;
  readonly stream: Stream;
  readonly method: Exclude<Method, { name: "flow-adaptive" }>;
  readonly steps: number;
  readonly signal?: AbortSignal;
}

/** Fields in SI units at tMin as they are, and after the last denoising step: the same trajectories. */
export async function drawBoth(setting: Setting, options: Draw): Promise<{ noisy: Fields; clean: Fields }> {
  const { normalisation, reference, law } = setting;
  const { batch } = options;
  const schedule = variancePreserving(options.schedule);
  const end = await sample({
    ...options,
    schedule,
    dimension: law.dimension,
    // sample() shrinks its batch to the count, and with it changes the numbers
    count: Math.ceil(options.count / batch) * batch,
    spacing: "quadratic",
    denoise: false,
  });
  const { shape } = reference;
  const inUnits = (x: tf.Tensor): Fields =>
    checked(new Fields(Float64Array.from(x.dataSync()), shape, "network").toSI(normalisation));
  try {
    const parts = tf.tidy(() =>
      tf.concat(
        tf
          .split(end, end.shape[0] / batch)
          .map((x) =>
            denoised(options.score, x as tf.Tensor2D, noiseLevel(schedule, schedule.tMin), options.score.constants),
          ),
      ),
    );
    const [noisy, clean] = [inUnits(end), inUnits(parts)].map((fields) => first(fields, options.count));
    parts.dispose();
    return { noisy, clean };
  } finally {
    end.dispose();
  }
}

/** The first `count` fields. */
export const first = (fields: Fields, count: number): Fields => fields.slice(0, count);

/**
 * Law that the exact Gaussian score generates with these very steps: the known mean of the control variate. Network
 * units.
 */
export function exactLaw(
  law: GaussianLaw,
  options: Pick<Draw, "schedule" | "method" | "steps"> & { start: StartKind; denoise?: boolean },
): ReturnType<typeof stepwiseLaw> {
  const schedule = variancePreserving(options.schedule);
  return stepwiseLaw(law, {
    scheme: schemeOf(options.method),
    schedule,
    times: timeGrid(schedule, options.steps, "quadratic"),
    start: predictedStart(options.start, law, schedule),
    denoise: options.denoise ?? true,
  });
}

/** The reference's mean as an estimate of the true one, SI units. */
export function referenceMean({ moments: { mean }, error }: Setting): ProfileEstimate {
  return { value: mean, error };
}

/** One value per channel for a profile in network units. */
export function perUnit(setting: Setting, profile: Float64Array): Float64Array {
  const { channels, cells } = setting.reference;
  return profile.map((x, i) => x * setting.normalisation.std[channelAt(i, channels, cells)]);
}
