/**
 * Chapter 1: what single precision did to the published potential. The same porosities are solved in both precisions,
 * so that what differs is round-off and nothing else, and every standard error is that of a paired comparison.
 */
import { potentialInSinglePrecision } from "../../transport/single-precision-potential";
import { moments } from "../../diagnostics/moments";
import { generateEnsemble } from "../../ensemble/generate";
import type { Fields } from "../../fields/fields";
import { precisionFields, type PrecisionFieldsRow } from "./precision-fields";
import { precisionSpread, type PrecisionSpreadRow } from "./precision-spread";
import type { Figure } from "../../figures/spec";
import { channelNamed, type Shape } from "../../fields/shape";
import { axisOf, shapeOf, withParameters } from "../../transport/domain";
import type { Condition } from "../../transport/problem";
import { PUBLISHED, publishedCondition } from "../../transport/published-conditions";
import { isAsPublished } from "../../transport/of-problem";
import { mostCellsInSinglePrecision } from "../../transport/published-single";
import { assertAtLeast, assertAtMost, assertBetween, assertClose, notClaimed } from "../../notebook/claims";
import { rowAt } from "../../numerics/rows";
import type { Case } from "../case";
import { published, type PublishedChannel, publishedChannels } from "../original/profiles";
import { mean as meanOf, sumOfSquares } from "../../numerics/statistics";

/** A number and its standard error. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
}

/** The same porosities solved in single and in double precision: spread, mean and share of round-off by channel. */
export interface PrecisionComparison {
  readonly count: number;
  /** |std single|_2 / |std double|_2. */
  readonly spreadRatio: Readonly<Record<PublishedChannel, Estimate>>;
  /** Share of the variance of phi in single precision that exact arithmetic does not have. */
  readonly roundOffShare: Estimate;
  /** |mean single - mean double|_2 / |std double|_2; its error is what sampling alone makes of no shift. */
  readonly meanShift: Readonly<Record<PublishedChannel, Estimate>>;
  /** |std of phi|_2 over the published one; absent on another grid than the published. */
  readonly overPublished?: Readonly<Record<"single" | "double", Estimate>>;
  /**
   * Largest |phi - phi in double precision|, V: as the original solved, and by elimination without subtraction, both in
   * float32.
   */
  readonly largestError: { readonly single: number; readonly cured: number };
  /**
   * What rounding may leave of the cured one, V: a sum of so many terms, each rounded to 2^-24 of the 0.1 V that they
   * make.
   */
  readonly cureBound: number;
  readonly shape: Shape;
  readonly rows: readonly PrecisionSpreadRow[];
  readonly fields: readonly PrecisionFieldsRow[];
}

/** Fields of the first porosities that the figure shows. */
const shown = 2;
/** What the solid's potential spans over the electrode, V. */
const solidRange = 0.1;

/**
 * The configured grid, or the published one where the configured has so many cells that single precision means nothing
 * there.
 */
function comparedCells(configured: number, condition: Condition, length: number): number {
  if (configured <= mostCellsInSinglePrecision(condition, length)) return configured;
  const cells = published().pde.phi.std.length;
  process.stdout.write(
    `single precision means nothing on ${configured} cells: both are compared on ${cells}, as published\n`,
  );
  return cells;
}

/**
 * Solves the same porosities in double and in single precision at the published condition; undefined, said so, for
 * another than the published problem.
 */
