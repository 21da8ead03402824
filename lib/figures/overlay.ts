/**
 * Solver against model at held-out conditions: mean and one standard deviation of the PDE ensemble as line and band,
 * those of the generated fields as lines on top. One row of panels a condition, one column a channel.
 */
import { onlyAxis } from "../fields/grid";
import { channelNamed, type Shape } from "../fields/shape";
import { figure } from "./parts/figure";
import { band, edges, line } from "./parts/layers";
import { distinct } from "./parts/quantities";
import { channelScale, lengthScale } from "./parts/scales";
import type { Figure } from "./spec";
import { styles } from "./theme";

export interface OverlayRow {
  /** What the row of panels is called: "ℓ = L/10, U₀ = 0 V". */
  readonly condition: string;
  readonly channel: string;
  readonly source: "solver" | "model";
  readonly x: number; // m
  readonly mean: number; // SI
  readonly std: number; // SI
}

/** `shape`: of the fields, which says how channels and axis are called and in which units they are. */
export function overlay(rows: readonly OverlayRow[], options: { shape: Shape; name?: string }): Figure {
  const { name = "overlay", shape } = options;
  const along = lengthScale(onlyAxis(shape.grid, name));
  const conditions = distinct(rows.map((r) => r.condition));
  const channels = distinct(rows.map((r) => r.channel));
  const quantities = channels.map((which) => {
    const values = rows.filter((r) => r.channel === which).flatMap((r) => [r.mean - r.std, r.mean + r.std]);
    return channelScale(channelNamed(shape, which), values);
  });
  const panels = conditions.flatMap((condition) =>
    channels.map((which, k) => {
      const quantity = quantities[k];
      const of = (source: OverlayRow["source"]) =>
        rows.filter((r) => r.channel === which && r.condition === condition && r.source === source);
      const mean = (r: OverlayRow) => ({ x: along.shown(r.x), y: quantity.shown(r.mean) });
      const spread = (r: OverlayRow) => ({
        x: along.shown(r.x),
        low: quantity.shown(r.mean - r.std),
        high: quantity.shown(r.mean + r.std),
      });
      return {
        title: condition,
        x: { title: along.title },
        y: { title: quantity.title },
        layers: [
          band(of("solver").map(spread), styles.solver),
          line(of("solver").map(mean), styles.solver),
          ...edges(of("model").map(spread), styles.model),
          line(of("model").map(mean), { ...styles.model, dash: [5, 2] }),
        ],
      };
    }),
  );
  return figure({
    name,
    caption: "Mean and one standard deviation of PDE ensembles and of generated fields at held-out conditions",
    width: "one",
    columns: channels.length,
    headings: "row",
    panelHeight: 27,
    panels,
    legend: [
      { label: "PDE, mean ± 1 std", style: styles.solver, swatch: "line and band" },
      { label: "model, mean", style: { ...styles.model, dash: [5, 2] }, swatch: "line" },
      { label: "model, mean ± 1 std", style: { ...styles.model, width: 0.9 }, swatch: "line" },
    ],
    rows,
  });
}
