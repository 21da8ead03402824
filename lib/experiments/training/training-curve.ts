/**
 * How a training went: loss against step for the fields trained on and for fields held out, and, noise level by noise
 * level, how much less the held-out loss of the network is than that of the Gaussian baseline.
 */
import { figure, type Panel } from "../../figures/parts/figure";
import { line, points, reference } from "../../figures/parts/layers";
import type { Figure } from "../../figures/spec";
import { styles, type Style } from "../../figures/theme";

export interface LossRow {
  readonly step: number;
  readonly split: "training" | "held out";
  readonly loss: number;
}
export interface ImprovementRow {
  /** Standard deviation of the noise over that of the data, or any other measure of the noise, as `noiseTitle` says. */
  readonly noise: number;
  /** 1 - loss of the network / loss of the baseline. */
  readonly improvement: number;
}

const look: Record<LossRow["split"], Style> = {
  training: { ...styles.model, width: 0.9 },
  "held out": { ...styles.theory, dash: undefined, width: 1.1 },
};

export function trainingCurve(
  losses: readonly LossRow[],
  improvements: readonly ImprovementRow[] = [],
  options: { name?: string; noiseTitle?: string; lossTitle?: string; logLoss?: boolean; baseline?: string } = {},
): Figure {
  const {
    name = "training-curve",
    noiseTitle = "t",
    lossTitle = "loss",
    logLoss = true,
    baseline = "Gaussian baseline",
  } = options;
  const splits = (["training", "held out"] as const).filter((split) => losses.some((r) => r.split === split));
  const loss: Panel = {
    title: improvements.length > 0 ? "loss" : undefined,
    x: { title: "step", ticks: 4 },
    y: { title: lossTitle, scale: logLoss ? "log" : "linear" },
    layers: splits.map((split) =>
      line(
        losses.filter((r) => r.split === split).map((r) => ({ x: r.step, y: r.loss })),
        look[split],
      ),
    ),
  };
  const percent = improvements.map((r) => ({ x: r.noise, y: 100 * r.improvement }));
  const levels: Panel = {
    title: `network against ${baseline}`,
    x: { title: noiseTitle, scale: "log" },
    y: { title: "lower loss by (%)", zero: true },
    layers: [reference({ y: 0 }), line(percent, styles.model), points(percent, styles.model)],
  };
  return figure({
    name,
    caption: `Training and held-out loss against the step, and the gain over the ${baseline} at each noise level`,
    width: "one",
    columns: 1,
    panelHeight: 34,
    panels: improvements.length > 0 ? [loss, levels] : [loss],
    legend: splits.map((split) => ({ label: split, style: look[split], swatch: "line" })),
    rows: [
      ...losses.map((r) => ({ panel: "loss", ...r })),
      ...improvements.map((r) => ({ panel: "improvement", ...r })),
    ],
  });
}
