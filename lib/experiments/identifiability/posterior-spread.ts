/** Where the fields tell nothing of the porosity: posterior over prior standard deviation along x, by what is observed. One: nothing learned. */
import { figure } from "../../figures/parts/figure";
import { band, line, reference } from "../../figures/parts/layers";
import { distinct, micrometres, xTitle } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { colours, styles, type Style } from "../../figures/theme";

export interface PosteriorSpreadRow {
  readonly correlation: string; // one panel each
  readonly observed: "φ alone" | "c alone" | "both" | "linearised" | "sampled";
  readonly x: number; // m
  readonly ratio: number;
  /** Range over draws of the porosity, or Monte-Carlo band. */
  readonly low?: number;
  readonly high?: number;
}

const look: Record<PosteriorSpreadRow["observed"], Style> = {
  "φ alone": { ...styles.gaussian, colour: colours.brown },
  "c alone": { ...styles.empirical, colour: colours.cyan },
  both: { ...styles.theory, dash: undefined },
  linearised: styles.theory,
  sampled: { ...styles.solver, dash: undefined },
};

export function posteriorSpread(rows: readonly PosteriorSpreadRow[], options: { name?: string } = {}): Figure {
  const lengths = distinct(rows.map((r) => r.correlation));
  const observations = distinct(rows.map((r) => r.observed));
  const panels = lengths.map((correlation) => ({
    title: lengths.length > 1 ? correlation : undefined,
    x: { title: xTitle },
    y: { title: "posterior std / prior std", domain: [0, 1.1] as const, values: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    layers: [
      reference({ y: 1 }),
      ...observations.flatMap((observed) => {
        const here = rows.filter((r) => r.correlation === correlation && r.observed === observed);
        const bands = here.flatMap(({ x, low, high }) =>
          low === undefined || high === undefined ? [] : [{ x: micrometres(x), low, high }],
        );
        const curve = here.map((r) => ({ x: micrometres(r.x), y: r.ratio }));
        return [band(bands, look[observed]), line(curve, look[observed])];
      }),
    ],
  }));
  return figure({
    name: options.name ?? "posterior-spread",
    caption: "Posterior over prior standard deviation of the porosity along the electrode",
    width: "one",
    columns: 1,
    panelHeight: 30,
    panels,
    legend: observations.map((observed) => {
      const banded = rows.some((r) => r.observed === observed && r.low !== undefined);
      return { label: observed, style: look[observed], swatch: banded ? "line and band" : "line" };
    }),
    rows,
  });
}
