/**
 * Stage: where the mean bias comes from. At the published condition fields are drawn with scores of three kinds - exact Gaussian, exact
 * empirical (of a finite solver ensemble), trained network - from three start laws and over beta_max, by the reverse SDE and the
 * probability flow, and compared with a large solver ensemble. The closed form for Gaussian data stands beside each.
 *
 * Start laws: "standard normal" N(0, I); "centred" N(alpha mu, I), which is N(0, I) for data centred per condition; "matched"
 * N(alpha mu, alpha^2 S + sigma^2 I), where the forward process arrives for Gaussian data.
 *
 * The Gaussian score is drawn with the same random numbers as the others. Its generated mean is known exactly, steps included, so it serves
 * as control variate (lib/diagnostics/profile-bias): a few hundred fields of the network tell its bias as well as some thousands would alone.
 */
import {
  biasRatios,
  difference,
  exactProfile,
  meanProfile,
  type ProfileEstimate,
  standardErrors,
} from "../../diagnostics/profile-bias";
import { type FieldSample, fieldSample } from "../../diagnostics/field-sample";
import { moments, profileRatios } from "../../diagnostics/moments";
import { gaussianScore } from "../../diffusion/exact-score";
import { generatedLaw } from "../../diffusion/prior-mismatch";
import { variancePreserving } from "../../diffusion/schedule";
import type { Score } from "../../diffusion/score";
import { atCondition, checkSchedule, scoreAt, type ScoreModel, toNetworkUnits } from "../../model/score-model";
import { type Stream, stream } from "../../random/stream";
import type { Condition } from "../../transport/problem";
import type { Common } from "../common-settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import {
  drawBoth,
  ensembleScore,
  exactLaw,
  methodOf,
  perUnit,
  predictedStart,
  publishedSetting,
  referenceMean,
  type Sampler,
  type Setting,
  solvedFields,
  type StartKind,
  startOf,
  first,
} from "./published-setting";
import { publishedCondition } from "../../transport/published-conditions";

import type { MeanBiasSettings } from "./settings";

export { type Sampler, type StartKind } from "./published-setting";
export type ScoreKind = "gaussian" | "empirical" | "network";

/** Channel by channel where an array of two is given; profiles over the cells of both channels, in standard deviations. */
export interface BiasRow {
  readonly score: ScoreKind;
  readonly start: StartKind;
  readonly sampler: Sampler;
  readonly betaMax: number;
  readonly count: number;
  /** Noise-corrected |mean - mean_solver|_2 / |std_solver|_2, signed root, its standard error, and z of "there is no bias". */
  readonly bias: readonly number[];
  readonly biasError: readonly number[];
  readonly biasZ: readonly number[];
  readonly stdRatio: readonly number[];
  readonly stdRatioError: readonly number[];
  /** The closed form for Gaussian data with the solver ensemble's moments, in the limit of small steps. */
  readonly predictedBias: readonly number[];
  readonly predictedStdRatio: readonly number[];
  /** What the finite steps change of the closed form: |difference|_2 / |std|_2, exact. */
  readonly stepError: readonly number[];
  /** Deviation of the measured profile from the closed form's, as a ratio like `bias`, and its z. */
  readonly offFormula: readonly number[];
  readonly offFormulaZ: readonly number[];
  /** (mean - mean_solver) / std_solver in every cell, and its standard error; 0 where the solver's spread is 0. */
  readonly profile: readonly number[];
  readonly profileError: readonly number[];
  readonly predictedProfile: readonly number[];
}

/** |bias|_2 / |std|_2 by channel that the closed form predicts from N(0, I). */
export interface BiasPrediction {
  readonly sampler: Sampler;
  readonly betaMax: number;
  readonly bias: readonly number[];
}

export interface MeanBias {
  readonly condition: Condition;
  readonly rows: readonly BiasRow[];
  /** Over the range of beta_max that was drawn at, close enough for a curve. */
  readonly predictions: readonly BiasPrediction[];
  /** Of the solver ensemble, SI units, both channels one after the other. */
  readonly solver: { readonly count: number; readonly mean: readonly number[]; readonly std: readonly number[] };
}

export interface MeanBiasInput extends Common {
  readonly meanBias: MeanBiasSettings;
}