export async function comparePrecisions(study: Case, count: number): Promise<PrecisionComparison | undefined> {
  const { problem } = study;
  if (!isAsPublished(problem)) {
    const other = problem.name === PUBLISHED.name ? "another physics" : problem.name;
    process.stdout.write(
      `single precision: part of ${PUBLISHED.name} as published, so there is nothing to compare for ${other}\n`,
    );
    return undefined;
  }
  const condition = withParameters(problem, publishedCondition);
  const configured = axisOf(problem, study.configuration.problem.cells);
  const cells = comparedCells(configured.cells, condition, configured.length);
  const axis = axisOf(problem, cells);
  const common = { problem, conditions: [publishedCondition], count, cells, stream: study.stream("precision") };
  const exact = await generateEnsemble({ ...common, keepPorosity: true });
  const double = exact.fields;
  const single = (await generateEnsemble({ ...common, precision: "single" })).fields;
  const cured = Array.from({ length: count }, (_, n) =>
    potentialInSinglePrecision(axis, exact.porosity!.field(n), condition),
  );

  const phi = (sample: Fields, n: number, i: number): number => sample.profile(n, "phi")[i];
  const error = {
    single: (n: number, i: number) => phi(single, n, i) - phi(double, n, i),
    cured: (n: number, i: number) => cured[n][i] - phi(double, n, i),
  };
  const largest = (of: (n: number, i: number) => number): number => {
    let most = 0;
    for (let n = 0; n < count; n++) for (let i = 0; i < cells; i++) most = Math.max(most, Math.abs(of(n, i)));
    return most;
  };
  const rms = (of: (n: number, i: number) => number) => (i: number) => {
    let sum = 0;
    for (let n = 0; n < count; n++) sum += of(n, i) ** 2;
    return Math.sqrt(sum / count);
  };
  const curve = (of: (i: number) => number, row: Omit<PrecisionFieldsRow, "x" | "value">): PrecisionFieldsRow[] =>
    Array.from(axis.centres, (x, i) => ({ ...row, x, value: of(i) }));
  const draws = Array.from({ length: Math.min(shown, count) }, (_, draw) => draw);
  return {
    ...compareSpreads(double, single),
    shape: shapeOf(problem, cells),
    largestError: { single: largest(error.single), cured: largest(error.cured) },
    cureBound: cells * 2 ** -24 * solidRange,
    rows: spreadRows(study, double, single),
    fields: [
      ...draws.flatMap((draw) =>
        curve((i) => phi(double, draw, i), { panel: "field", source: "double precision", draw }),
      ),
      ...draws.flatMap((draw) =>
        curve((i) => phi(single, draw, i), { panel: "field", source: "single precision", draw }),
      ),
      ...curve(rms(error.single), { panel: "error", source: "single precision" }),
      ...curve(rms(error.cured), { panel: "error", source: "single, without subtraction" }),
    ],
  };
}

/** Spreads and means of two samples of the same porosities, field by field. */
export function compareSpreads(
  double: Fields,
  single: Fields,
): Pick<PrecisionComparison, "count" | "spreadRatio" | "roundOffShare" | "meanShift" | "overPublished"> {
  const { count, cells } = double;
  const means = [double, single].map((sample) => moments(sample).mean);
  const squares = (sample: Fields, mean: Float64Array, channel: number): number[] =>
    Array.from({ length: count }, (_, n) => {
      const own = rowAt(mean, channel, cells);
      return sample.profile(n, channel).reduce((sum, x, i) => sum + (x - own[i]) ** 2, 0);
    });
  /** Standard error of a mean. */
  const errorOf = (v: readonly number[]): number => {
    const m = meanOf(v);
    return Math.sqrt(meanOf(v.map((x) => (x - m) ** 2)) / (count - 1));
  };
  const of = (channel: number) => {
    const [a, b] = [squares(double, means[0], channel), squares(single, means[1], channel)];
    const [A, B] = [meanOf(a), meanOf(b)];
    // Both samples have the same porosities, so the error is that of the difference.
    const relative = errorOf(a.map((x, n) => b[n] / B - x / A));
    const difference = single.with(single.values.map((x, k) => x - double.values[k]));
    const shift = rowAt(
      means[1].map((m, i) => m - means[0][i]),
      channel,
      cells,
    );
    const scatter = meanOf(squares(difference, moments(difference).mean, channel)) / count;
    return {
      ratio: { value: Math.sqrt(B / A), error: 0.5 * Math.sqrt(B / A) * relative },
      share: { value: 1 - A / B, error: (A / B) * relative },
      shift: { value: Math.sqrt(sumOfSquares(shift) / A), error: Math.sqrt(scatter / A) },
      norm: [Math.sqrt((A * count) / (count - 1)), Math.sqrt((B * count) / (count - 1))],
      own: [errorOf(a) / A, errorOf(b) / B],
    };
  };
  const [c, phi] = [of(0), of(1)];
  const over = (k: 0 | 1): Estimate => {
    const theirs = Math.sqrt(sumOfSquares(published().pde.phi.std));
    const value = phi.norm[k] / theirs;
    // The published 500 fields are of the law of single precision.
    return { value, error: 0.5 * value * Math.hypot(phi.own[k], phi.own[1] * Math.sqrt(count / published().count)) };
  };
  return {
    count,
    spreadRatio: { c: c.ratio, phi: phi.ratio },
    roundOffShare: phi.share,
    meanShift: { c: c.shift, phi: phi.shift },
    ...(cells === published().pde.phi.std.length ? { overPublished: { double: over(0), single: over(1) } } : {}),
  };
}

