/**
 * Variance of generated fields over that of PDE fields, principal mode by principal mode, with confidence bands. One is
 * right.
 */
import { figure } from "./parts/figure";
import { band, line, points, reference } from "./parts/layers";
import { distinct } from "./parts/quantities";
import type { Figure } from "./spec";
import { styles, type Style } from "./theme";

export interface SpectrumRatioRow {
  /** Whose fields: "model", "PDE against PDE" (the null), "Gaussian baseline", "published". */
  readonly source: "model" | "PDE against PDE" | "Gaussian baseline" | "published";
  /** One panel each. */
  readonly condition: string;
  readonly mode: number; // from 1
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const look: Record<SpectrumRatioRow["source"], Style> = {
  "PDE against PDE": styles.solver,
  model: styles.model,
  "Gaussian baseline": styles.gaussian,
  published: styles.published,
};

export function spectrumRatioFigure(
  rows: readonly SpectrumRatioRow[],
  options: { name?: string; band?: string; width?: "one" | "two" } = {},
): Figure {
  const { name = "spectrum-ratio", band: level = "95 %", width = "one" } = options;
  const sources = distinct(rows.map((r) => r.source));
  const conditions = distinct(rows.map((r) => r.condition));
  const panels = conditions.map((condition) => ({
    title: condition,
    x: { title: "mode", ticks: 6, format: "d" },
    y: { title: "variance ratio", scale: "log" as const },
    layers: [
      reference({ y: 1 }),
      ...sources.flatMap((source) => {
        const here = rows.filter((r) => r.source === source && r.condition === condition);
        const curve = here.map((r) => ({ x: r.mode, y: r.ratio }));
        const bands = here.map((r) => ({ x: r.mode, low: r.low, high: r.high }));
        return [band(bands, look[source]), line(curve, look[source]), points(curve, look[source], { size: 12 })];
      }),
    ],
  }));
  return figure({
    name,
    caption: "Ratio of the variances of generated and PDE fields by principal mode, with confidence bands",
    width,
    columns: width === "one" ? 1 : conditions.length,
    panelHeight: 30,
    panels,
    legend: sources.map((s) => ({ label: `${s}, ${level}`, style: look[s], swatch: "line and band" })),
    rows,
  });
}
