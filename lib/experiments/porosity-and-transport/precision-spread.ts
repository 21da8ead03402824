/**
 * What single precision did to the potential: the spread of φ over the same porosities solved in double and in single precision,
 * with the published spread on top.
 */
import { figure } from "../../figures/parts/figure";
import { band, line } from "../../figures/parts/layers";
import { distinct, micrometres, millivolts, xTitle } from "../../figures/parts/quantities";
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

export function precisionSpread(rows: readonly PrecisionSpreadRow[], options: { name?: string } = {}): Figure {
  const sources = distinct(rows.map((r) => r.source));
  const layers = sources.flatMap((source) => {
    const here = rows.filter((r) => r.source === source);
    const bands = here.flatMap(({ x, low, high }) =>
      low === undefined || high === undefined
        ? []
        : [{ x: micrometres(x), low: millivolts(low), high: millivolts(high) }],
    );
    const curve = here.map((r) => ({ x: micrometres(r.x), y: millivolts(r.std) }));
    return [band(bands, look[source]), line(curve, look[source])];
  });
  return figure({
    name: options.name ?? "precision-spread",
    caption: "Spread of the potential over the same porosities in double and in single precision, and as published",
    width: "one",
    panelHeight: 45,
    panels: [{ x: { title: xTitle }, y: { title: "std of φ (mV)", zero: true }, layers }],
    legend: sources.map((source) => {
      const banded = rows.some((r) => r.source === source && r.low !== undefined);
      return { label: source, style: look[source], swatch: banded ? "line and band" : "line" };
    }),
    rows,
  });
}
