/** Chapter 4: generated fields against the solver at held-out conditions. */
import { overlay, type OverlayRow } from "../../figures/overlay";
import { spectrumRatioFigure, type SpectrumRatioRow } from "../../figures/spectrum-ratio";
import type { Figure } from "../../figures/spec";
import { uniformGrid } from "../../transport/grid";
import { type Contestant, contestants, type Evaluation } from "../stages/evaluation";
import type { Study } from "../study";
import { conditionLabel } from "./training-data";

export function overlayFigure(study: Study, evaluation: Evaluation, shown = 3): Figure {
  const { problem } = study;
  const grid = uniformGrid(study.configuration.problem.cells, problem.length);
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
  return overlay(rows, { name: "04-overlay" });
}

export function spectrumFigure(study: Study, evaluation: Evaluation, shown = 3): Figure {
  const sources: Record<Contestant, SpectrumRatioRow["source"]> = {
    network: "model",
    gaussian: "Gaussian baseline",
    solver: "PDE against PDE",
  };
  const rows = evaluation.conditions.slice(0, shown).flatMap(({ condition, fidelity }) =>
    (["solver", "network"] as const).flatMap((who) => {
      const { ratio, low, high } = fidelity[who].spectrum;
      return ratio.map((r, k) => ({
        source: sources[who],
        condition: conditionLabel(study, condition),
        mode: k + 1,
        // standard deviations in, variances shown
        ratio: r ** 2,
        low: low[k] ** 2,
        high: high[k] ** 2,
      }));
    }),
  );
  return spectrumRatioFigure(rows, { name: "04-spectrum" });
}

export interface FidelityRow {
  readonly fields: string;
  readonly "bias c": number;
  readonly "bias phi": number;
  readonly "std c": number;
  readonly "std phi": number;
  readonly "skewness error / floor": number;
  readonly "energy distance z": number;
  readonly "worst z": number;
}

const names: Record<Contestant, string> = {
  network: "network",
  gaussian: "Gaussian, no network",
  solver: "second solver ensemble",
};

/** Over the held-out conditions: rms of the noise-corrected bias, means of the ratios, mean and worst z. */
export function fidelityTable({ conditions }: Evaluation): FidelityRow[] {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  return contestants.map((who) => {
    const all = conditions.map(({ fidelity }) => fidelity[who]);
    const bias = (channel: number): number => {
      const square = mean(all.map((f) => Math.sign(f.bias[channel]) * f.bias[channel] ** 2));
      return Math.sign(square) * Math.sqrt(Math.abs(square));
    };
    const skewness = Math.sqrt(mean(all.flatMap((f) => f.skewness.map((s) => s * s))));
    const floor = Math.sqrt(mean(all.flatMap((f) => f.skewnessFloor.map((s) => s * s))));
    return {
      fields: names[who],
      "bias c": bias(0),
      "bias phi": bias(1),
      "std c": mean(all.map((f) => f.stdRatio[0])),
      "std phi": mean(all.map((f) => f.stdRatio[1])),
      "skewness error / floor": skewness / floor,
      "energy distance z": mean(all.map((f) => f.energyZ)),
      "worst z": Math.max(...all.map((f) => f.energyZ)),
    };
  });
}

/**
 * What the mean energy-distance z of n conditions stays below in 99.9 % of cases when the laws are equal. Where one mode dominates, z is
 * distributed as (chi^2_1 - 1) / 2^(1/2), the heaviest tail that it can have; chi^2_n by Wilson and Hilferty.
 */
export function nullLimit(n: number): number {
  const quantile = n * (1 - 2 / (9 * n) + 3.09 * Math.sqrt(2 / (9 * n))) ** 3;
  return (quantile - n) / (n * Math.SQRT2);
}
