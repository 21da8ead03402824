/** What chapter 11 shows of the model: fields, means and spreads, the table, and what eight sensors say. */
import { gridOn, type Grid } from "../../fields/grid";
import { maps } from "../../figures/maps";
import type { Figure } from "../../figures/spec";
import { sumOfSquares } from "../../numerics/statistics";
import { stream } from "../../random/stream";
import { conduction2d } from "../../transport/conduction-2d";
import { choiceLabel } from "../sampling/held-out";
import type { Condition } from "../../transport/problem";
import { type FidelityRow, fidelityTable, spectrumFigure } from "../sampling/figures";
import { distance } from "./claims";
import type { PlaneModel } from "./stage";

export { assertPlaneModel } from "./claims";

const gridOf = ({ cells }: PlaneModel): Grid => gridOn(conduction2d.domain, cells);
const quantity = "φ (V)";

/** The order in which fields are shown: the solver's and the model's mixed by a seed. */
function mixed({ one }: PlaneModel): { from: "solver" | "model"; field: number[] }[] {
  const all = (["solver", "model"] as const).flatMap((from) => one[from].fields.map((field) => ({ from, field })));
  const keys = stream(11).child("order").uniforms(all.length);
  return all.map((f, k) => ({ f, key: keys[k] })).sort((a, b) => a.key - b.key).map(({ f }) => f); // prettier-ignore
}

const letter = (k: number): string => "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[k];

/** Fields of solver and model, which is which not said. */
export function blindFigure(result: PlaneModel): Figure {
  const all = mixed(result);
  const half = all.length / 2;
  const values = all.flatMap(({ field }) => field);
  const range = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] as const;
  const row = (from: number) => ({
    quantity,
    range,
    maps: all
      .slice(from, from + half)
      .map(({ field }, k) => ({ title: letter(from + k), values: field, contours: field })),
  });
  return maps(gridOf(result), [row(0), row(half)], {
    name: "11-fields",
    caption: "Potentials at a condition that no training has seen, some solved and some generated",
  });
}

/** Which is which. */
export function labelsTable(result: PlaneModel): Record<string, string>[] {
  return [
    Object.fromEntries(mixed(result).map(({ from }, k) => [letter(k), from === "model" ? "generated" : "solver"])),
  ];
}

/**
 * Means and spreads, and their differences in units of the solver's spread; beside the model a second solver ensemble
 * of its size.
 */
export function momentsFigure(result: PlaneModel): Figure {
  const { solver, model, again } = result.one;
  const each = { solver, model, "second solver": again };
  const own = (of: "mean" | "std", name: string) =>
    Object.entries(each).map(([who, { profile }]) => ({
      title: `${name}, ${who}`,
      values: profile[of],
      contours: profile[of],
    }));
  const { mean, std } = solver.profile;
  const off = (of: typeof solver) => of.profile.mean.map((m, i) => (m - mean[i]) / std[i]);
  const n = [solver.count, model.count];
  const chance = Math.hypot(...n.map((k) => 1 / Math.sqrt(k)));
  return maps(
    gridOf(result),
    [
      { quantity, maps: own("mean", "mean") },
      { quantity, maps: own("std", "spread") },
      {
        quantity: "in spreads",
        colours: "difference",
        maps: [
          { title: "spread, model: error", values: model.profile.std.map((s, i) => s / std[i] - 1) },
          { title: "mean, model: error", values: off(model) },
          { title: "mean, second solver: error", values: off(again) },
        ],
      },
    ],
    {
      name: "11-moments",
      caption:
        `Mean and spread of ${n[0]} solver fields, ${n[1]} generated ones and as many of a second solver ensemble; ` +
        `by chance alone means differ by ${chance.toFixed(3)} of the spread and spreads by ` +
        (chance / Math.SQRT2).toFixed(3),
    },
  );
}

/** Ratio of variances to the solver's, mode by mode. */
export function planeSpectrum({ evaluation }: PlaneModel): Figure {
  const label = (condition: Condition): string =>
    `ℓ = ${condition.l.toFixed(2)} m, ${choiceLabel(conduction2d, condition)}`;
  return spectrumFigure({ problem: conduction2d }, evaluation, { name: "11-spectrum", label });
}

/** The table of chapter 4 at held-out conditions of the plane. */
export function planeTable({ evaluation }: PlaneModel): FidelityRow[] {
  return fidelityTable({ problem: conduction2d }, evaluation);
}

/** The hidden field and what eight readings say of it: the solver's bank and the model's. */
export function sensorsFigure(result: PlaneModel): Figure {
  const { posterior, one } = result;
  const { truth, exact, model } = posterior;
  const map = (title: string, values: readonly number[]) => ({ title, values, contours: values });
  return maps(
    gridOf(result),
    [
      {
        quantity,
        maps: [
          map("hidden field", truth),
          map("mean given readings, exact", exact.mean),
          map("the same, model", model.mean),
        ],
      },
      {
        quantity,
        maps: [
          map("spread before", one.solver.profile.std),
          map("spread given readings, exact", exact.std),
          map("spread, model", model.std),
        ],
      },
    ],
    { name: "11-sensors", caption: "A potential, and what eight sensors say of it: exact, and by the model" },
  );
}

/** Errors of the posterior, and what chance does. */
export function sensorsTable({ posterior: { exact, again, model } }: PlaneModel): Record<string, number | string>[] {
  return Object.entries({ "second solver bank": again, model }).map(([bank, found]) => ({
    bank,
    "worth so many fields": found.ess,
    "error of the mean / exact spread": distance(found, exact),
    "spread / exact spread": Math.sqrt(sumOfSquares(found.std) / sumOfSquares(exact.std)),
  }));
}
