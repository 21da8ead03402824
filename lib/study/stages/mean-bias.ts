/**
 * Stage: where the mean bias comes from. At the published condition fields are sampled with scores of three kinds - exact Gaussian, exact
 * empirical (of a finite solver ensemble), trained network - from three start laws and over beta_max, by the reverse SDE and the
 * probability flow, and compared with a large solver ensemble. The closed form for Gaussian data stands beside each.
 *
 * Start laws: "standard normal" N(0, I); "centred" N(alpha mu, I), which is N(0, I) for data centred per condition; "matched"
 * N(alpha mu, alpha^2 S + sigma^2 I), where the forward process arrives for Gaussian data.
 */
import { tf } from "../../graph/tensorflow";
import { type FieldSample, fieldSample } from "../../diagnostics/field-sample";
import { moments, profileRatios } from "../../diagnostics/moments";
import type { GaussianLaw } from "../../diffusion/conditional-gaussian";
import { principalAxes } from "../../diffusion/conditional-gaussian";
import { empiricalScore, type EigenGaussian, gaussianScore } from "../../diffusion/exact-score";
import { generatedLaw } from "../../diffusion/prior-mismatch";
import { sample } from "../../diffusion/sample";
import { variancePreserving } from "../../diffusion/schedule";
import type { ResidentScore } from "../../diffusion/score";
import { matchedTo, type Start } from "../../diffusion/start";
import { generateEnsemble } from "../../ensemble/generate";
import {
  atCondition,
  checkSchedule,
  scoreAt,
  type ScoreModel,
  toNetworkUnits,
  toPhysicalUnits,
} from "../../network/score-model";
import { stream } from "../../random/stream";
import type { Condition } from "../../transport/problem";
import type { Configuration } from "../configuration";
import { jsonStage } from "../json-stage";
import type { Stage } from "../stage";

export type ScoreKind = "gaussian" | "empirical" | "network";
export type StartKind = "standard normal" | "centred" | "matched";
export type Sampler = "reverse SDE" | "probability flow";

/** Channel by channel where an array of two is given; profiles over the cells of both channels, in standard deviations. */
export interface BiasRow {
  readonly score: ScoreKind;
  readonly start: StartKind;
  readonly sampler: Sampler;
  readonly betaMax: number;
  readonly count: number;
  /** Noise-corrected |mean - mean_solver|_2 / |std_solver|_2, signed root, and its standard error. */
  readonly bias: readonly number[];
  readonly biasError: readonly number[];
  readonly stdRatio: readonly number[];
  readonly stdRatioError: readonly number[];
  /** The closed form for Gaussian data with the solver ensemble's moments. */
  readonly predictedBias: readonly number[];
  readonly predictedStdRatio: readonly number[];
  /** (mean - mean_solver) / std_solver in every cell, and its standard error; 0 where the solver's spread is 0. */
  readonly profile: readonly number[];
  readonly profileError: readonly number[];
  readonly predictedProfile: readonly number[];
}

