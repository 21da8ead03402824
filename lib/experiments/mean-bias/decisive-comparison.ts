/**
 * The decisive comparison: the same network, with only the start law, the centring of the data or β_max changed. One
 * line a case, its bias in standard deviations for both channels, with error bars.
 */
import type { Channel } from "../../fields/channel";
import { channelNamed } from "../../fields/shape";
import { figure, type Panel } from "../../figures/parts/figure";
import { flatErrorBars, points, reference } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { styles } from "../../figures/theme";

export interface DecisiveComparisonRow {
  /** The case in few words: what was changed. */
  readonly label: string;
  readonly start: string; // "N(0, I)", "matched moments"
  readonly centring: string; // "whole data set", "per condition"
  readonly betaMax: number;
  readonly channel: string;
  /** Measured with the network, or predicted by the closed form. */
  readonly kind: "measured" | "predicted";
  readonly ratio: number;
  readonly low?: number;
  readonly high?: number;
}

const caseOf = (r: DecisiveComparisonRow): string => r.label;

const predicted = { ...styles.theory, shape: "upright" as const };

/** A panel for each channel. */
export function decisivePanels(rows: readonly DecisiveComparisonRow[], channels: readonly Channel[]): Panel[] {
  const categories = distinct(rows.map(caseOf));
  return distinct(rows.map((r) => r.channel)).map((which, i) => {
    const of = (kind: DecisiveComparisonRow["kind"]) => rows.filter((r) => r.channel === which && r.kind === kind);
    const at = (r: DecisiveComparisonRow) => ({ y: caseOf(r), x: r.ratio });
    const bars = of("measured").flatMap((r) =>
      r.low === undefined || r.high === undefined ? [] : [{ y: caseOf(r), low: r.low, high: r.high }],
    );
    return {
      title: channelNamed({ channels }, which).symbol,
      x: { title: "|bias| / |std|", zero: true },
      y: { title: "", scale: "categories" as const, categories, grid: true, labels: i === 0 },
      layers: [
        reference({ x: 0 }),
        flatErrorBars(bars, styles.model),
        points(of("predicted").map(at), predicted),
        points(of("measured").map(at), styles.model, { size: 42 }),
      ],
    };
  });
}

export function decisiveComparison(
  rows: readonly DecisiveComparisonRow[],
  options: { channels: readonly Channel[]; name?: string },
): Figure {
  return figure({
    name: options.name ?? "decisive-comparison",
    caption: "Mean bias of one network by start law, centring of the data and largest noise rate",
    width: "one",
    panelHeight: 6.5 * distinct(rows.map(caseOf)).length,
    panels: decisivePanels(rows, options.channels),
    legend: [
      { label: "trained network", style: styles.model, swatch: "point and bar" as const },
      ...(rows.some((r) => r.kind === "predicted")
        ? [{ label: "closed form", style: predicted, swatch: "point" as const }]
        : []),
    ],
    rows,
  });
}
