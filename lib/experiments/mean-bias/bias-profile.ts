/**
 * Mean bias along x in standard deviations of the ensemble, β_max by β_max: what the closed form says, what exact
 * scores give (of the Gaussian, of the finite ensemble), what the trained network gives, what was published. Bands are
 * Monte-Carlo errors.
 */
import { onlyAxis } from "../../fields/grid";
import { channelNamed, type Shape } from "../../fields/shape";
import { figure } from "../../figures/parts/figure";
import { band, line, reference } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import { lengthScale } from "../../figures/parts/scales";
import type { Figure } from "../../figures/spec";
import { styles, type Style } from "../../figures/theme";

export type BiasSource =
  "closed form" | "exact Gaussian score" | "exact empirical score" | "trained network" | "published";

export interface BiasProfileRow {
  readonly betaMax: number;
  readonly channel: string;
  readonly source: BiasSource;
  readonly x: number; // m
  readonly bias: number; // in standard deviations of the ensemble
  readonly low?: number;
  readonly high?: number;
}

/** How each answer to "how large is the bias?" is drawn, here and in every figure about it. */
const biasStyles: Record<BiasSource, Style> = {
  "closed form": styles.theory,
  "exact Gaussian score": styles.gaussian,
  "exact empirical score": styles.empirical,
  "trained network": styles.model,
  published: styles.published,
};

export function biasProfile(rows: readonly BiasProfileRow[], options: { shape: Shape; name?: string }): Figure {
  const { shape, name = "bias-profile" } = options;
  const along = lengthScale(onlyAxis(shape.grid, name));
  const interval = ({ x, low, high }: BiasProfileRow) =>
    low === undefined || high === undefined ? [] : [{ x: along.shown(x), low, high }];
  const channels = distinct(rows.map((r) => r.channel));
  const sources = (Object.keys(biasStyles) as BiasSource[]).filter((s) => rows.some((r) => r.source === s));
  const panels = distinct(rows.map((r) => r.betaMax)).flatMap((betaMax) =>
    channels.map((which) => {
      const of = (source: BiasSource) =>
        rows.filter((r) => r.betaMax === betaMax && r.channel === which && r.source === source);
      return {
        title: `${channelNamed(shape, which).symbol}, β_max = ${betaMax}`,
        x: { title: along.title },
        y: { title: "bias / std" },
        layers: [
          reference({ y: 0 }),
          ...sources.map((source) => band(of(source).flatMap(interval), biasStyles[source], { opacity: 0.2 })),
          ...sources.map((source) =>
            line(
              of(source).map((r) => ({ x: along.shown(r.x), y: r.bias })),
              biasStyles[source],
            ),
          ),
        ],
      };
    }),
  );
  return figure({
    name,
    caption: "Mean bias along the electrode: closed form, exact scores, trained network, published",
    width: "one",
    columns: channels.length,
    panelHeight: 26,
    panels,
    legend: sources.map((source) => {
      const banded = rows.some((r) => r.source === source && r.low !== undefined);
      return { label: source, style: biasStyles[source], swatch: banded ? "line and band" : "line" };
    }),
    rows,
  });
}