export interface MeanBias {
  readonly condition: Condition;
  readonly rows: readonly BiasRow[];
  /** Of the solver ensemble, SI units, both channels one after the other. */
  readonly solver: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

export type MeanBiasInput = Pick<Configuration, "seed" | "problem" | "meanBias" | "schedule">;

/** The condition of the original's figures: l = L / 10, U0 = 0, F_right = 25 A/m2. */
export const publishedCondition: Condition = { l: 1e-5, U0: 0, F_right: 25 };

export function meanBiasStage(model: () => Promise<ScoreModel>): Stage<MeanBiasInput, MeanBias> {
  return jsonStage({
    name: "mean-bias",
    sources: [
      "lib/network",
      "lib/diffusion",
      "lib/diagnostics/moments.ts",
      "lib/ensemble",
      "lib/study/stages/mean-bias.ts",
    ],
    run: async (input, context) => {
      const m = await model();
      const { problem, statistics } = m;
      const cells = input.problem.cells;
      const shape = { channels: problem.channels.length, cells };
      const root = stream(input.seed).child("mean bias");
      const settings = input.meanBias;
      const solve = async (name: string, count: number): Promise<Float64Array> => {
        const { fields } = await generateEnsemble({
          problem,
          conditions: [publishedCondition],
          count,
          cells,
          stream: root.child(name),
          signal: context.signal,
        });
        return fields;
      };
      const reference = fieldSample(await solve("reference", settings.reference), shape);
      const exact = empiricalLaw(
        toNetworkUnits(reference.values.slice(), statistics.normalisation, cells),
        reference.count,
      );
      const ensemble = toNetworkUnits(
        await solve("empirical score", settings.empirical),
        statistics.normalisation,
        cells,
      );
      const members = tf.tensor2d(Float32Array.from(ensemble), [settings.empirical, exact.dimension]);
      const scores: Record<ScoreKind, ResidentScore> = {
        gaussian: gaussianScore(exact),
        empirical: empiricalScore(members),
        network: scoreAt(m, atCondition(m, publishedCondition)),
      };
      const trainedFor = m.trained.kind === "score" ? m.trained.schedule.betaMax : undefined;
      const jobs = experiments(settings.betaMax, trainedFor);
      const rows: BiasRow[] = [];
      try {
        for (const [index, job] of jobs.entries()) {
          context.signal.throwIfAborted();
          context.progress(index, jobs.length, `${job.score}, beta_max ${job.betaMax}, ${job.start}, ${job.sampler}`);
          const schedule = variancePreserving({ ...input.schedule, betaMax: job.betaMax });
          if (job.score === "network") checkSchedule(m, { ...input.schedule, betaMax: job.betaMax });
          const values = await sample({
            score: scores[job.score],
            schedule,
            start: startFor(job.start, exact),
            dimension: exact.dimension,
            count: settings.generated,
            batch: Math.min(settings.generated, 400),
            stream: root.child(Object.values(job).join(", ")),
            method: job.sampler === "reverse SDE" ? "reverse-sde-heun" : "flow-heun",
            steps: job.sampler === "reverse SDE" ? settings.sdeSteps : settings.flowSteps,
            spacing: "quadratic",
            denoise: true,
            signal: context.signal,
          });
          const fields = fieldSample(toPhysicalUnits(values.dataSync(), statistics.normalisation, cells), shape);
          values.dispose();
          rows.push(
            biasRow(
              job,
              fields,
              reference,
              exact,
              { ...input.schedule, betaMax: job.betaMax },
              statistics.normalisation.std,
            ),
          );
        }
      } finally {
        Object.values(scores).forEach((score) => score.dispose());
        members.dispose();
      }
      context.progress(jobs.length, jobs.length);
      const { mean, std } = moments(reference);
      return { condition: publishedCondition, rows, solver: { mean: [...mean], std: [...std] } };
    },
  });
}

export interface Experiment {
  readonly score: ScoreKind;
  readonly betaMax: number;
  readonly start: StartKind;
  readonly sampler: Sampler;
}

/**
 * The network over beta_max from the standard normal; at the ends of that range every start law, and the exact scores at the smallest useful one.
 * A network that learned the score of one schedule is sampled at that one, with the exact scores beside it.
 */
export function experiments(betaMax: readonly number[], trainedFor?: number): Experiment[] {
  const samplers: Sampler[] = ["reverse SDE", "probability flow"];
  const decisive = betaMax.includes(3) ? 3 : betaMax[0];
  const largest = Math.max(...betaMax);
  const jobs: Experiment[] = [];
  for (const sampler of samplers) {
    for (const b of trainedFor === undefined ? betaMax : [trainedFor])
      jobs.push({ score: "network", betaMax: b, start: "standard normal", sampler });
    for (const start of ["centred", "matched"] as const)
      jobs.push({ score: "network", betaMax: trainedFor ?? decisive, start, sampler });
    for (const b of new Set([decisive, largest, trainedFor ?? decisive]))
      jobs.push({ score: "gaussian", betaMax: b, start: "standard normal", sampler });
    for (const b of new Set([decisive, trainedFor ?? decisive]))
      jobs.push({ score: "empirical", betaMax: b, start: "standard normal", sampler });
  }
  return jobs;
}

function startFor(kind: StartKind, law: EigenGaussian): Start {
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

/** Mean and principal axes of an ensemble [count, dimension]. */
function empiricalLaw(values: Float64Array, count: number): GaussianLaw {
  const dimension = values.length / count;
  const mean = new Float64Array(dimension);
  for (let n = 0; n < count; n++) for (let i = 0; i < dimension; i++) mean[i] += values[n * dimension + i] / count;
  const covariance = new Float64Array(dimension * dimension);
  const row = new Float64Array(dimension);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < dimension; i++) row[i] = values[n * dimension + i] - mean[i];
    for (let i = 0; i < dimension; i++) {
      for (let j = 0; j <= i; j++) covariance[i * dimension + j] += (row[i] * row[j]) / (count - 1);
    }
  }
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j < i; j++) covariance[j * dimension + i] = covariance[i * dimension + j];
  return { dimension, rank: dimension, mean, ...principalAxes(covariance, dimension) };
}

