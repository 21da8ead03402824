/** Chapter 4: generated fields against the solver at held-out conditions. */
import { overlay, type OverlayRow } from "../../figures/overlay";
import { spectrumRatioFigure, type SpectrumRatioRow } from "../../figures/spectrum-ratio";
import type { Figure } from "../../figures/spec";
import { onlyAxis } from "../../fields/grid";
import { shapeOf } from "../../transport/domain";
import { classifierModes } from "./fidelity";
import { type Contestant, contestants } from "./contenders";
import { choiceLabel } from "./held-out";
import type { Evaluation } from "./stage";
import { assertAtMost, assertClose, type Size } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import type { Case } from "../case";
import type { Condition } from "../../transport/problem";
import { conditionLabel } from "../training-data/figures";

/** Mean and spread of solver and model at the first held-out conditions. */
export function overlayFigure(study: Case, evaluation: Evaluation, shown = 3): Figure {
  const { problem } = study;
  const shape = shapeOf(problem, study.configuration.problem.cells);
  const grid = onlyAxis(shape.grid, problem.name);
  const rows = evaluation.conditions.slice(0, shown).flatMap(({ condition, profile }): OverlayRow[] =>
    problem.channels.flatMap(({ name }, channel) =>
      (["solver", "model"] as const).flatMap((source) => {
        const { mean, std } = source === "solver" ? profile.reference : profile.network;
        return Array.from(grid.centres, (x, i) => {
          const k = channel * grid.cells + i;
          return { condition: conditionLabel(study, condition), channel: name, source, x, mean: mean[k], std: std[k] };
        });
      }),
    ),
  );
  return overlay(rows, { shape, name: "04-overlay" });
}

/** Ratio of variances to the solver's, mode by mode, at the first held-out conditions, which `label` names. */
export function spectrumFigure(
  study: Pick<Case, "problem">,
  evaluation: Evaluation,
  {
    shown = 3,
    name = "04-spectrum",
    label = (condition: Condition) => conditionLabel(study, condition),
  }: { shown?: number; name?: string; label?: (condition: Condition) => string } = {},
): Figure {
  const sources = { network: "model", solver: "PDE against PDE" } as const;
  const rows = evaluation.conditions.slice(0, shown).flatMap(({ condition, fidelity }) =>
    (["solver", "network"] as const).flatMap((who): SpectrumRatioRow[] => {
      const found = fidelity[who];
      if (!found) return [];
      const { ratio, low, high } = found.spectrum;
      return ratio.map((r, k) => ({
        source: sources[who],
        condition: label(condition),
        mode: k + 1,
        // standard deviations in, variances shown
        ratio: r ** 2,
        low: low[k] ** 2,
        high: high[k] ** 2,
      }));
    }),
  );
  return spectrumRatioFigure(rows, { name });
}

/**
 * One contestant over all held-out conditions at which it was measured; where two numbers stand, the second is of the
 * worst condition.
 */
