/**
 * What single precision did to the potential: the spread of φ over the same porosities solved in double and in single
 * precision, with the published spread on top.
 */
import { onlyAxis } from "../../fields/grid";
import { channelNamed, type Shape } from "../../fields/shape";
import { figure } from "../../figures/parts/figure";
import { band, line } from "../../figures/parts/layers";
import { distinct, titled } from "../../figures/parts/quantities";
import { lengthScale, spreadScale } from "../../figures/parts/scales";
import type { Figure } from "../../figures/spec";
import { styles } from "../../figures/theme";

export interface PrecisionSpreadRow {
  readonly source: "double precision" | "single precision" | "published";
  readonly x: number; // m
  readonly std: number; // V
  /** Confidence band, V. */
  readonly low?: number;
  readonly high?: number;
}

const look = {
  "double precision": styles.solver,
  "single precision": styles.gaussian,
  published: styles.published,
} as const;

export function precisionSpread(rows: readonly PrecisionSpreadRow[], options: { shape: Shape; name?: string }): Figure {
  const { shape, name = "precision-spread" } = options;
  const along = lengthScale(onlyAxis(shape.grid, name));
  const { symbol, unit, spread } = spreadScale(
    channelNamed(shape, "phi"),
    rows.map((r) => r.std),
  );
  const sources = distinct(rows.map((r) => r.source));
  const layers = sources.flatMap((source) => {
    const here = rows.filter((r) => r.source === source);
    const bands = here.flatMap(({ x, low, high }) =>
      low === undefined || high === undefined ? [] : [{ x: along.shown(x), low: spread(low), high: spread(high) }],
    );
    const curve = here.map((r) => ({ x: along.shown(r.x), y: spread(r.std) }));
    return [band(bands, look[source]), line(curve, look[source])];
  });
  return figure({
    name,
    caption: "Spread of the potential over the same porosities in double and in single precision, and as published",
    width: "one",
    panelHeight: 45,
    panels: [{ x: { title: along.title }, y: { title: titled(`std of ${symbol}`, unit), zero: true }, layers }],
    legend: sources.map((source) => {
      const banded = rows.some((r) => r.source === source && r.low !== undefined);
      return { label: source, style: look[source], swatch: banded ? "line and band" : "line" };
    }),
    rows,
  });
}