function biasRow(
  job: Experiment,
  fields: FieldSample,
  reference: FieldSample,
  law: EigenGaussian,
  schedule: { betaMin: number; betaMax: number; tMin: number },
  unit: readonly number[],
): BiasRow {
  const predicted = generatedLaw(law, {
    schedule: variancePreserving(schedule),
    sampler: job.sampler,
    start: predictedStart(job.start, law, variancePreserving(schedule)),
  });
  const ratios = profileRatios(fields, reference);
  const [gen, ref] = [moments(fields), moments(reference)];
  const { cells } = reference;
  const inStd = (value: (i: number) => number): number[] =>
    Array.from(ref.std, (s, i) => (s > 1e-9 * Math.abs(ref.mean[i]) && s > 0 ? value(i) / s : 0));
  const norm = (x: (i: number) => number, channel: number): number => {
    let sum = 0;
    for (let i = channel * cells; i < (channel + 1) * cells; i++) sum += x(i) ** 2;
    return Math.sqrt(sum);
  };
  const perChannel = (x: (i: number) => number): number[] =>
    unit.map((_, channel) => norm(x, channel) / norm((i) => ref.std[i], channel));
  const physical = (i: number): number => unit[Math.floor(i / cells)];
  return {
    ...job,
    count: fields.count,
    bias: ratios.map((r) => r.bias.corrected),
    biasError: ratios.map((r) => r.bias.standardError),
    stdRatio: ratios.map((r) => r.std.ratio),
    stdRatioError: ratios.map((r) => r.std.standardError),
    predictedBias: perChannel((i) => physical(i) * predicted.bias[i]),
    predictedStdRatio: perChannel((i) => physical(i) * Math.sqrt(predicted.variance[i])),
    profile: inStd((i) => gen.mean[i] - ref.mean[i]),
    profileError: inStd((i) => Math.hypot(gen.standardError.mean[i], ref.standardError.mean[i])),
    predictedProfile: inStd((i) => physical(i) * predicted.bias[i]),
  };
}

function predictedStart(
  kind: StartKind,
  law: EigenGaussian,
  schedule: ReturnType<typeof variancePreserving>,
): "matched" | { mean?: Float64Array; variance?: number } {
  if (kind === "matched") return "matched";
  if (kind === "standard normal") return {};
  const alpha = schedule.alpha(schedule.tMax);
  return { mean: law.mean.map((mu) => alpha * mu), variance: 1 };
}
