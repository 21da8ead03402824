/**
 * The bias of one experiment's fields, beside the closed form for Gaussian data, the effect of finite steps and the
 * deviation from both. The Gaussian score is drawn with the same random numbers as the others. Its generated mean is
 * known exactly, steps included, so it serves as control variate (lib/diagnostics/profile-bias): a few hundred fields
 * of the network tell its bias as well as some thousands would alone.
 */
import {
  biasRatios,
  difference,
  exactProfile,
  meanProfile,
  type ProfileEstimate,
  standardErrors,
} from "../../diagnostics/profile-bias";
import { profileRatios } from "../../diagnostics/moments";
import { generatedLaw } from "../../diffusion/prior-mismatch";
import { variancePreserving } from "../../diffusion/schedule";
import type { Score } from "../../diffusion/score";
import type { Fields } from "../../fields/fields";
import { rowAt } from "../../numerics/rows";
import { sumOfSquares } from "../../numerics/statistics";
import type { Stream } from "../../random/stream";
import type { Common } from "../common-settings";
import {
  exactLaw,
  methodOf,
  perUnit,
  predictedStart,
  referenceMean,
  type Sampler,
  type Setting,
  type StartKind,
} from "./published-setting";
import type { MeanBiasSettings } from "./settings";
import type { ScoreKind, Experiment } from "./experiments";

/**
 * Channel by channel where an array of two is given; profiles over the cells of both channels, in standard deviations.
 */
export interface BiasRow {
  readonly score: ScoreKind;
  readonly start: StartKind;
  readonly sampler: Sampler;
  readonly betaMax: number;
  readonly count: number;
  /**
   * Noise-corrected |mean - mean_solver|_2 / |std_solver|_2, signed root, its standard error, and z of "there is no
   * bias".
   */
  readonly bias: readonly number[];
  readonly biasError: readonly number[];
  readonly biasZ: readonly number[];
  readonly stdRatio: readonly number[];
  readonly stdRatioError: readonly number[];
  /** The closed form for Gaussian data with the solver ensemble's moments, in the limit of small steps. */
  readonly predictedBias: readonly number[];
  readonly predictedStdRatio: readonly number[];
  /**
   * What the finite steps change of the closed form: |difference|_2 / |std|_2, exact; and the ratio of spreads with
   * these steps, exact.
   */
  readonly stepError: readonly number[];
  readonly stepwiseStdRatio: readonly number[];
  /** Deviation of the measured profile from the closed form's, as a ratio like `bias`, and its z. */
  readonly offFormula: readonly number[];
  readonly offFormulaZ: readonly number[];
  /** (mean - mean_solver) / std_solver in every cell, and its standard error; 0 where the solver's spread is 0. */
  readonly profile: readonly number[];
  readonly profileError: readonly number[];
  readonly predictedProfile: readonly number[];
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

export function settingsOf(job: Experiment, { meanBias, schedule }: Pick<Experimenting, "meanBias" | "schedule">) {
  return {
    schedule: { ...schedule, betaMax: job.betaMax },
    method: { name: methodOf(job.sampler) },
    steps: job.sampler === "reverse SDE" ? meanBias.sdeSteps : meanBias.flowSteps,
  };
}

/**
 * The mean of the data whose score was used: of the Gaussian and of the ensemble it is known, of the network's it is
 * estimated.
 */
function dataMean(score: ScoreKind, o: Pick<Experimenting, "setting" | "ensembleMean">): ProfileEstimate {
  if (score === "network") return referenceMean(o.setting);
  return exactProfile(score === "gaussian" ? o.setting.moments.mean : o.ensembleMean);
}

/** The row of one experiment from its fields, which were drawn as `job` says. `control` shares their random numbers. */
export function biasRow(
  job: Experiment,
  fields: Fields,
  control: Fields | undefined,
  o: Pick<Experimenting, "setting" | "ensembleMean" | "meanBias" | "schedule">,
): BiasRow {
  const { setting } = o;
  const { law, reference, moments: truth } = setting;
  const { cells, channels } = setting.reference;
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
  const perChannel = (x: Float64Array): number[] =>
    Array.from({ length: channels }, (_, ch) => norm(x, ch, cells) / norm(truth.std, ch, cells));
  const deviation = perUnit(setting, predicted.variance.map(Math.sqrt));
  const withSteps = perUnit(setting, stepwise.variance.map(Math.sqrt));
  return {
    ...job,
    count: fields.count,
    bias: found.map((r) => r.ratio),
    biasError: found.map((r) => r.standardError),
    biasZ: found.map((r) => r.z),
    stdRatio: std.map((r) => r.ratio),
    stdRatioError: std.map((r) => r.standardError),
    predictedBias: perChannel(formula),
    predictedStdRatio: perChannel(deviation),
    stepError: perChannel(steps),
    stepwiseStdRatio: perChannel(withSteps),
    offFormula: off.map((r) => r.ratio),
    offFormulaZ: off.map((r) => r.z),
    profile: inStd((i) => bias.value[i]),
    profileError: inStd((i) => errors[i]),
    predictedProfile: inStd((i) => formula[i]),
  };
}

/** Euclidean norm over the cells of one channel. */
export const norm = (x: Float64Array, channel: number, cells: number): number =>
  Math.sqrt(sumOfSquares(rowAt(x, channel, cells)));
