/**
 * Second differences of fields by wavenumber: solver, a sampler that stops before its last denoising step, and the same
 * with it (both with the exact Gaussian score). What others published without a spectrum is drawn as it would be were
 * its excess white.
 */
import type { Channel } from "../../fields/channel";
import { channelNamed } from "../../fields/shape";
import { figure } from "../../figures/parts/figure";
import { band, line } from "../../figures/parts/layers";
import { distinct, titled } from "../../figures/parts/quantities";
import { spreadScale } from "../../figures/parts/scales";
import type { Figure } from "../../figures/spec";
import { sequence, styles, type Style } from "../../figures/theme";

export interface RoughnessSpectrumRow {
  readonly source: "solver" | "without last step" | "with last step" | "predicted" | "published, if white";
  readonly channel: string;
  /** Half-waves along the electrode. */
  readonly wavenumber: number;
  /** Root mean square amplitude of the second difference of the fluctuation, SI. */
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

export function roughnessSpectrumFigure(
  rows: readonly RoughnessSpectrumRow[],
  options: { channels: readonly Channel[]; name?: string },
): Figure {
  const sources = (Object.keys(look) as RoughnessSpectrumRow["source"][]).filter((s) =>
    rows.some((r) => r.source === s),
  );
  const panels = distinct(rows.map((r) => r.channel)).map((which) => {
    const own = rows.filter((r) => r.channel === which);
    const amplitudes = own.map((r) => r.amplitude);
    const { symbol, unit, spread } = spreadScale(channelNamed(options, which), amplitudes, { log: true });
    const of = (source: RoughnessSpectrumRow["source"]) => own.filter((r) => r.source === source);
    return {
      title: symbol,
      x: { title: "half-waves along the electrode" },
      y: { title: titled(`${symbol}: 2nd difference`, unit), scale: "log" as const },
      layers: [
        ...sources.map((source) =>
          band(
            of(source).flatMap(({ wavenumber: x, low, high }) =>
              low === undefined || high === undefined ? [] : [{ x, low: spread(low), high: spread(high) }],
            ),
            look[source],
          ),
        ),
        ...sources.map((source) =>
          line(
            of(source).map((r) => ({ x: r.wavenumber, y: spread(r.amplitude) })),
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
