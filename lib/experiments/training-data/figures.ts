/** Chapter 2: ensembles at several conditions, the published one beside ours, and the Gaussian part of the law. */
import { drawConditions } from "../../ensemble/conditions";
import { titled } from "../../figures/parts/quantities";
import { printedUnit } from "../../figures/parts/scales";
import { gaussianAt, type GaussianStatistics } from "../../gaussian/conditional-gaussian";
import { fieldsFromModes } from "../../gaussian/mode-fields";
import { moments, profileRatios, type ProfileRatios, quantileProfiles } from "../../diagnostics/moments";
import type { Fields } from "../../fields/fields";
import { ensembleBands, type EnsembleBandsRow } from "../../figures/ensemble-bands";
import type { Figure } from "../../figures/spec";
import type { Channel } from "../../fields/channel";
import { type Extent, onlyAxis } from "../../fields/grid";
import type { Condition, ConditionRange } from "../../transport/problem";
import { referenceCondition, shapeOf } from "../../transport/domain";
import { publishedCondition } from "../../transport/published-conditions";
import { isAsPublished } from "../../transport/of-problem";
import { assertAtLeast, assertAtMost, assertClose, type Size } from "../../notebook/claims";
import { rowAt } from "../../numerics/rows";
import { sumOfSquares } from "../../numerics/statistics";
import type { Case } from "../case";
import { isPublishedChannel, published, type PublishedChannel, publishedChannels } from "../original/profiles";

/** A condition in few symbols: lengths as shares of the domain, a choice by its name. */
export function conditionLabel({ problem }: Pick<Case, "problem">, condition: Condition): string {
  return problem.conditions.map((range) => conditionPart(range, condition[range.name], problem.domain[0])).join(", ");
}

function conditionPart({ symbol, unit, min, max, choices }: ConditionRange, value: number, domain: Extent): string {
  if (choices) return choices[value] ?? String(value);
  if (unit === "m") return `${symbol} = ${(value / domain.length).toPrecision(2)} L`;
  // Of what can have either sign two digits of the largest value, of the others three of their own.
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(Math.max(-min, max))));
  const number = min < 0 ? value.toFixed(decimals).replace("-", "−") : value.toPrecision(3);
  return `${symbol} = ${number} ${inlineUnit(unit)}`.trim();
}

/** "A/m²": on one line, where "A m⁻²" would be long. */
const inlineUnit = (unit: string): string =>
  unit === "1" ? "" : unit.replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]);

/** A solver ensemble and the condition that it was made at. */
export interface NamedEnsemble {
  readonly condition: Condition;
  readonly sample: Fields;
}

/**
 * Three conditions to look at: those of the report for the published problem, else the reference and two of the box.
 */
function exampleConditions(study: Case): Condition[] {
  const { problem } = study;
  if (isAsPublished(problem)) {
    return [publishedCondition, { l: 2e-5, U0: -0.15, F_right: 40 }, { l: 3e-6, U0: 0.1, F_right: 10 }];
  }
  return [referenceCondition(problem), ...drawConditions(problem, 2, study.stream("example conditions"))];
}

/** Solver ensembles at these conditions, each named by the last number of its condition. */
export async function exampleEnsembles(study: Case, count: number): Promise<NamedEnsemble[]> {
  const ensembles: NamedEnsemble[] = [];
  const { name: last } = study.problem.conditions[study.problem.conditions.length - 1];
  for (const condition of exampleConditions(study)) {
    ensembles.push({ condition, sample: await study.solve(condition, count, `ensemble ${condition[last]}`) });
  }
  return ensembles;
}

/** A condition that is no node of the conditional Gaussian: the report's, or one drawn from the box. */
export function heldOutExample(study: Case): Condition {
  if (isAsPublished(study.problem)) return { l: 7.3e-6, U0: 0.07, F_right: 31 };
  return drawConditions(study.problem, 1, study.stream("held-out example"))[0];
}

/**
 * One network unit and what it is counted from, channel by channel; beside the published ones for the published
 * problem.
 */
