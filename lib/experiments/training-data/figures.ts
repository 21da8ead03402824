/** Chapter 2: ensembles at several conditions, the published one beside ours, and the Gaussian part of the law. */
import { gaussianAt } from "../../gaussian/conditional-gaussian";
import { fieldsFromModes } from "../../gaussian/mode-fields";
import type { FieldSample } from "../../diagnostics/field-sample";
import { moments, profileRatios, type ProfileRatios, quantileProfiles } from "../../diagnostics/moments";
import { ensembleBands, type EnsembleBandsRow } from "../../figures/ensemble-bands";
import type { Figure } from "../../figures/spec";
import type { Condition } from "../../transport/problem";
import { axisOf } from "../../transport/domain";
import { assertAtLeast, assertAtMost, assertClose } from "../../notebook/claims";
import type { Case } from "../case";
import { published } from "../original/profiles";

/** A condition in few symbols. */
export function conditionLabel(study: Case, condition: Condition): string {
  const parts = study.problem.conditions.map(({ name, unit, choices }) => {
    const value = condition[name];
    if (choices) return choices[value];
    if (name === "l") return `ℓ = ${(value / study.problem.domain[0].length).toPrecision(2)} L`;
    if (name === "U0") return `U₀ = ${value.toFixed(2).replace("-", "−")} V`;
    if (name === "F_right") return `F = ${value.toPrecision(3)} A/m²`;
    return `${name} = ${value.toPrecision(3)} ${unit}`;
  });
  return parts.join(", ");
}

/** A solver ensemble and the condition that it was made at. */
export interface NamedEnsemble {
  readonly condition: Condition;
  readonly sample: FieldSample;
}

/** Mean, quartiles and 5 to 95 % bands. */
export function ensemblesFigure(study: Case, ensembles: readonly NamedEnsemble[]): Figure {
  const { problem } = study;
  const grid = axisOf(problem, study.configuration.problem.cells);
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
  return ensembleBands(rows, { name: "02-ensembles", band: "5 to 95 %", inner: "25 to 75 %" });
}

/** Distances of an ensemble to the published one, by channel, and what sampling alone makes of them. */
export interface PublishedComparison {
  /** |mean - published mean|_2 and |std|_2 / |published std|_2 per channel, in units of the published spread. */
  readonly meanDistance: Readonly<Record<"c" | "phi", number>>;
  readonly spreadRatio: Readonly<Record<"c" | "phi", number>>;
  /** What sampling alone gives for the first: (1/n + 1/500)^(1/2). */
  readonly samplingError: number;
  /** Standard error of the second, of both samples. */
  readonly spreadError: Readonly<Record<"c" | "phi", number>>;
}

/** Our ensemble at the published condition against the published profiles; needs the published grid of 100 cells. */
export function compareWithPublished(sample: FieldSample): PublishedComparison {
  const { mean, std } = moments(sample);
  const { cells, count } = sample;
  const norm = (v: readonly number[]): number => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
  const distance = (name: "c" | "phi", channel: number): number =>
    norm(published().pde[name].mean.map((m, i) => mean[channel * cells + i] - m)) / norm(published().pde[name].std);
  const ratio = (name: "c" | "phi", channel: number): number =>
    norm(Array.from(std.subarray(channel * cells, (channel + 1) * cells))) / norm(published().pde[name].std);
  /** Of |std|_2, relative, from the scatter of |x - mean|^2 between fields; the published fields are taken to scatter alike. */
  const relative = (channel: number): number => {
    const squares = Array.from({ length: count }, (_, n) => {
      let sum = 0;
      for (let i = channel * cells; i < (channel + 1) * cells; i++) sum += (sample.values[2 * n * cells + i] - mean[i]) ** 2;
      return sum;
    }); // prettier-ignore
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
  readonly ratios: readonly ProfileRatios[];
  readonly gaussian: FieldSample;
  readonly solver: FieldSample;
}

/** The conditional Gaussian against a fresh ensemble at a condition that none of its nodes has seen. */
export async function checkGaussian(study: Case, condition: Condition, count: number): Promise<GaussianCheck> {
  const statistics = await study.statistics();
  const law = gaussianAt(statistics, study.problem, condition);
  const { cells } = statistics;
  const none = new Float32Array(0); // every mode Gaussian
  const values = fieldsFromModes(none, count, law, statistics.normalisation, study.stream("conditional Gaussian"));
  const gaussian = { values, count, channels: study.problem.channels.length, cells };
  const solver = await study.solve(condition, count, "gaussian check");
  return { condition, ratios: profileRatios(gaussian, solver), gaussian, solver };
}

/** Gaussian deviates that a claim allows (once in 16,000), and (chi^2_1 - 1) / 2^(1/2), the widest law of a squared bias (once in a thousand). */
const [gaussian, quadratic] = [4, 7];

/** The sentences about the ensemble beside the published one. */
export function assertPublishedEnsemble({
  meanDistance,
  samplingError,
  spreadRatio,
  spreadError,
}: PublishedComparison): void {
  for (const name of ["c", "phi"] as const) {
    assertAtMost(`our mean of ${name} is the published one (distance over what sampling gives)`, meanDistance[name] / samplingError, gaussian); // prettier-ignore
  }
  assertClose("our spread of c is the published one", spreadRatio.c, 1, { within: gaussian * spreadError.c });
  const below = (1 - spreadRatio.phi) / spreadError.phi;
  assertAtLeast("our spread of phi is below the published one, which holds round-off (standard errors)", below, gaussian); // prettier-ignore
}

/** The sentences about the conditional Gaussian, fitted with `porosities` fields at a node. `shape`: false where the samples are too small to see a skewness. */
export function assertGaussianPart(
  { ratios }: Pick<GaussianCheck, "ratios">,
  porosities: number,
  options: { shape?: boolean } = {},
): void {
  ratios.forEach(({ bias, std }, channel) => {
    const name = ["c", "phi"][channel];
    // The Gaussian's own mean and spread are known to 1 / n^(1/2) of the spread, the sample's to their standard errors.
    const nullDeviation = bias.corrected ** 2 / Math.max(Math.abs(bias.z), Number.MIN_VALUE);
    const within = Math.sqrt(quadratic * (nullDeviation + 1 / porosities));
    assertAtMost(`the Gaussian has the mean of ${name} (bias / std)`, bias.corrected, within);
    const error = Math.hypot(std.standardError, 1 / Math.sqrt(porosities));
    assertClose(`the Gaussian has the spread of ${name}`, std.ratio, 1, { within: gaussian * error });
  });
  if (options.shape === false) return;
  // Equal laws: error^2 / floor^2 has mean 1 and at most the tail of chi^2_1.
  const worst = Math.max(...ratios.map(({ skewness }) => skewness.error / skewness.floor));
  assertAtLeast("the fields are not Gaussian: skewness error over its sampling floor", worst, gaussian);
}
