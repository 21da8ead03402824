/**
 * Ways of telling the network its condition: one line a variant, one panel a measure; open points are seeds, filled
 * ones their mean.
 */
import { figure } from "../../figures/parts/figure";
import { flatErrorBars, points } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { styles } from "../../figures/theme";

export interface FilmAblationRow {
  readonly variant: string; // "no conditioning", "condition as channels", "FiLM", ..
  readonly measure: string; // title of the panel's axis, with its unit
  readonly kind: "seed" | "mean";
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

const seeds = { ...styles.theory, shape: "circle" } as const;

/** One measure makes a figure of one column, several one of two. */
export function filmAblation(
  rows: readonly FilmAblationRow[],
  options: { name?: string; log?: readonly string[] } = {},
): Figure {
  const { name = "film-ablation", log = [] } = options;
  const categories = distinct(rows.map((r) => r.variant));
  const measures = distinct(rows.map((r) => r.measure));
  const panels = measures.map((measure, i) => {
    const of = (kind: FilmAblationRow["kind"]) => rows.filter((r) => r.measure === measure && r.kind === kind);
    const at = (r: FilmAblationRow) => ({ y: r.variant, x: r.value });
    const bars = of("mean").flatMap((r) =>
      r.low === undefined || r.high === undefined ? [] : [{ y: r.variant, low: r.low, high: r.high }],
    );
    return {
      x: { title: measure, scale: log.includes(measure) ? ("log" as const) : ("linear" as const), ticks: 4 },
      y: { title: "", scale: "categories" as const, categories, grid: true, labels: i % 3 === 0 },
      layers: [
        flatErrorBars(bars, styles.model),
        points(of("mean").map(at), styles.model, { size: 42 }),
        points(of("seed").map(at), seeds, { open: true, size: 16 }),
      ],
    };
  });
  return figure({
    name,
    caption: "Ablation of the conditioning at equal parameters, data and compute",
    width: measures.length > 1 ? "two" : "one",
    columns: Math.min(3, measures.length),
    panelHeight: 7 * categories.length,
    panels,
    legend: [
      { label: "mean over seeds, 95 % interval", style: styles.model, swatch: "point and bar" },
      { label: "single seeds", style: seeds, swatch: "open point" },
    ],
    rows,
  });
}