export function normalisationTable({ problem }: Case, { normalisation: { mean, std } }: GaussianStatistics): object[] {
  return problem.channels.map(({ name, symbol, unit }, channel) => ({
    channel: titled(symbol, printedUnit(unit)),
    mean: mean[channel],
    std: std[channel],
    ...(isAsPublished(problem) && isPublishedChannel(name)
      ? {
          "published mean": published().normalisation.mean[name],
          "published std": published().normalisation.std[name],
        }
      : {}),
  }));
}

/** Mean, quartiles and 5 to 95 % bands. */
export function ensemblesFigure(study: Case, ensembles: readonly NamedEnsemble[]): Figure {
  const { problem } = study;
  const shape = shapeOf(problem, study.configuration.problem.cells);
  const grid = onlyAxis(shape.grid, problem.name);
  const rows = ensembles.flatMap(({ condition, sample }): EnsembleBandsRow[] => {
    const { mean } = moments(sample);
    const [low, innerLow, innerHigh, high] = quantileProfiles(sample, [0.05, 0.25, 0.75, 0.95]);
    return problem.channels.flatMap(({ name }, channel) =>
      Array.from(grid.centres, (x, i) => {
        const k = channel * grid.cells + i;
        return {
          condition: conditionLabel(study, condition),
          channel: name,
          x,
          mean: mean[k],
          low: low[k],
          high: high[k],
          innerLow: innerLow[k],
          innerHigh: innerHigh[k],
        };
      }),
    );
  });
  return ensembleBands(rows, { shape, name: "02-ensembles", band: "5 to 95 %", inner: "25 to 75 %" });
}

/** Distances of an ensemble to the published one, by channel, and what sampling alone makes of them. */
export interface PublishedComparison {
  /** |mean - published mean|_2 and |std|_2 / |published std|_2 per channel, in units of the published spread. */
  readonly meanDistance: Readonly<Record<PublishedChannel, number>>;
  readonly spreadRatio: Readonly<Record<PublishedChannel, number>>;
  /** What sampling alone gives for the first: (1/n + 1/500)^(1/2). */
  readonly samplingError: number;
  /** Standard error of the second, of both samples. */
  readonly spreadError: Readonly<Record<PublishedChannel, number>>;
}

/** The comparison as rows of a table; without one, a row that says so. */
export function publishedTable({ problem }: Case, comparison: PublishedComparison | undefined): object[] {
  if (!comparison) return [{ channel: "nothing was published for this problem and grid" }];
  const { meanDistance, samplingError, spreadRatio, spreadError } = comparison;
  return problem.channels.flatMap(({ name, symbol }) =>
    isPublishedChannel(name)
      ? {
          channel: symbol,
          "distance of means": meanDistance[name],
          "sampling error": samplingError,
          "spread / published": spreadRatio[name],
          "± spread": spreadError[name],
        }
      : [],
  );
}

/**
 * Our ensemble at the published condition against the published profiles; undefined for another problem and on another
 * grid than theirs.
 */
export function compareWithPublished({ problem }: Case, sample: Fields): PublishedComparison | undefined {
  if (!isAsPublished(problem) || sample.cells !== published().pde.c.mean.length) return undefined;
  const { mean, std } = moments(sample);
  const { cells, count } = sample;
  const norm = (v: ArrayLike<number>): number => Math.sqrt(sumOfSquares(v));
  const distance = (name: PublishedChannel, channel: number): number => {
    const own = rowAt(mean, channel, cells);
    return norm(published().pde[name].mean.map((m, i) => own[i] - m)) / norm(published().pde[name].std);
  };
  const ratio = (name: PublishedChannel, channel: number): number =>
    norm(rowAt(std, channel, cells)) / norm(published().pde[name].std);
  /**
   * Of |std|_2, relative, from the scatter of |x - mean|^2 between fields; the published fields are taken to scatter
   * alike.
   */
  const relative = (channel: number): number => {
    const own = rowAt(mean, channel, cells);
    const squares = Array.from({ length: count }, (_, n) =>
      sample.profile(n, channel).reduce((sum, x, i) => sum + (x - own[i]) ** 2, 0),
    );
    const middle = squares.reduce((a, b) => a + b, 0) / count;
    const variance = squares.reduce((a, b) => a + (b / middle - 1) ** 2, 0) / (count - 1);
    return 0.5 * Math.sqrt(variance * (1 / count + 1 / published().count));
  };
  return {
    spreadError: { c: ratio("c", 0) * relative(0), phi: ratio("phi", 1) * relative(1) },
    meanDistance: { c: distance("c", 0), phi: distance("phi", 1) },
    spreadRatio: { c: ratio("c", 0), phi: ratio("phi", 1) },
    samplingError: Math.sqrt(1 / count + 1 / published().count),
  };
}

