/**
 * The confounder: models that are told more and more about the porosity. Spread, absolute bias and their ratio against
 * what is told, for both samplers, each with the line that the closed form predicts. Points are drawn with the exact
 * Gaussian score.
 */
import type { Channel } from "../../fields/channel";
import { channelNamed } from "../../fields/shape";
import { figure } from "../../figures/parts/figure";
import { predictedAndMeasured } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { styles, type Style } from "../../figures/theme";

export interface ConfounderRow {
  /** What the model is told, in few letters, in order: "none", "mean", "2". */
  readonly told: string;
  readonly channel: string;
  readonly sampler: "reverse SDE" | "probability-flow ODE";
  readonly kind: "predicted" | "measured";
  /** Spread and bias relative to those of the model that is told nothing, ratio as bias / std. */
  readonly quantity: "spread" | "bias" | "ratio";
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

const titles = {
  spread: "std / untold",
  bias: "|bias| / untold",
  ratio: "|bias| / |std|",
} as const;
const look: Record<ConfounderRow["sampler"], { predicted: Style; measured: Style & { open?: boolean } }> = {
  "reverse SDE": { predicted: { ...styles.theory, dash: undefined }, measured: styles.gaussian },
  "probability-flow ODE": { predicted: styles.theory, measured: { ...styles.gaussian, shape: "square", open: true } },
};

export function confounder(
  rows: readonly ConfounderRow[],
  options: { channels: readonly Channel[]; name?: string },
): Figure {
  const { channels } = options;
  const categories = distinct(rows.map((r) => r.told));
  const samplers = distinct(rows.map((r) => r.sampler));
  const quantities = (Object.keys(titles) as ConfounderRow["quantity"][]).filter((q) =>
    rows.some((r) => r.quantity === q),
  );
  const panels = quantities.flatMap((quantity) =>
    distinct(rows.map((r) => r.channel)).map((which) => ({
      title: channelNamed({ channels }, which).symbol,
      x: { title: "told about ε (modes)", scale: "categories" as const, categories },
      y: { title: titles[quantity], zero: true },
      layers: samplers.flatMap((sampler) => {
        const of = (kind: ConfounderRow["kind"]) =>
          rows.filter(
            (r) => r.channel === which && r.quantity === quantity && r.sampler === sampler && r.kind === kind,
          );
        const at = ({ told: x, value: y, low, high }: ConfounderRow) => ({ x, y, low, high });
        return predictedAndMeasured(of("predicted").map(at), of("measured").map(at), look[sampler]);
      }),
    })),
  );
  return figure({
    name: options.name ?? "confounder",
    caption: "Spread and mean bias of models that are told more and more about the porosity",
    width: "one",
    columns: channels.length,
    panelHeight: 22,
    panels,
    legend: samplers.flatMap((sampler) => [
      { label: `${sampler}, predicted`, style: look[sampler].predicted, swatch: "line" as const },
      {
        label: `${sampler}, measured`,
        style: look[sampler].measured,
        swatch: look[sampler].measured.open ? ("open point" as const) : ("point and bar" as const),
      },
    ]),
    rows,
  });
}
