/**
 * Where the fields tell nothing of the porosity: posterior over prior standard deviation along x, by what is observed.
 * One: nothing learned.
 */
import { figure } from "../../figures/parts/figure";
import { band, line, reference } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import { lengthScale } from "../../figures/parts/scales";
import type { Figure } from "../../figures/spec";
import { colours, styleOf, styles, type Style } from "../../figures/theme";

export interface PosteriorSpreadRow {
  readonly correlation: string; // one panel each
  /** "φ alone", "both", or "linearised" beside "sampled". */
  readonly observed: string;
  readonly x: number; // m
  readonly ratio: number;
  /** Range over draws of the porosity, or Monte-Carlo band. */
  readonly low?: number;
  readonly high?: number;
}

const everything = { ...styles.theory, dash: undefined };
const look: Readonly<Record<string, Style>> = {
  both: everything,
  all: everything,
  linearised: styles.theory,
  sampled: { ...styles.solver, dash: undefined },
};
/** What is looked at alone, in order. */
const alone: readonly Style[] = [
  { ...styles.gaussian, colour: colours.brown },
  { ...styles.empirical, colour: colours.cyan },
];
const styleOfView = (observed: string, k: number): Style => look[observed] ?? alone[k] ?? styleOf(k);

export function posteriorSpread(
  rows: readonly PosteriorSpreadRow[],
  options: { axis: { readonly name: string; readonly length: number }; name?: string },
): Figure {
  const along = lengthScale(options.axis);
  const lengths = distinct(rows.map((r) => r.correlation));
  const observations = distinct(rows.map((r) => r.observed));
  const panels = lengths.map((correlation) => ({
    title: lengths.length > 1 ? correlation : undefined,
    x: { title: along.title },
    y: { title: "posterior std / prior std", domain: [0, 1.1] as const, values: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    layers: [
      reference({ y: 1 }),
      ...observations.flatMap((observed, k) => {
        const here = rows.filter((r) => r.correlation === correlation && r.observed === observed);
        const bands = here.flatMap(({ x, low, high }) =>
          low === undefined || high === undefined ? [] : [{ x: along.shown(x), low, high }],
        );
        const curve = here.map((r) => ({ x: along.shown(r.x), y: r.ratio }));
        const style = styleOfView(observed, k);
        return [band(bands, style), line(curve, style)];
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
    legend: observations.map((observed, k) => {
      const banded = rows.some((r) => r.observed === observed && r.low !== undefined);
      return { label: observed, style: styleOfView(observed, k), swatch: banded ? "line and band" : "line" };
    }),
    rows,
  });
}
