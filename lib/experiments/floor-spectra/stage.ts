/**
 * Stage: where the repaired original is still too rough. With beta_max = 20 its mean is right; but its sampler (Heun's
 * rule for the reverse SDE, noise of the step's left end, 1000 quadratic steps) stops at t_min = 1e-4 and returns what
 * is there: alpha x_0 + sigma z, a white floor of standard deviation sigma(t_min) = 4.5e-4 in network units. With the
 * exact Gaussian score nothing else is wrong, so the floor is seen alone: the same trajectories with and without the
 * last denoising step, against the solver, and against the exact law of these very steps.
 *
 * The published roughness is a ratio to fields solved in single precision, which are rough themselves: `rounding` says
 * by how much.
 */
import { scalars } from "../../diagnostics/field-sample";
import { moments } from "../../diagnostics/moments";
import { roughness } from "../../diagnostics/roughness";
import { predictedRoughness, roughnessSpectrum, secondDifferenceWaves } from "../../diagnostics/roughness-spectrum";
import { gaussianScore } from "../../diffusion/exact-score";
import type { Schedule } from "../../diffusion/schedule";
import { variancePreserving } from "../../diffusion/schedule";
import type { GaussianLaw } from "../../gaussian/principal-law";
import type { GeneratedLaw } from "../../diffusion/prior-mismatch";
import { generateEnsemble } from "../../ensemble/generate";
import type { Fields } from "../../fields/fields";
import type { Normalisation } from "../../fields/units";
import { type Stream, stream } from "../../random/stream";
import { problemAs } from "../../transport/problems";
import type { Common } from "../common-settings";
import { isAsPublished, type OfProblem, ofProblem } from "../../transport/of-problem";
import type { FloorSpectraSettings } from "./settings";
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { rowAt } from "../../numerics/rows";
import { drawBoth, exactLaw, publishedSetting, type Setting, solvedFields } from "../mean-bias/published-setting";
import { publishedCondition } from "../../transport/published-conditions";
import { mostCellsInSinglePrecision } from "../../transport/published-single";
import { axisOf, withParameters } from "../../transport/domain";
import { sum, sumOfSquares } from "../../numerics/statistics";

/** Whose fields: a fresh solver ensemble (the null), the original's sampler, the same with the last denoising step. */
export type FloorSource = "solver" | "without last step" | "with last step";

export interface FloorSpectrum {
  readonly source: FloorSource;
  readonly channel: number;
  /** Power of second differences by wavenumber, network units squared, with standard errors. */
  readonly power: readonly number[];
  readonly powerError: readonly number[];
  /** The same of the law that these steps generate exactly; of the Gaussian of the reference for the solver. */
  readonly predicted: readonly number[];
  /**
   * Root mean square of second differences over the reference's, mean profile included, with its standard error; and as
   * predicted.
   */
  readonly rms: number;
  readonly rmsError: number;
  readonly predictedRms: number;
  /** Power of the upper third of the wavenumbers over the reference's. */
  readonly high: number;
  readonly highError: number;
}

export interface FloorSpectra extends OfProblem {
  readonly betaMax: number;
  readonly tMin: number;
  readonly steps: number;
  readonly count: number;
  /** sigma(t_min), network units. */
  readonly predictedFloor: number;
  /** The floor that the upper third of wavenumbers shows, per channel, and its standard error. */
  readonly floor: readonly number[];
  readonly floorError: readonly number[];
  readonly spectra: readonly FloorSpectrum[];
  /** One network unit in SI units, per channel. */
  readonly unit: readonly number[];
  /**
   * Root mean square second difference of the solver's fields, SI units, and its relative standard error, per channel.
   */
  readonly secondDifference: readonly number[];
  readonly secondDifferenceError: readonly number[];
  /**
   * The same of fields solved in single precision over that in double, same porosities; of the published problem only.
   */
  readonly rounding?: readonly { readonly ratio: number; readonly error: number }[];
}

export interface FloorSpectraInput extends Common {
  readonly floorSpectra: FloorSpectraSettings;
  readonly normalisation: Normalisation;
}

