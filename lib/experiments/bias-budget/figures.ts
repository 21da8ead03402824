/** The bias budget as a figure and a table. */
import { biasBudget, type BiasBudgetRow } from "./bias-budget";
import type { Figure } from "../../figures/spec";
import type { BiasBudget } from "./budget";
import { titled } from "../../figures/parts/quantities";
import { spreadScale } from "../../figures/parts/scales";

/** The bias budget: what each part, switched alone, contributes. */
export function budgetFigure({ channels, rows }: BiasBudget): Figure {
  const drawn = rows.flatMap((r) =>
    channels.map(({ name: channel }, ch): BiasBudgetRow => {
      const [value, error] = [r.ratio[ch], 2 * r.ratioError[ch]];
      return { cause: r.cause, channel, value, low: value - error, high: value + error };
    }),
  );
  return biasBudget(drawn, { channels, name: "05-bias-budget", title: "share of bias / std" });
}

/** The bias budget as rows of a table: in units of the spread, and in those of the data. */
export function budgetTable(result: BiasBudget): object[] {
  const scales = result.channels.map((channel, ch) =>
    spreadScale(
      channel,
      result.rows.map((r) => r.data[ch]),
    ),
  );
  return result.rows.map((r) => ({
    cause: r.cause,
    ...Object.assign({}, ...result.channels.map(({ name }, ch) => ({
      [`${name} (std)`]: r.ratio[ch],
      [`± ${name}`]: r.ratioError[ch],
    }))), // prettier-ignore
    ...Object.assign({}, ...result.channels.map(({ name }, ch) => ({
      [titled(`${name} in data units`, scales[ch].unit)]: scales[ch].spread(r.data[ch]),
      [titled(`± ${name} in data units`, scales[ch].unit)]: scales[ch].spread(r.dataError[ch]),
    }))), // prettier-ignore
  }));
}
