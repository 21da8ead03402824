/** Ensembles of PDE fields at several conditions: mean, and a band of quantiles or of standard deviations. */
import { onlyAxis } from "../fields/grid";
import { channelNamed, type Shape } from "../fields/shape";
import { figure } from "./parts/figure";
import { band, line } from "./parts/layers";
import { distinct } from "./parts/quantities";
import { channelScale, lengthScale } from "./parts/scales";
import type { Figure } from "./spec";
import { styles } from "./theme";

export interface EnsembleBandsRow {
  readonly condition: string;
  readonly channel: string;
  readonly x: number; // m
  readonly mean: number; // SI
  readonly low: number;
  readonly high: number;
  /** An inner band, such as the quartiles. */
  readonly innerLow?: number;
  readonly innerHigh?: number;
}

/** `shape` is that of the fields; `band` and `inner` say in the legend what the bands are: "5–95 %", "mean ± 2 std". */
export function ensembleBands(
  rows: readonly EnsembleBandsRow[],
  options: { shape: Shape; name?: string; band: string; inner?: string },
): Figure {
  const { name = "ensemble-bands", shape } = options;
  const along = lengthScale(onlyAxis(shape.grid, name));
  const conditions = distinct(rows.map((r) => r.condition));
  const channels = distinct(rows.map((r) => r.channel));
  const quantities = channels.map((which) => {
    const values = rows.filter((r) => r.channel === which).flatMap(({ mean, low, high }) => [mean, low, high]);
    return channelScale(channelNamed(shape, which), values);
  });
  const panels = conditions.flatMap((condition) =>
    channels.map((which, k) => {
      const { title, shown } = quantities[k];
      const here = rows.filter((r) => r.channel === which && r.condition === condition);
      const at = (r: EnsembleBandsRow, low: number, high: number) => ({
        x: along.shown(r.x),
        low: shown(low),
        high: shown(high),
      });
      const inner = here.flatMap((r) =>
        r.innerLow === undefined || r.innerHigh === undefined ? [] : [at(r, r.innerLow, r.innerHigh)],
      );
      return {
        title: condition,
        x: { title: along.title },
        y: { title },
        layers: [
          band(
            here.map((r) => at(r, r.low, r.high)),
            styles.solver,
            { opacity: 0.18 },
          ),
          band(inner, styles.solver, { opacity: 0.28 }),
          line(
            here.map((r) => ({ x: along.shown(r.x), y: shown(r.mean) })),
            styles.solver,
          ),
        ],
      };
    }),
  );
  return figure({
    name,
    caption: "Mean and spread of ensembles of PDE fields at several conditions",
    width: "one",
    columns: channels.length,
    headings: "row",
    panelHeight: 27,
    panels,
    legend: [
      { label: "PDE, mean", style: styles.solver, swatch: "line" },
      { label: options.band, style: styles.solver, swatch: "band" },
      ...(options.inner ? [{ label: options.inner, style: styles.solver, swatch: "dark band" as const }] : []),
    ],
    rows,
  });
}
