/** Chapter 9: one model for all pairs of boundary kinds, shown beside the solver. */
import { overlay, type OverlayRow } from "../../figures/overlay";
import type { Figure } from "../../figures/spec";
import { axisOf, shapeOf } from "../../transport/domain";
import { problemAs } from "../../transport/problems";
import { fidelityByChoice, type FidelityRow, fidelitySummary, fidelityTable } from "../sampling/figures";
import { choiceLabel } from "../sampling/held-out";
import type { Evaluation } from "../sampling/stage";
import type { Case } from "../case";
import type { Common } from "../common-settings";
import { problemOfChapter, sweeps } from "./conditions";
import type { BoundariesSettings } from "./settings";

export * from "./claims";

/** A study with the settings of this chapter. */
export type BoundaryCase = Case<{ readonly boundaries: BoundariesSettings; readonly problem: Common["problem"] }>;

/** The part of the evaluation at conditions held out, and at the points of a sweep. */
export function partOf(
  study: BoundaryCase,
  evaluation: Evaluation,
  part: "held out" | (typeof sweeps)[number],
): Evaluation {
  const { sweep } = study.configuration.boundaries;
  const held = evaluation.conditions.length - sweeps.length * sweep;
  const first = part === "held out" ? 0 : held + sweeps.indexOf(part) * sweep;
  const count = part === "held out" ? held : sweep;
  return { ...evaluation, conditions: evaluation.conditions.slice(first, first + count) };
}

/** Mean and spread of solver and model at one held-out condition of each pair. */
export function pairsFigure(study: BoundaryCase, evaluation: Evaluation): Figure {
  const settings = problemOfChapter(study.configuration.problem);
  const p = problemAs(settings);
  const grid = axisOf(p, settings.cells);
  const shown = new Map(
    partOf(study, evaluation, "held out").conditions.map((c) => [choiceLabel(p, c.condition) ?? "", c] as const),
  );
  const rows = [...shown].flatMap(([condition, { profile }]): OverlayRow[] =>
    p.channels.flatMap((channel, at) =>
      (["solver", "model"] as const).flatMap((source) => {
        const { mean, std } = source === "solver" ? profile.reference : profile.network;
        return Array.from(grid.centres, (x, i) => {
          const k = at * grid.cells + i;
          return { condition, channel: channel.name, source, x, mean: mean[k], std: std[k] };
        });
      }),
    ),
  );
  return overlay(rows, { shape: shapeOf(p, settings.cells), name: "09-pairs" });
}

/** All pairs together, as in chapter 4, and each on its own. */
export function pairsTables(
  study: BoundaryCase,
  evaluation: Evaluation,
): { readonly all: FidelityRow[]; readonly each: Record<string, string | number>[] } {
  const held = partOf(study, evaluation, "held out");
  const own = { problem: problemAs(problemOfChapter(study.configuration.problem)) };
  return { all: fidelityTable(own, held), each: fidelityByChoice(own, held) };
}

/**
 * Point by point of a sweep: bias in units of the spread with the error that sampling makes of it, and the energy
 * distance's z; and those of the null.
 */
export function sweepTable(
  study: BoundaryCase,
  evaluation: Evaluation,
  sweep: (typeof sweeps)[number],
): Record<string, number>[] {
  return partOf(study, evaluation, sweep).conditions.map((at) => {
    const of = (who: "network" | "gaussian" | "solver", called: string): Record<string, number> => {
      const found = fidelitySummary({ ...evaluation, conditions: [at] }, who);
      if (!found) return {};
      return {
        [`bias, ${called}`]: found.bias.rms,
        [`error, ${called}`]: Math.sqrt(found.bias.error),
        [`energy z, ${called}`]: found.energy.mean,
      };
    };
    return {
      [sweep]: at.condition[sweep],
      ...of("network", "network"),
      ...of("gaussian", "Gaussian"),
      ...of("solver", "solver"),
    };
  });
}
