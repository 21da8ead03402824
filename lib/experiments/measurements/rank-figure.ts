/** Ranks of the truth in each method's posterior: flat where the truth is one of its draws. */
import { figure } from "../../figures/parts/figure";
import { band, line, reference } from "../../figures/parts/layers";
import type { Figure } from "../../figures/spec";
import { styleOf, styles, type Style } from "../../figures/theme";
import type { Case } from "../case";
import { symbolOf } from "./panel-title";
import type { MeasurementsResult } from "./stage";

const look: Readonly<Record<string, Style>> = {
  "solver again": styles.solver,
  network: styles.model,
  gaussian: styles.gaussian,
};

/**
 * Truths in each part of the posterior over the number expected, one panel a channel; the band is two standard
 * deviations of it.
 */
export function rankFigure({ ranks }: MeasurementsResult, { problem }: Pick<Case, "problem">): Figure {
  const methods = [...new Set(ranks.map(({ method }) => method))];
  const style = (method: string): Style => look[method] ?? styleOf(1 + methods.indexOf(method));
  const panels = [...new Set(ranks.map(({ channel }) => channel))].map((channel) => {
    const here = ranks.filter((row) => row.channel === channel);
    const [first] = here;
    const chance = 2 * Math.sqrt(first.counts.length / first.measurements);
    return {
      title: symbolOf(problem, channel),
      x: { title: "rank of the truth", domain: [0, 1] as const },
      y: { title: "relative frequency", zero: true },
      layers: [
        band(
          [0, 1].map((x) => ({ x, low: 1 - chance, high: 1 + chance })),
          styles.solver,
          { opacity: 0.12 },
        ),
        reference({ y: 1 }),
        ...here.map(({ method, counts, measurements }) =>
          line(
            counts.map((n, b) => ({ x: (b + 0.5) / counts.length, y: (n * counts.length) / measurements })),
            style(method),
          ),
        ),
      ],
    };
  });
  return figure({
    name: "10-ranks",
    caption: "Ranks of the hidden truth in the posterior of each method",
    width: "two",
    panelHeight: 40,
    panels,
    legend: methods.map((method) => ({ label: method, style: style(method), swatch: "line" as const })),
    rows: ranks.flatMap(({ method, channel, counts, measurements }) =>
      counts.map((n, part) => ({ method, channel, part, parts: counts.length, truths: n, measurements })),
    ),
  });
}
