/** Chapter 2: ensembles at several conditions, the published one beside ours, and the Gaussian part of the law. */
import { gaussianAt } from "../../diffusion/conditional-gaussian";
import { fieldsFromModes } from "../../diffusion/mode-fields";
import type { FieldSample } from "../../diagnostics/field-sample";
import { moments, profileRatios, type ProfileRatios, quantileProfiles } from "../../diagnostics/moments";
import { ensembleBands, type EnsembleBandsRow } from "../../figures/ensemble-bands";
import type { Figure } from "../../figures/spec";
import type { Condition } from "../../transport/problem";
import { uniformGrid } from "../../transport/grid";
import type { Study } from "../study";
import { published } from "./published";

/** A condition of the electrode in few symbols. */
export function conditionLabel(study: Study, condition: Condition): string {
  const parts = study.problem.conditions.map(({ name, unit }) => {
    const value = condition[name];
    if (name === "l") return `ℓ = ${(value / study.problem.length).toPrecision(2)} L`;
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
export function ensemblesFigure(study: Study, ensembles: readonly NamedEnsemble[]): Figure {
  const { problem } = study;
  const grid = uniformGrid(study.configuration.problem.cells, problem.length);
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
  return {
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
export async function checkGaussian(study: Study, condition: Condition, count: number): Promise<GaussianCheck> {
  const statistics = await study.statistics();
  const law = gaussianAt(statistics, study.problem, condition);
  const { cells } = study.configuration.problem;
  const none = new Float32Array(0); // every mode Gaussian
  const values = fieldsFromModes(none, count, law, statistics.normalisation, study.stream("conditional Gaussian"));
  const gaussian = { values, count, channels: study.problem.channels.length, cells };
  const solver = await study.solve(condition, count, "gaussian check");
  return { condition, ratios: profileRatios(gaussian, solver), gaussian, solver };
}