export interface FidelitySummary {
  readonly conditions: number;
  /**
   * Root of the mean (largest) squared bias over squared std, noise subtracted, all channels; and the standard error of
   * the mean square.
   */
  readonly bias: { readonly rms: number; readonly worst: number; readonly meanSquare: number; readonly error: number };
  /** Channel by channel: mean, smallest and largest std ratio, and the standard error of the mean. */
  readonly std: readonly {
    readonly mean: number;
    readonly low: number;
    readonly high: number;
    readonly error: number;
  }[];
  /**
   * Smallest and largest, over modes, of the std ratio averaged over conditions; and the standard error of one such
   * average.
   */
  readonly spectrum: { readonly low: number; readonly high: number; readonly error: number };
  /** Marginal skewness error over what sampling alone gives. */
  readonly skewness: number;
  readonly energy: { readonly mean: number; readonly worst: number };
  /** For each number of modes. */
  readonly accuracy: readonly { readonly modes: number; readonly mean: number; readonly worst: number }[];
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const signedRoot = (x: number): number => Math.sign(x) * Math.sqrt(Math.abs(x));

/** What the held-out conditions say of one contestant; undefined where it was not evaluated. */
export function fidelitySummary({ conditions }: Evaluation, who: Contestant): FidelitySummary | undefined {
  const all = conditions.flatMap(({ fidelity }) => fidelity[who] ?? []);
  if (all.length === 0) return undefined;
  const n = all.length;
  const squares = all.flatMap((f) => f.squaredBias);
  const channels = all[0].stdRatio.length;
  const floor = Math.sqrt(mean(all.flatMap((f) => f.skewnessFloor.map((s) => s * s))));
  const modes = Math.max(...all.map((f) => f.spectrum.ratio.length));
  const spectrum = Array.from({ length: modes }, (_, k) => {
    const seen = all.filter((f) => k < f.spectrum.ratio.length);
    const errors = seen.map((f) => (f.spectrum.high[k] - f.spectrum.low[k]) / (2 * 1.96));
    return {
      conditions: seen.length,
      ratio: mean(seen.map((f) => f.spectrum.ratio[k])),
      error: Math.hypot(...errors) / seen.length,
    };
  }).filter((m) => m.conditions >= n / 2); // a mode that few conditions have is no mean over conditions
  return {
    conditions: n,
    bias: {
      rms: signedRoot(mean(squares)),
      worst: signedRoot(Math.max(...squares)),
      meanSquare: mean(squares),
      error: Math.hypot(...all.flatMap((f) => f.squaredBiasError)) / squares.length,
    },
    std: Array.from({ length: channels }, (_, channel) => {
      const ratios = all.map((f) => f.stdRatio[channel]);
      const error = Math.hypot(...all.map((f) => f.stdRatioError[channel])) / n;
      return { mean: mean(ratios), low: Math.min(...ratios), high: Math.max(...ratios), error };
    }),
    spectrum: {
      low: Math.min(...spectrum.map((m) => m.ratio)),
      high: Math.max(...spectrum.map((m) => m.ratio)),
      error: Math.max(...spectrum.map((m) => m.error)),
    },
    skewness: Math.sqrt(mean(all.flatMap((f) => f.skewness.map((s) => s * s)))) / floor,
    energy: { mean: mean(all.map((f) => f.energyZ)), worst: Math.max(...all.map((f) => f.energyZ)) },
    accuracy: classifierModes
      .map((count, k) => {
        const values = all.flatMap((f) => (k < f.accuracy.length ? [f.accuracy[k]] : []));
        return { modes: count, mean: mean(values), worst: Math.max(...values), count: values.length };
      })
      .filter((a) => a.count > 0),
  };
}

const names: Record<Contestant, string> = {
  network: "network",
  calibrated: "network, calibrated",
  gaussian: "Gaussian, no network",
  solver: "second solver ensemble",
};

/** One number of each contestant; what it was aimed at stands in the last two columns. */
export interface FidelityRow {
  readonly quantity: string;
  /** Over the held-out conditions. */
  readonly of: string;
  readonly "at least"?: number;
  readonly "at most"?: number;
  /** By the names of the contestants. */
  readonly [contestant: string]: number | string | undefined;
}

/**
 * The table of the chapter: a line for each quantity and what is taken of it over the conditions, a column for each
 * contestant.
 */
export function fidelityTable(study: Pick<Case, "problem">, evaluation: Evaluation): FidelityRow[] {
  const summaries = contestants.flatMap((who) => {
    const summary = fidelitySummary(evaluation, who);
    return summary ? [{ who, summary }] : [];
  });
  const line = (
    quantity: string,
    of: string,
    aim: readonly [number | undefined, number | undefined],
    value: (s: FidelitySummary) => number | undefined,
  ): FidelityRow => ({
    quantity,
    of,
    ...Object.fromEntries(summaries.map(({ who, summary }) => [names[who], value(summary)])),
    "at least": aim[0],
    "at most": aim[1],
  });
  const none = undefined;
  return [
    line("bias / std", "rms", [none, 0.01], ({ bias }) => bias.rms),
    line("bias / std", "worst", [none, 0.03], ({ bias }) => bias.worst),
    ...study.problem.channels.flatMap(({ symbol }, channel) => [
      line(`std ratio of ${symbol}`, "mean", [0.99, 1.01], ({ std }) => std[channel].mean),
      line(`std ratio of ${symbol}`, "lowest", [0.97, none], ({ std }) => std[channel].low),
      line(`std ratio of ${symbol}`, "highest", [none, 1.03], ({ std }) => std[channel].high),
    ]),
    line("std ratio by mode, mean", "lowest mode", [0.98, none], ({ spectrum }) => spectrum.low),
    line("std ratio by mode, mean", "highest mode", [none, 1.02], ({ spectrum }) => spectrum.high),
    line("std ratio by mode, mean", "its largest error", [none, none], ({ spectrum }) => spectrum.error),
    line("skewness error / sampling floor", "rms", [none, 1.2], ({ skewness }) => skewness),
    line("energy distance z", "mean", [none, 0.5], ({ energy }) => energy.mean),
    line("energy distance z", "worst", [none, 3], ({ energy }) => energy.worst),
    ...classifierModes.flatMap((modes, k) => [
      line(`classifier accuracy, ${modes} modes`, "mean", [0.47, 0.53], ({ accuracy }) => accuracy[k]?.mean),
      line(`classifier accuracy, ${modes} modes`, "worst", [none, 0.55], ({ accuracy }) => accuracy[k]?.worst),
    ]),
  ];
}

/**
 * For each combination of the problem's choices on its own: one line for each contestant. Empty for a problem without
 * choices.
 */
export function fidelityByChoice(
  study: Pick<Case, "problem">,
  evaluation: Evaluation,
): Record<string, string | number>[] {
  const labels = evaluation.conditions.map(({ condition }) => choiceLabel(study.problem, condition));
  return [...new Set(labels)].sort().flatMap((label) => {
    if (label === undefined) return [];
    const own = { ...evaluation, conditions: evaluation.conditions.filter((_, k) => labels[k] === label) };
    return contestants.flatMap((who) => {
      const summary = fidelitySummary(own, who);
      return summary ? [{ configuration: label, fields: names[who], ...inOneLine(study, summary) }] : [];
    });
  });
}

function inOneLine(study: Pick<Case, "problem">, summary: FidelitySummary): Record<string, number> {
  const { bias, std, spectrum, skewness, energy, accuracy } = summary;
  return {
    conditions: summary.conditions,
    "bias / std, rms": bias.rms,
    "bias / std, worst": bias.worst,
    ...Object.fromEntries(study.problem.channels.map(({ symbol }, k) => [`std ratio of ${symbol}`, std[k].mean])),
    "lowest std ratio by mode": spectrum.low,
    "highest std ratio by mode": spectrum.high,
    "skewness error / floor": skewness,
    "energy z, mean": energy.mean,
    "energy z, worst": energy.worst,
    ...Object.fromEntries(accuracy.map(({ modes, mean: value }) => [`classifier, ${modes} modes`, value])),
  };
}

/**
 * What the mean energy-distance z of n conditions stays below in 99.9 % of cases when the laws are equal. Where one
 * mode dominates, z is distributed as (chi^2_1 - 1) / 2^(1/2), the heaviest tail that it can have; chi^2_n by Wilson
 * and Hilferty.
 */
export function nullLimit(n: number): number {
  const quantile = n * (1 - 2 / (9 * n) + 3.09 * Math.sqrt(2 / (9 * n))) ** 3;
  return (quantile - n) / (n * Math.SQRT2);
}

/** The fidelity of one kind of fields, which an evaluation must have. */
export function fidelityOf(evaluation: Evaluation, who: keyof typeof names): FidelitySummary {
  const found = fidelitySummary(evaluation, who);
  if (found) return found;
  throw new RangeError(`the evaluation has no ${names[who]}`);
}

/** Claims that the network's bias and spread are the solver's, within a share of its spread and four errors. */
export function assertMoments(where: string, network: FidelitySummary, within: number, about: readonly Size[]): void {
  const squares = within ** 2 + 4 * network.bias.error;
  assertAtMost(`squared bias over variance ${where}`, network.bias.meanSquare, squares, about);
  for (const std of network.std) assertClose(`spread ${where}`, std.mean, 1, { within: within + 4 * std.error }, about);
}

/** Claims that the network is nearer to the solver than the Gaussian model: at most at a share of its distance. */
export function assertNearer(
  network: FidelitySummary,
  gaussian: FidelitySummary,
  about: readonly Size[],
  { where = "", share = 1 } = {},
): void {
  const claim = `the network is nearer to the solver than the Gaussian model${where}`;
  assertAtMost(claim, network.energy.mean, share * gaussian.energy.mean, about);
}

/** Claims of two solver ensembles that they are of one law. */
export const assertNull = ({ energy, conditions }: FidelitySummary): void =>
  assertAtMost("the null: two solver ensembles do not differ", energy.mean, nullLimit(conditions));

/** What a network trained for minutes is allowed: bias and spread within 2 % of the solver's spread. */
const allowed = 0.02;

/** The sentences that chapter 4 concludes with. `trained`: false where the network was trained for a test only. */
export function assertSampling(evaluation: Evaluation, { trained = true }: { trained?: Trained } = {}): void {
  evaluation.conditions.forEach(({ fixedCells }, k) => {
    // Double precision, with the modes' sums
    assertAtMost(`cells that the solver holds fixed are exact at condition ${k + 1}`, fixedCells, 1e-11);
  });
  if (trained === false) return;
  const about = sizesOf(trained);
  const [network, gaussian] = [fidelityOf(evaluation, "network"), fidelityOf(evaluation, "gaussian")];
  assertMoments("at held-out conditions", network, allowed, about);
  assertNull(fidelityOf(evaluation, "solver"));
  assertNearer(network, gaussian, about, { share: 0.5 });
  const over = ({ accuracy }: FidelitySummary): number => accuracy[0].mean - 0.5;
  assertAtMost("a classifier tells it less well from the solver, too", over(network), 0.5 * over(gaussian), about);
}
