/**
 * The answer to "where does the bias in the mean come from?" as one figure. Above: one network, only its start law, the
 * centring of its data or beta_max changed; the bias is there in the first case alone. Below: the bias against beta_max
 * lies on the line that the start law predicts.
 */
import type { Channel } from "../../fields/channel";
import { figure } from "../../figures/parts/figure";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { type BiasAgainstBetaRow, betaLegend, betaPanels } from "./bias-against-beta";
import { type DecisiveComparisonRow, decisivePanels } from "./decisive-comparison";

export function meanBiasAtAGlance(
  cases: readonly DecisiveComparisonRow[],
  against: readonly BiasAgainstBetaRow[],
  options: { channels: readonly Channel[]; name?: string },
): Figure {
  const above = decisivePanels(cases, options.channels);
  const below = betaPanels(against, options.channels);
  return figure({
    name: options.name ?? "mean-bias",
    caption:
      "Mean bias of one network: by what its fields are started from, and against the largest noise rate with the " +
      "prediction from the start law",
    width: "two",
    columns: above.length,
    panelHeight: 7.5 * distinct(cases.map((r) => r.label)).length,
    panels: [
      ...above.map((panel) => ({ ...panel, title: `${panel.title}: what the start changes` })),
      ...below.map((panel) => ({ ...panel, title: `${panel.title}: start from N(0, I)` })),
    ],
    legend: betaLegend(against),
    rows: [
      ...cases.map((row) => ({ panel: "what the start changes", ...row })),
      ...against.map((row) => ({ panel: "start from N(0, I)", ...row })),
    ],
  });
}
