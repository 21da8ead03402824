/**
 * Everything that is asked of generated fields at one condition, beside the same asked of the solver: `generated`
 * against `reference`, and as the null one random half of the reference against the other half. The result is a plain
 * object of numbers (JSON), the table a list of rows. p-values of the tests that see the whole law are corrected
 * together (Holm).
 */
import { Fields, splitInTwo } from "../fields/fields";
import type { Stream } from "../random/stream";
import { shapeOf } from "../transport/domain";
import type { Problem } from "../transport/problem";
import { boundaryValues, type BoundaryValues } from "./boundary-values";
import { classifierTest, type ClassifierResult } from "./classifier-test";
import { bandCoverage, type Coverage } from "./coverage";
import { energyDistance, type EnergyDistance } from "./energy-distance";
import { checkComparable, fieldSample } from "./field-sample";
import { memorisation, type Memorisation } from "./memorisation";
import { profileRatios, type ProfileRatios } from "./moments";
import { holm } from "./multiple-testing";
import { modeRankHistograms, type RankHistogram } from "./rank-histogram";
import { roughness, type Roughness } from "./roughness";
import { slicedWasserstein, type SlicedWasserstein } from "./sliced-wasserstein";
import { spectrumRatio, type SpectrumRatio } from "./spectrum";

export interface ChannelComparison {
  readonly channel: string;
  readonly unit: string;
  readonly profile: ProfileRatios;
  readonly roughness: Roughness;
  readonly coverage: readonly Coverage[];
  readonly boundary: BoundaryValues;
  readonly energyDistance: EnergyDistance;
}

/** What one sample shows against another; `comparison` and `null` of a Comparison have this same form. */
export interface Verdict {
  readonly count: { readonly generated: number; readonly reference: number };
  readonly channels: readonly ChannelComparison[];
  readonly spectrum: SpectrumRatio;
  readonly energyDistance: EnergyDistance;
  readonly slicedWasserstein: SlicedWasserstein;
  readonly ranks: readonly RankHistogram[];
  readonly classifier: readonly ClassifierResult[];
  readonly memorisation?: Memorisation;
  /** Tests of the whole law and their p-values, plain and corrected for their number. */
  readonly tests: readonly { readonly name: string; readonly p: number; readonly adjusted: number }[];
}

/** Generated fields against the reference, and as the null one half of the reference against the other. */
export interface Comparison {
  readonly problem: string;
  readonly cells: number;
  readonly generated: Verdict;
  readonly null: Verdict;
}

export interface CompareOptions {
  readonly generated: Float64Array | Float32Array | Fields;
  readonly reference: Float64Array | Float32Array | Fields;
  /** Fields that the model was trained on, at this condition: asks whether it copies them. */
  readonly training?: Float64Array | Float32Array | Fields;
  readonly problem: Problem;
  readonly stream: Stream;
  /** Default: the problem's own number of cells. */
  readonly cells?: number;
  /** The classifier costs most of the time; false leaves it out. */
  readonly classifier?:
    false | { readonly modes?: readonly number[]; readonly count?: number; readonly epochs?: number };
}

/**
 * Compares fields [count, channels, cells] (SI) at one condition. The classifier and the null cost most of the time. At
 * least 200 fields a side, 400 of the reference.
 */
export function compareEnsembles(options: CompareOptions): Comparison {
  const { problem, stream } = options;
  const shape = shapeOf(problem, options.cells);
  const sample = (fields: Float64Array | Float32Array | Fields) =>
    fields instanceof Fields ? fields : fieldSample(fields, shape);
  const [generated, reference] = [sample(options.generated), sample(options.reference)];
  checkComparable("compareEnsembles", generated, new Fields(new Float64Array(0), shape));
  checkComparable("compareEnsembles", generated, reference);
  if (generated.count < 200 || reference.count < 400) {
    const got = `${generated.count} and ${reference.count}`;
    throw new RangeError(`compareEnsembles: expected at least 200 generated and 400 reference fields, got ${got}`);
  }
  const training = options.training === undefined ? undefined : sample(options.training);
  const [half, other] = splitInTwo(reference, stream.child("null"));
  const common = { problem, classifier: options.classifier };
  return {
    problem: problem.name,
    cells: shape.grid.cells,
    generated: verdict(generated, reference, { ...common, training, stream: stream.child("generated") }),
    null: verdict(half, other, { ...common, stream: stream.child("null") }),
  };
}