export function meanBiasStage(model: () => Promise<ScoreModel>): Stage<MeanBiasInput, MeanBias> {
  return jsonStage({
    name: "mean-bias",
    module: "lib/experiments/mean-bias/stage.ts",
    run: async (input, context) => {
      const m = await model();
      const { signal } = context;
      const { cells } = input.problem;
      const root = stream(input.seed).child("mean bias");
      const { meanBias, schedule } = input;
      const { problem } = m;
      const { normalisation } = m.statistics;
      const solver = { problem, cells, signal };
      const setting = await publishedSetting({
        ...solver,
        normalisation,
        count: meanBias.reference,
        stream: root.child("reference"),
      });
      const ensemble = fieldSample(
        await solvedFields({ ...solver, count: meanBias.empirical, stream: root.child("empirical score") }),
        setting.shape,
      );
      const ensembleMean = moments(ensemble).mean;
      const members = toNetworkUnits(ensemble.values, normalisation, cells);
      const scores = {
        gaussian: gaussianScore(setting.law),
        empirical: ensembleScore(members, meanBias.empirical, setting.law),
        network: scoreAt(m, atCondition(m, publishedCondition)),
      };
      const trainedFor = m.trained.kind === "score" ? m.trained.schedule.betaMax : undefined;
      const jobs = experiments(meanBias.betaMax, trainedFor);
      try {
        for (const { score, betaMax } of jobs) if (score === "network") checkSchedule(m, { ...schedule, betaMax });
        const rows = await runExperiments(jobs, {
          setting,
          scores,
          ensembleMean,
          meanBias,
          schedule,
          stream: root,
          ...context,
        });
        const { mean, std } = setting.moments;
        const found = { count: setting.reference.count, mean: [...mean], std: [...std] };
        return {
          condition: publishedCondition,
          rows,
          predictions: predictedBias(setting, rows, schedule),
          solver: found,
        };
      } finally {
        Object.values(scores).forEach((score) => score.dispose());
      }
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
    for (const b of new Set([decisive, largest, trainedFor ?? decisive]))
      jobs.push({ score: "empirical", betaMax: b, start: "standard normal", sampler });
  }
  return jobs;
}

export interface Experimenting {
  readonly setting: Setting;
  readonly scores: Readonly<Record<ScoreKind, Score>>;
  /** Mean of the ensemble that the empirical score is made of, SI units: what it would generate without a bias. */
  readonly ensembleMean: Float64Array;
  readonly meanBias: MeanBiasSettings;
  readonly schedule: Common["schedule"];
  readonly stream: Stream;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number, extra?: string) => void;
}

/** The experiments in order. Those that differ in the score alone share their random numbers. */
export async function runExperiments(jobs: readonly Experiment[], o: Experimenting): Promise<BiasRow[]> {
  const { setting, meanBias, signal } = o;
  const rows: BiasRow[] = [];
  const controls = new Map<string, Promise<FieldSample>>();
  for (const [index, job] of jobs.entries()) {
    signal?.throwIfAborted();
    o.progress?.(index, jobs.length, `${job.score}, beta_max ${job.betaMax}, ${job.start}, ${job.sampler}`);
    const settings = settingsOf(job, o);
    const name = `${job.betaMax}, ${job.start}, ${job.sampler}`;
    const draw = async (score: Score, count: number): Promise<FieldSample> => {
      const start = startOf(job.start, setting.law);
      const batch = Math.min(largestBatch, meanBias.generated);
      const random = { count, batch, stream: o.stream.child(name) };
      return (await drawBoth(setting, { ...settings, ...random, score, start, signal })).clean;
    };
    const alone = jobs.some((j) => j.score === "gaussian" && nameOf(j) === nameOf(job));
    if (!controls.has(name)) {
      controls.set(
        name,
        draw(o.scores.gaussian, alone ? Math.max(meanBias.exact, meanBias.generated) : meanBias.generated),
      );
    }
    const gaussian = await controls.get(name)!;
    const fields = job.score === "gaussian" ? gaussian : await draw(o.scores[job.score], meanBias.generated);
    const control = job.score === "gaussian" ? undefined : first(gaussian, meanBias.generated);
    rows.push(biasRow(job, fields, control, o));
  }
  o.progress?.(jobs.length, jobs.length);
  return rows;
}

/** Fields at a time: 12,000 members of an ensemble make 19 MB of weights of them. */
const largestBatch = 400;
const nameOf = ({ betaMax, start, sampler }: Experiment): string => `${betaMax}, ${start}, ${sampler}`;

function settingsOf(job: Experiment, { meanBias, schedule }: Pick<Experimenting, "meanBias" | "schedule">) {
  return {
    schedule: { ...schedule, betaMax: job.betaMax },
    method: { name: methodOf(job.sampler) },
    steps: job.sampler === "reverse SDE" ? meanBias.sdeSteps : meanBias.flowSteps,
  };
}

/** The mean of the data whose score was used: of the Gaussian and of the ensemble it is known, of the network's it is estimated. */
function dataMean(score: ScoreKind, o: Pick<Experimenting, "setting" | "ensembleMean">): ProfileEstimate {
  if (score === "network") return referenceMean(o.setting);
  return exactProfile(score === "gaussian" ? o.setting.moments.mean : o.ensembleMean);
}

/** The row of one experiment from its fields, which were drawn as `job` says. `control` shares their random numbers. */
export function biasRow(
  job: Experiment,
  fields: FieldSample,
  control: FieldSample | undefined,
  o: Pick<Experimenting, "setting" | "ensembleMean" | "meanBias" | "schedule">,
): BiasRow {
  const { setting } = o;
  const { law, reference, moments: truth } = setting;
  const { cells, channels } = setting.shape;
  const settings = settingsOf(job, o);
  const schedule = variancePreserving(settings.schedule);
  const predicted = generatedLaw(law, {
    schedule,
    sampler: job.sampler,
    start: predictedStart(job.start, law, schedule),
  });
  const stepwise = exactLaw(law, { ...settings, start: job.start });
  const formula = perUnit(setting, predicted.bias);
  const steps = perUnit(setting, stepwise.bias.map((b, i) => b - predicted.bias[i])); // prettier-ignore
  const known = perUnit(setting, stepwise.bias).map((b, i) => b + truth.mean[i]);
  const bias = difference(meanProfile(fields, control && { fields: control, mean: known }), dataMean(job.score, o));
  const found = biasRatios(bias, truth.std, channels);
  const off = biasRatios(difference(bias, exactProfile(formula.map((f, i) => f + steps[i]))), truth.std, channels);
  const errors = standardErrors(bias);
  const std = profileRatios(fields, reference).map((r) => r.std);
  const inStd = (value: (i: number) => number): number[] =>
    Array.from(truth.std, (s, i) => (s > 1e-9 * Math.abs(truth.mean[i]) && s > 0 ? value(i) / s : 0));
  const perChannel = (x: (i: number) => number): number[] =>
    Array.from({ length: channels }, (_, ch) => norm(x, ch, cells) / norm((i) => truth.std[i], ch, cells));
  const deviation = perUnit(setting, predicted.variance.map(Math.sqrt));
  return {
    ...job,
    count: fields.count,
    bias: found.map((r) => r.ratio),
    biasError: found.map((r) => r.standardError),
    biasZ: found.map((r) => r.z),
    stdRatio: std.map((r) => r.ratio),
    stdRatioError: std.map((r) => r.standardError),
    predictedBias: perChannel((i) => formula[i]),
    predictedStdRatio: perChannel((i) => deviation[i]),
    stepError: perChannel((i) => steps[i]),
    offFormula: off.map((r) => r.ratio),
    offFormulaZ: off.map((r) => r.z),
    profile: inStd((i) => bias.value[i]),
    profileError: inStd((i) => errors[i]),
    predictedProfile: inStd((i) => formula[i]),
  };
}

/** The closed form at 33 values of beta_max, from the smallest to the largest at which fields were drawn. */
function predictedBias(setting: Setting, rows: readonly BiasRow[], schedule: Common["schedule"]): BiasPrediction[] {
  const { law, moments: truth } = setting;
  const { cells, channels } = setting.shape;
  const drawn = rows.map((r) => r.betaMax);
  const [low, high] = [Math.min(...drawn), Math.max(...drawn)];
  const betas = low < high ? Array.from({ length: 33 }, (_, k) => low * (high / low) ** (k / 32)) : [low];
  return (["reverse SDE", "probability flow"] as const).flatMap((sampler) =>
    betas.map((betaMax) => {
      const vp = variancePreserving({ ...schedule, betaMax });
      const { bias } = generatedLaw(law, { schedule: vp, sampler, start: predictedStart("standard normal", law, vp) });
      const formula = perUnit(setting, bias);
      const ratio = (ch: number): number => norm((i) => formula[i], ch, cells) / norm((i) => truth.std[i], ch, cells);
      return { sampler, betaMax, bias: Array.from({ length: channels }, (_, ch) => ratio(ch)) };
    }),
  );
}

/** Euclidean norm over the cells of one channel. */
export function norm(x: (i: number) => number, channel: number, cells: number): number {
  let sum = 0;
  for (let i = channel * cells; i < (channel + 1) * cells; i++) sum += x(i) ** 2;
  return Math.sqrt(sum);
}
