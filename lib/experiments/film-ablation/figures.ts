/** Chapter 7: the ablation as a figure, beside its tables, its comparisons and the claims of its last cell. */
import { meanInterval } from "../../diagnostics/paired-interval";
import { filmAblation as drawn, type FilmAblationRow } from "./film-ablation";
import type { Figure } from "../../figures/spec";
import type { ContestName } from "./models";
import type { FilmAblation } from "./stage";
import { type MeasureName, bySeed, finite } from "./comparison";

export * from "./claims";
export * from "./comparison";
export * from "./tables";

const titles: Partial<Record<MeasureName, string>> = {
  meanError: "error of the mean (standard deviations)",
  loss: "held-out loss",
};

/** One measure, contestant by contestant: seeds, their mean, and its 95 % interval. */
export function ablationFigure(result: FilmAblation, measure: MeasureName = "loss"): Figure {
  const title = titles[measure] ?? measure;
  const floor = 1e-3; // of a logarithmic axis: what is not distinguishable from zero lies on it
  const rows = result.contestants.flatMap((c): FilmAblationRow[] => {
    const values = finite(bySeed(c, measure, "inside")).map((x) => Math.max(floor, x));
    if (values.length === 0) return [];
    const common = { variant: c.name, measure: title };
    const { mean, low, high } =
      values.length > 1 ? meanInterval(values) : { mean: values[0], low: values[0], high: values[0] };
    // The lower end stays on the axis: an interval of three seeds may reach below zero.
    const end = Math.max(low, Math.min(...values) / 2);
    return [
      ...values.map((value) => ({ ...common, kind: "seed" as const, value })),
      { ...common, kind: "mean", value: mean, low: end, high },
    ];
  });
  const names: Record<ContestName, string> = {
    "whole score": "07-conditioning",
    preconditioned: "07-conditioning-preconditioned",
    "boundary configurations": "07-boundary-configurations",
  };
  const name = names[result.experiment] + (measure === "loss" ? "" : "-mean");
  return drawn(rows, { name, log: measure === "loss" ? [] : [title] });
}