function verdict(
  generated: Fields,
  reference: Fields,
  options: Pick<CompareOptions, "problem" | "stream" | "classifier"> & { training?: Fields },
): Verdict {
  const { problem, stream, classifier, training } = options;
  const profile = profileRatios(generated, reference);
  const rough = roughness(generated, reference);
  const coverage = bandCoverage(generated, reference);
  const boundary = boundaryValues(generated, reference);
  const channels = problem.channels.map(({ name, unit }, channel) => ({
    channel: name,
    unit,
    profile: profile[channel],
    roughness: rough[channel],
    coverage: coverage[channel],
    boundary: boundary[channel],
    energyDistance: energyDistance(generated, reference, { stream: stream.child("energy").child(name), channel }),
  }));
  const spectrum = spectrumRatio(generated, reference, { stream: stream.child("spectrum") });
  const energy = energyDistance(generated, reference, { stream: stream.child("energy").child("both") });
  const sliced = slicedWasserstein(generated, reference, { stream: stream.child("sliced") });
  const ranks = modeRankHistograms(generated, reference, {
    bins: Math.min(20, Math.floor(Math.min(generated.count, reference.count) / 10)),
  });
  const results =
    classifier === false
      ? []
      : classifierTest(generated, reference, { ...classifier, stream: stream.child("classifier") });
  const plain = [
    { name: "spectrum", p: spectrum.p },
    { name: "energy distance", p: energy.p },
    { name: "sliced Wasserstein", p: sliced.p },
    { name: "rank histograms", p: Math.min(...holm(ranks.map(({ p }) => p))) },
    ...results.map(({ modes, p }) => ({ name: `classifier, ${modes} modes`, p })),
  ];
  const adjusted = holm(plain.map(({ p }) => p));
  return {
    count: { generated: generated.count, reference: reference.count },
    channels,
    spectrum,
    energyDistance: energy,
    slicedWasserstein: sliced,
    ranks,
    classifier: results,
    ...(training && { memorisation: memorisation(generated, { training, fresh: reference }) }),
    tests: plain.map((test, k) => ({ ...test, adjusted: adjusted[k] })),
  };
}

export interface ComparisonRow {
  readonly quantity: string;
  readonly channel: string;
  readonly value: number;
  readonly standardError: number | null;
  /** The same number for reference against reference. */
  readonly null: number;
}

/** The comparison as a table: one row a number, the null beside it. */
export function comparisonTable({ generated, null: nullVerdict }: Comparison): ComparisonRow[] {
  const rows = numbers(generated);
  const nulls = new Map(numbers(nullVerdict).map((row) => [`${row.quantity} ${row.channel}`, row.value]));
  return rows.map((row) => ({ ...row, null: nulls.get(`${row.quantity} ${row.channel}`) ?? NaN }));
}

function numbers(v: Verdict): Omit<ComparisonRow, "null">[] {
  const perChannel = v.channels.flatMap(({ channel, profile, roughness, coverage, boundary, energyDistance }) =>
    [
      { quantity: "bias / std, raw", value: profile.bias.raw, standardError: null },
      {
        quantity: "bias / std, noise-corrected",
        value: profile.bias.corrected,
        standardError: profile.bias.standardError,
      },
      { quantity: "std ratio", value: profile.std.ratio, standardError: profile.std.standardError },
      {
        quantity: "skewness error / floor",
        value: profile.skewness.error / profile.skewness.floor,
        standardError: null,
      },
      ...roughness.bands.map(({ name, ratio, standardError }) => {
        return { quantity: `roughness, ${name} band`, value: ratio, standardError };
      }),
      { quantity: "roughness, rms ratio", value: roughness.rms, standardError: null },
      ...coverage.map(({ nominal, share, standardError }) => {
        return { quantity: `coverage of the ${100 * nominal} % band`, value: share, standardError };
      }),
      ...boundary.held.map(({ cell, largestDeviation }) => {
        return { quantity: `held cell ${cell}, largest deviation`, value: largestDeviation, standardError: null };
      }),
      { quantity: "energy distance, z", value: energyDistance.z, standardError: 1 },
    ].map((row) => ({ ...row, channel })),
  );
  const whole = [
    { quantity: "energy distance", value: v.energyDistance.distance, standardError: v.energyDistance.nullError },
    { quantity: "energy distance, z", value: v.energyDistance.z, standardError: 1 },
    { quantity: "spectrum, largest |z| over modes", value: v.spectrum.largestZ, standardError: null },
    { quantity: "sliced Wasserstein, z", value: v.slicedWasserstein.z, standardError: 1 },
    ...v.classifier.map(({ modes, accuracy, standardError }) => {
      return { quantity: `classifier accuracy, ${modes} modes`, value: accuracy, standardError };
    }),
    ...(v.memorisation ? [{ quantity: "memorisation, z", value: v.memorisation.z, standardError: 1 }] : []),
    ...v.tests.map(({ name, adjusted }) => ({ quantity: `p of ${name}, Holm`, value: adjusted, standardError: null })),
  ].map((row) => ({ ...row, channel: "all" }));
  return [...perChannel, ...whole];
}