function spreadRows(study: Case, double: Fields, single: Fields): PrecisionSpreadRow[] {
  const { cells } = double;
  const { centres } = axisOf(study.problem, cells);
  const rowsOf = (source: PrecisionSpreadRow["source"], std: ArrayLike<number>, error: (i: number) => number) =>
    Array.from(centres, (x, i): PrecisionSpreadRow => {
      return { source, x, std: std[i], low: std[i] - 2 * error(i), high: std[i] + 2 * error(i) };
    });
  const [exact, rounded] = [moments(double), moments(single)];
  const own = ({ std, standardError }: ReturnType<typeof moments>, source: PrecisionSpreadRow["source"]) =>
    rowsOf(source, std.subarray(cells), (i) => standardError.std[cells + i]);
  const theirs = published().pde.phi.std;
  // No single published field is known: the error is that of our own sample of the same law, at their number.
  const scale = Math.sqrt(single.count / published().count);
  return [
    ...own(exact, "double precision"),
    ...own(rounded, "single precision"),
    ...(cells === theirs.length
      ? rowsOf("published", theirs, (i) => scale * rounded.standardError.std[cells + i])
      : []),
  ];
}

/** Spread of the potential along the electrode in both precisions, beside the published one. */
export const precisionFigure = (comparison: PrecisionComparison): Figure =>
  precisionSpread(comparison.rows, { shape: comparison.shape, name: "01-single-precision" });

/** Fields in both precisions side by side, and the error that elimination without subtraction does not have. */
export const precisionFieldsFigure = (comparison: PrecisionComparison): Figure =>
  precisionFields(comparison.fields, { shape: comparison.shape, name: "01-precision-fields" });

/** Spreads and means of both precisions as rows of a table, one a channel. */
export function precisionTable({ shape, spreadRatio, meanShift }: PrecisionComparison): object[] {
  return publishedChannels.map((name) => ({
    channel: channelNamed(shape, name).symbol,
    "spread, single / double": spreadRatio[name].value,
    "± spread": spreadRatio[name].error,
    "shift of the mean / spread": meanShift[name].value,
    "from sampling alone": meanShift[name].error,
  }));
}

/** The largest error of the potential by each way of elimination. */
export function largestErrorTable({ largestError }: PrecisionComparison): object[] {
  return [
    { "float32 by": "ordinary elimination", "largest error of φ (mV)": 1e3 * largestError.single },
    { "float32 by": "elimination without subtraction", "largest error of φ (mV)": 1e3 * largestError.cured },
  ];
}

/** Deviates of a Gaussian error that a claim allows: once in 16,000. */
const gaussian = 4;

/** The sentences that chapter 1 concludes with. `roughnessRatio`: of the potential's roughness to the porosity's. */
export function assertSinglePrecision(o: PrecisionComparison, roughnessRatio: number): void {
  // On few cells second differences are those of the nugget and of single cells.
  const fine = [{ of: "problem.cells", least: published().pde.phi.std.length, here: o.shape.grid.cells }];
  assertAtMost("the potential is smoother than the porosity by an order of magnitude", roughnessRatio, 0.1, fine);
  const { value, error } = o.roundOffShare;
  const onPublishedGrid = o.overPublished !== undefined;
  // "About half": a third to two thirds, its sampling error on the safe side where the sample is large enough to say
  // so.
  const margin = gaussian * error < 1 / 6 ? gaussian * error : 0;
  const half =
    "about half of the single-precision variance of phi is round-off (bounds drawn in by four standard errors)";
  if (onPublishedGrid) assertBetween(half, value, [1 / 3 + margin, 2 / 3 - margin]);
  else notClaimed(half, "that is about the published grid of 100 cells");
  if (o.overPublished) {
    const { single, double } = o.overPublished;
    assertClose("the published spread of phi is that of single precision", single.value, 1, {
      within: gaussian * single.error,
    });
    assertAtLeast(
      "and not that of double precision (standard errors below)",
      (1 - double.value) / double.error,
      gaussian,
    );
  }
  // phi is off by a millivolt of the 50 mV that drive the reaction, and c follows the reaction: 2 %.
  const { c } = o.spreadRatio;
  assertClose("the spread of c is untouched", c.value, 1, { within: 0.02 + gaussian * c.error });
  // What an ensemble of the published size leaves uncertain of a mean, at four standard errors.
  const uncertain = gaussian / Math.sqrt(published().count);
  for (const name of publishedChannels) {
    const { value: shift, error: noise } = o.meanShift[name];
    const own = Math.sqrt(Math.max(0, shift ** 2 - noise ** 2)); // without what sampling adds
    assertAtMost(
      `the mean of ${name} moves by less than the published ensemble leaves uncertain of it (in std)`,
      own,
      uncertain,
    );
  }
  assertAtMost(
    "elimination without subtraction is right to rounding in single precision too (V)",
    o.largestError.cured,
    o.cureBound,
  );
  assertAtLeast(
    "where ordinary elimination errs more, by a factor of",
    o.largestError.single / o.largestError.cured,
    1000,
  );
}
