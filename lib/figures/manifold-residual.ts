/** Do generated fields solve the equations? Distribution of the residual after an admissible porosity was recovered from φ. */
import { figure } from "./parts/figure";
import { line } from "./parts/layers";
import { distinct } from "./parts/quantities";
import type { Figure } from "./spec";
import { styles, type Style } from "./theme";

export interface ManifoldResidualRow {
  readonly source: "PDE" | "model" | "Gaussian baseline";
  readonly channel: "c" | "phi";
  readonly residual: number; // in standard deviations of the ensemble
  readonly fraction: number; // of the fields with a residual up to this one
}

const look: Record<ManifoldResidualRow["source"], Style> = {
  PDE: styles.solver,
  model: { ...styles.model, dash: [5, 2] },
  "Gaussian baseline": styles.gaussian,
};

export function manifoldResidual(rows: readonly ManifoldResidualRow[], options: { name?: string } = {}): Figure {
  const sources = distinct(rows.map((r) => r.source));
  const channels = distinct(rows.map((r) => r.channel));
  const panels = channels.map((which) => ({
    title: which === "phi" ? "φ" : which,
    x: { title: "residual / std", scale: "log" as const },
    y: { title: "fraction of fields", domain: [0, 1] as const },
    layers: sources.map((source) =>
      line(
        rows.filter((r) => r.source === source && r.channel === which).map((r) => ({ x: r.residual, y: r.fraction })),
        look[source],
      ),
    ),
  }));
  return figure({
    name: options.name ?? "manifold-residual",
    caption: "Distribution of the distance of fields from the manifold of solutions",
    width: channels.length > 1 ? "two" : "one",
    panelHeight: 42,
    panels,
    legend: sources.map((source) => ({ label: source, style: look[source], swatch: "line" })),
    rows,
  });
}
