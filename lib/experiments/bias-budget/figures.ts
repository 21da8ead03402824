/** The bias budget as a figure and a table. */
import { biasBudget, type BiasBudgetRow } from "./bias-budget";
import type { Figure } from "../../figures/spec";
import type { BiasBudget } from "./budget";
import { channels } from "../channels";

/** The bias budget: what each part, switched alone, contributes. */
export function budgetFigure({ rows }: BiasBudget): Figure {
  const drawn = rows.flatMap((r) =>
    channels.map((channel, ch): BiasBudgetRow => {
      const [value, error] = [r.ratio[ch], 2 * r.ratioError[ch]];
      return { cause: r.cause, channel, value, low: value - error, high: value + error };
    }),
  );
  return biasBudget(drawn, { name: "05-bias-budget", title: "share of bias / std" });
}

/** The bias budget as rows of a table. */
export function budgetTable({ rows }: BiasBudget): object[] {
  return rows.map((r) => ({
    cause: r.cause,
    "c (std)": r.ratio[0],
    "± c": r.ratioError[0],
    "phi (std)": r.ratio[1],
    "± phi": r.ratioError[1],
    "c (mol/m3)": r.data[0],
    "± c (mol/m3)": r.dataError[0],
    "phi (mV)": 1e3 * r.data[1],
    "± phi (mV)": 1e3 * r.dataError[1],
  }));
}
