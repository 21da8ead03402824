/**
 * Do generated fields solve the equations? Distribution of the residual after an admissible porosity was recovered from
 * φ.
 */
import type { Channel } from "../../fields/channel";
import { channelNamed } from "../../fields/shape";
import { figure } from "../../figures/parts/figure";
import { band, line } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { styles, type Style } from "../../figures/theme";

export interface ManifoldResidualRow {
  readonly source: "PDE" | "model" | "Gaussian baseline";
  readonly channel: string;
  readonly residual: number; // in standard deviations of the ensemble
  readonly fraction: number; // of the fields with a residual up to this one
  /** Confidence band of the whole distribution. */
  readonly low?: number;
  readonly high?: number;
}

const look: Record<ManifoldResidualRow["source"], Style> = {
  PDE: styles.solver,
  model: { ...styles.model, dash: [5, 2] },
  "Gaussian baseline": styles.gaussian,
};

export function manifoldResidual(
  rows: readonly ManifoldResidualRow[],
  options: { channels: readonly Channel[]; name?: string },
): Figure {
  const { channels } = options;
  const sources = distinct(rows.map((r) => r.source));
  const panels = distinct(rows.map((r) => r.channel)).map((which) => ({
    title: channelNamed({ channels }, which).symbol,
    x: { title: "residual / std", scale: "log" as const },
    y: { title: "fraction of fields", domain: [0, 1] as const },
    layers: sources.flatMap((source) => {
      const here = rows.filter((r) => r.source === source && r.channel === which);
      const bands = here.flatMap(({ residual: x, low, high }) =>
        low === undefined || high === undefined ? [] : [{ x, low, high }],
      );
      const curve = here.map((r) => ({ x: r.residual, y: r.fraction }));
      return [band(bands, look[source]), line(curve, look[source])];
    }),
  }));
  return figure({
    name: options.name ?? "manifold-residual",
    caption: "Distribution of the distance of fields from the manifold of solutions",
    width: "one",
    columns: 1,
    panelHeight: 34,
    panels,
    legend: sources.map((source) => {
      const banded = rows.some((r) => r.source === source && r.low !== undefined);
      return { label: source, style: look[source], swatch: banded ? "line and band" : "line" };
    }),
    rows,
  });
}