export const floorSpectraStage: Stage<FloorSpectraInput, FloorSpectra> = jsonStage({
  name: "floor-spectra",
  module: "lib/experiments/floor-spectra/stage.ts",
  run: async (input, context) => {
    const root = stream(input.seed).child("floor spectra");
    const { signal } = context;
    const p = problemAs(input.problem);
    const solver = { problem: p, cells: axisOf(p, input.problem.cells).cells, signal };
    const { normalisation, floorSpectra } = input;
    const setting = await publishedSetting({
      ...solver,
      normalisation,
      count: floorSpectra.reference,
      stream: root.child("reference"),
    });
    const count = floorSpectra.generated;
    const fresh = await solvedFields({ ...solver, count, stream: root.child("solver") });
    const floor = await measuredFloor(setting, fresh, input, root, context);
    if (!imitatesSinglePrecision(input.problem)) return floor;
    const solved = async (precision: "double" | "single"): Promise<Fields> => {
      const same = { ...solver, count, stream: root.child("rounding"), conditions: [publishedCondition] };
      return (await generateEnsemble({ ...same, precision })).fields;
    };
    return { ...floor, rounding: roundingRatios(await solved("double"), await solved("single")) };
  },
});

/** Only the published problem does, and only on grids on which round-off leaves something of the reaction. */
function imitatesSinglePrecision(settings: Common["problem"]): boolean {
  const p = problemAs(settings);
  if (!isAsPublished(p)) return false;
  const { cells, length } = axisOf(p, settings.cells);
  return cells <= mostCellsInSinglePrecision(withParameters(p, publishedCondition), length);
}

/**
 * Per channel: root mean square second difference of fields in single precision over that of the same fields in double,
 * standard error of pairs.
 */
export function roundingRatios(double: Fields, single: Fields): { ratio: number; error: number }[] {
  return shapeChannels(double.channels).map((channel) => {
    const [a, b] = [double, single].map((sample) => secondDifferenceSquares(sample, channel));
    const [A, B] = [a, b].map((v) => sum(v) / v.length);
    const ratio = Math.sqrt(B / A);
    const scatter = sum(a.map((x, n) => (b[n] / B - x / A) ** 2)) / a.length;
    return { ratio, error: 0.5 * ratio * Math.sqrt(scatter / a.length) };
  });
}

export async function measuredFloor(
  setting: Setting,
  fresh: Fields,
  input: FloorSpectraInput,
  root: Stream,
  context: { signal?: AbortSignal; progress?: (done: number, total: number) => void },
): Promise<FloorSpectra> {
  const { law, normalisation, reference } = setting;
  const { steps, generated: count } = input.floorSpectra;
  const { schedule } = input;
  const how = { schedule, method: { name: "reverse-sde-heun", noise: "left" }, steps } as const;
  const score = gaussianScore(law);
  context.progress?.(0, 3);
  const both = await drawBoth(setting, {
    ...how,
    score,
    count,
    batch: Math.min(500, count),
    start: { law: "standard normal" },
    stream: root.child("trajectories"),
    signal: context.signal,
  }).finally(() => score.dispose());
  context.progress?.(2, 3);
  const exact = { ...how, start: "standard normal" } as const;
  const generated = (denoise: boolean): Spread => spreadOf(exactLaw(law, { ...exact, denoise }), law);
  const spectra = [
    ...spectraOf("solver", fresh, setting, ofSolver(law)),
    ...spectraOf("without last step", both.noisy, setting, generated(false)),
    ...spectraOf("with last step", both.clean, setting, generated(true)),
  ];
  const channels = shapeChannels(reference.channels);
  const floors = channels.map((channel) => whiteFloor(spectra, channel, reference.cells));
  context.progress?.(3, 3);
  return {
    ...ofProblem(setting.problem),
    betaMax: schedule.betaMax,
    tMin: schedule.tMin,
    steps,
    count,
    predictedFloor: sigmaAtEnd(variancePreserving(schedule)),
    floor: floors.map((f) => f.value),
    floorError: floors.map((f) => f.error),
    spectra,
    unit: [...normalisation.std],
    secondDifference: channels.map((channel) => {
      const squares = secondDifferenceSquares(reference, channel);
      return Math.sqrt(sum(squares) / squares.length / (reference.cells - 2));
    }),
    secondDifferenceError: channels.map((channel) => rmsError(reference, channel)),
  };
}

