/**
 * Second differences of fields by wavenumber: solver, a sampler that stops before its last denoising step, and the same with it (both with
 * the exact Gaussian score). What others published without a spectrum is drawn as it would be were its excess white.
 */
import { figure } from "../../figures/parts/figure";
import { band, line } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { sequence, styles, type Style } from "../../figures/theme";

export interface RoughnessSpectrumRow {
  readonly source: "solver" | "without last step" | "with last step" | "predicted" | "published, if white";
  readonly channel: "c" | "phi";
  /** Half-waves along the electrode. */
  readonly wavenumber: number;
  /** Root mean square amplitude of the second difference of the fluctuation; mol/m3 or V. */
  readonly amplitude: number;
  readonly low?: number;
  readonly high?: number;
}

const look: Record<RoughnessSpectrumRow["source"], Style> = {
  solver: styles.solver,
  "without last step": { ...sequence[1], dash: undefined },
  "with last step": styles.gaussian,
  predicted: styles.theory,
  "published, if white": styles.published,
};
const axis = {
  c: { title: "c: 2nd difference (mol m⁻³)", unit: 1 },
  phi: { title: "φ: 2nd difference (mV)", unit: 1e3 },
} as const;

export function roughnessSpectrumFigure(
  rows: readonly RoughnessSpectrumRow[],
  options: { name?: string } = {},
): Figure {
  const sources = (Object.keys(look) as RoughnessSpectrumRow["source"][]).filter((s) =>
    rows.some((r) => r.source === s),
  );
  const panels = distinct(rows.map((r) => r.channel)).map((which) => {
    const { title, unit } = axis[which];
    const of = (source: RoughnessSpectrumRow["source"]) =>
      rows.filter((r) => r.channel === which && r.source === source);
    return {
      title: which === "phi" ? "φ" : which,
      x: { title: "half-waves along the electrode" },
      y: { title, scale: "log" as const },
      layers: [
        ...sources.map((source) =>
          band(
            of(source).flatMap(({ wavenumber: x, low, high }) =>
              low === undefined || high === undefined ? [] : [{ x, low: unit * low, high: unit * high }],
            ),
            look[source],
          ),
        ),
        ...sources.map((source) =>
          line(
            of(source).map((r) => ({ x: r.wavenumber, y: unit * r.amplitude })),
            look[source],
          ),
        ),
      ],
    };
  });
  return figure({
    name: options.name ?? "roughness-spectrum",
    caption: "Second differences of the fields by wavenumber, with and without the last denoising step",
    width: "one",
    columns: 1,
    panelHeight: 34,
    panels,
    legend: sources.map((s) => ({ label: s, style: look[s], swatch: /^p/.test(s) ? "line" : "line and band" })),
    rows,
  });
}
