/**
 * The bias budget: what each cause contributes to the mean bias when it alone is switched, with error bars and what is
 * left over.
 */
import type { Channel } from "../../fields/channel";
import { channelNamed } from "../../fields/shape";
import { figure } from "../../figures/parts/figure";
import { flatBars, flatErrorBars, reference, words } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { colours, styles } from "../../figures/theme";

export interface BiasBudgetRow {
  readonly cause: string; // "prior mismatch", "score error", ...
  readonly channel: string;
  readonly value: number; // in units of the ensemble's std
  readonly low: number;
  readonly high: number;
}

export function biasBudget(
  rows: readonly BiasBudgetRow[],
  options: { channels: readonly Channel[]; name?: string; title?: string },
): Figure {
  const { channels, name = "bias-budget", title = "contribution to |bias| / |std|" } = options;
  const categories = distinct(rows.map((r) => r.cause));
  const panels = distinct(rows.map((r) => r.channel)).map((which) => {
    const here = rows.filter((r) => r.channel === which);
    const low = Math.min(0, ...here.map((r) => r.low));
    const high = Math.max(0, ...here.map((r) => r.high));
    return {
      title: channelNamed({ channels }, which).symbol,
      x: { title, domain: [1.05 * low, high + 0.3 * (high - low)] as const },
      y: { title: "", scale: "categories" as const, categories },
      layers: [
        flatBars(
          here.map((r) => ({ y: r.cause, value: r.value })),
          styles.model,
          8,
        ),
        flatErrorBars(
          here.map((r) => ({ y: r.cause, low: r.low, high: r.high })),
          { ...styles.theory, colour: colours.theory },
        ),
        reference({ x: 0 }, { colour: colours.theory }),
        words(
          here.map((r) => ({ y: r.cause, x: Math.max(0, r.value, r.high), text: signed(r.value) })),
          { dx: 4 },
        ),
      ],
    };
  });
  return figure({
    name,
    caption: "Contributions to the mean bias, each cause switched alone",
    width: "one",
    columns: 1,
    panelHeight: 4.4 * categories.length,
    panels,
    rows,
  });
}

/** Three decimals with a true minus. */
function signed(value: number): string {
  return value
    .toFixed(3)
    .replace(/^-(?=.*[1-9])/, "−")
    .replace("-", "");
}