/** What the prediction needs of a law: variances of its modes, and of every direction outside their span. */
interface Spread {
  readonly modeVariance: ArrayLike<number>;
  readonly outside: number;
}

const ofSolver = ({ variance }: GaussianLaw): Spread => ({ modeVariance: variance, outside: 0 });

/** Outside the span every direction has one variance: that of the cells less the modes' share of them. */
function spreadOf({ modeVariance, variance }: GeneratedLaw, { rank, dimension }: GaussianLaw): Spread {
  if (rank === dimension) return { modeVariance, outside: 0 };
  return { modeVariance, outside: Math.max(0, (sum(variance) - sum(modeVariance)) / (dimension - rank)) };
}

/** The spectra of one sample, a channel each, beside those of the law that it is drawn from. */
function spectraOf(source: FloorSource, sample: Fields, setting: Setting, spread: Spread): FloorSpectrum[] {
  const ratios = roughness(sample, setting.reference);
  return roughnessSpectrum(sample).map(({ power, standardError }, channel): FloorSpectrum => {
    const unit = setting.normalisation.std[channel] ** 2;
    const expected = ({ modeVariance, outside }: Spread): Float64Array =>
      predictedRoughness(setting.law, modeVariance, outside, channel, setting.reference.cells);
    const [predicted, reference] = [spread, ofSolver(setting.law)].map(expected);
    const ofMean = meanPower(setting, channel);
    const { bands, rms } = ratios[channel];
    const high = bands[bands.length - 1];
    return {
      source,
      channel,
      power: Array.from(power, (p) => p / unit),
      powerError: Array.from(standardError, (p) => p / unit),
      predicted: Array.from(predicted),
      rms,
      rmsError: rmsError(sample, channel) * rms,
      predictedRms: Math.sqrt((sum(predicted) + ofMean) / (sum(reference) + ofMean)),
      high: high.ratio,
      highError: high.standardError,
    };
  });
}

const sigmaAtEnd = (schedule: Schedule): number => schedule.sigma(schedule.tMin);
const shapeChannels = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** Sum of squared second differences of the mean profile, network units squared. */
function meanPower({ moments: { mean }, reference: { cells }, normalisation }: Setting, channel: number): number {
  const own = rowAt(mean, channel, cells);
  return sumOfSquares(secondDifferences(own).map((x) => x / normalisation.std[channel]));
}

/** x_(i-1) - 2 x_i + x_(i+1) at the inner cells. */
const secondDifferences = (x: Float64Array): Float64Array =>
  Float64Array.from({ length: x.length - 2 }, (_, i) => x[i] - 2 * x[i + 1] + x[i + 2]);

/** Relative standard error of the root mean square second difference, from its scatter between fields. */
function rmsError(sample: Fields, channel: number): number {
  const squares = secondDifferenceSquares(sample, channel);
  const { mean, std } = moments(scalars(squares));
  return (0.5 * std[0]) / mean[0] / Math.sqrt(sample.count);
}

/** Sum of squared second differences of each field. */
const secondDifferenceSquares = (sample: Fields, channel: number): Float64Array =>
  Float64Array.from({ length: sample.count }, (_, n) => sumOfSquares(secondDifferences(sample.profile(n, channel))));

/**
 * The white floor in the upper third of wavenumbers: excess power of the fields without last step over those with it.
 */
function whiteFloor(
  spectra: readonly FloorSpectrum[],
  channel: number,
  cells: number,
): { value: number; error: number } {
  const of = (source: FloorSource): FloorSpectrum => spectra.find((s) => s.source === source && s.channel === channel)!;
  const [noisy, clean] = [of("without last step"), of("with last step")];
  const waves = secondDifferenceWaves(cells);
  const inner = cells - 2;
  let excess = 0;
  let variance = 0;
  const first = Math.round((2 * inner) / 3);
  const scale = sumOfSquares(waves.subarray(first * cells));
  for (let q = first; q < inner; q++) {
    excess += noisy.power[q] - clean.power[q];
    variance += noisy.powerError[q] ** 2 + clean.powerError[q] ** 2;
  }
  const value = Math.sqrt(Math.max(0, excess / scale));
  return { value, error: Math.sqrt(variance) / scale / (2 * value) };
}