/** The conditional Gaussian against a fresh solver ensemble at one condition, by channel. */
export interface GaussianCheck {
  readonly condition: Condition;
  readonly channels: readonly Channel[];
  readonly ratios: readonly ProfileRatios[];
  readonly gaussian: Fields;
  readonly solver: Fields;
}

/** The conditional Gaussian against a fresh ensemble at a condition that none of its nodes has seen. */
export async function checkGaussian(study: Case, condition: Condition, count: number): Promise<GaussianCheck> {
  const statistics = await study.statistics();
  const law = gaussianAt(statistics, study.problem, condition);
  const none = new Float32Array(0); // every mode Gaussian
  const values = fieldsFromModes(none, count, law, statistics.normalisation, study.stream("conditional Gaussian"));
  const solver = await study.solve(condition, count, "gaussian check");
  const gaussian = solver.with(values);
  const { channels } = study.problem;
  return { condition, channels, ratios: profileRatios(gaussian, solver), gaussian, solver };
}

/** The check as rows of a table, one a channel. */
export function gaussianTable({ channels, ratios }: GaussianCheck): object[] {
  return ratios.map((r, channel) => ({
    channel: channels[channel].symbol,
    "bias / std": r.bias.raw,
    "std ratio": r.std.ratio,
    "skewness error": r.skewness.error,
    "its sampling floor": r.skewness.floor,
  }));
}

/**
 * Gaussian deviates that a claim allows (once in 16,000), and (chi^2_1 - 1) / 2^(1/2), the widest law of a squared bias
 * (once in a thousand).
 */
const [gaussian, quadratic] = [4, 7];

/** The sentences about the ensemble beside the published one. */
export function assertPublishedEnsemble({
  meanDistance,
  samplingError,
  spreadRatio,
  spreadError,
}: PublishedComparison): void {
  for (const name of publishedChannels) {
    assertAtMost(
      `our mean of ${name} is the published one (distance over what sampling gives)`,
      meanDistance[name] / samplingError,
      gaussian,
    );
  }
  assertClose("our spread of c is the published one", spreadRatio.c, 1, { within: gaussian * spreadError.c });
  const below = (1 - spreadRatio.phi) / spreadError.phi;
  assertAtLeast(
    "our spread of phi is below the published one, which holds round-off (standard errors)",
    below,
    gaussian,
  );
}

/**
 * The sentences about the conditional Gaussian, fitted with `porosities` fields at a node. `shape`: false where the
 * samples are too small to see a skewness. `about`: the nodes and fields that this is about.
 */
export function assertGaussianPart(
  { channels, ratios }: Pick<GaussianCheck, "channels" | "ratios">,
  porosities: number,
  options: { shape?: boolean; about?: readonly Size[] } = {},
): void {
  const { about } = options;
  ratios.forEach(({ bias, std }, channel) => {
    const { name } = channels[channel];
    // The Gaussian's own mean and spread are known to 1 / n^(1/2) of the spread, the sample's to their standard errors.
    const nullDeviation = bias.corrected ** 2 / Math.max(Math.abs(bias.z), Number.MIN_VALUE);
    const within = Math.sqrt(quadratic * (nullDeviation + 1 / porosities));
    assertAtMost(`the Gaussian has the mean of ${name} (bias / std)`, bias.corrected, within, about);
    const error = Math.hypot(std.standardError, 1 / Math.sqrt(porosities));
    assertClose(`the Gaussian has the spread of ${name}`, std.ratio, 1, { within: gaussian * error }, about);
  });
  if (options.shape === false) return;
  // Equal laws: error^2 / floor^2 has mean 1 and at most the tail of chi^2_1.
  const worst = Math.max(...ratios.map(({ skewness }) => skewness.error / skewness.floor));
  assertAtLeast("the fields are not Gaussian: skewness error over its sampling floor", worst, gaussian, about);
}
