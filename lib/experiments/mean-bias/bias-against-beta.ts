/**
 * Mean bias against β_max for the reverse SDE and the probability-flow ODE: predicted lines, measured points with error
 * bars.
 */
import type { Channel } from "../../fields/channel";
import { channelNamed } from "../../fields/shape";
import { figure, type Panel } from "../../figures/parts/figure";
import { predictedAndMeasured } from "../../figures/parts/layers";
import type { Entry } from "../../figures/parts/legend";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { styles, type Style } from "../../figures/theme";

export interface BiasAgainstBetaRow {
  readonly channel: string;
  readonly sampler: "reverse SDE" | "probability-flow ODE";
  readonly kind: "predicted" | "measured";
  readonly betaMax: number;
  readonly ratio: number; // |bias| / |std| over the profile
  readonly low?: number;
  readonly high?: number;
}

const look: Record<BiasAgainstBetaRow["sampler"], { predicted: Style; measured: Style & { open?: boolean } }> = {
  "reverse SDE": { predicted: { ...styles.theory, dash: undefined }, measured: styles.model },
  "probability-flow ODE": { predicted: styles.theory, measured: { ...styles.model, shape: "square", open: true } },
};

/** A panel for each channel. */
export function betaPanels(rows: readonly BiasAgainstBetaRow[], channels: readonly Channel[]): Panel[] {
  const samplers = distinct(rows.map((r) => r.sampler));
  return distinct(rows.map((r) => r.channel)).map((which) => ({
    title: channelNamed({ channels }, which).symbol,
    x: { title: "β_max", scale: "log" as const },
    y: { title: "|bias| / |std|", scale: "log" as const },
    layers: samplers.flatMap((sampler) => {
      const of = (kind: BiasAgainstBetaRow["kind"]) =>
        rows.filter((r) => r.channel === which && r.sampler === sampler && r.kind === kind);
      const at = ({ betaMax: x, ratio: y, low, high }: BiasAgainstBetaRow) => ({ x, y, low, high });
      return predictedAndMeasured(of("predicted").map(at), of("measured").map(at), look[sampler]);
    }),
  }));
}

export function betaLegend(rows: readonly BiasAgainstBetaRow[]): Entry[] {
  return distinct(rows.map((r) => r.sampler)).flatMap((sampler) => [
    { label: `${sampler}, predicted`, style: look[sampler].predicted, swatch: "line" as const },
    {
      label: `${sampler}, measured`,
      style: look[sampler].measured,
      swatch: look[sampler].measured.open ? ("open point" as const) : ("point and bar" as const),
    },
  ]);
}

export function biasAgainstBeta(
  rows: readonly BiasAgainstBetaRow[],
  options: { channels: readonly Channel[]; name?: string },
): Figure {
  return figure({
    name: options.name ?? "bias-against-beta",
    caption: "Mean bias against the largest noise rate, predicted and measured, for both ways of sampling",
    width: "one",
    panelHeight: 38,
    panels: betaPanels(rows, options.channels),
    legend: betaLegend(rows),
    rows,
  });
}
