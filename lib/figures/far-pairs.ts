/**
 * Two porosities far apart whose fields are nearly the same: the porosities on the left, then for each channel the difference of
 * their fields within a ruler of the noise (0.1 mV on φ).
 */
import { figure, type Panel } from "./parts/figure";
import { band, line, reference } from "./parts/layers";
import { channel, distinct, micrometres, xTitle } from "./parts/quantities";
import type { Figure } from "./spec";
import { colours, styles } from "./theme";

export interface FarPairRow {
  readonly pair: string; // "ℓ = L/10": one row of panels each
  readonly x: number; // m
  readonly epsA: number;
  readonly epsB: number;
  readonly differencePhi: number; // V
  readonly differenceC?: number; // mol/m3
}

export function farPairs(
  rows: readonly FarPairRow[],
  options: { name?: string; noisePhi?: number; noiseC?: number } = {},
): Figure {
  const { name = "far-pairs", noisePhi = 1e-4, noiseC } = options;
  const pairs = distinct(rows.map((r) => r.pair));
  const withC = rows.some((r) => r.differenceC !== undefined);
  const b = { ...styles.empirical };
  const panels = pairs.flatMap((pair): Panel[] => {
    const here = rows.filter((r) => r.pair === pair);
    const porosity: Panel = {
      title: pair,
      x: { title: xTitle },
      y: { title: "ε", domain: [0.2, 0.5] },
      layers: [
        line(
          here.map((r) => ({ x: micrometres(r.x), y: r.epsA })),
          styles.solver,
        ),
        line(
          here.map((r) => ({ x: micrometres(r.x), y: r.epsB })),
          b,
        ),
      ],
    };
    const difference = (which: "c" | "phi", of: (r: FarPairRow) => number | undefined, noise?: number): Panel => {
      const { symbol, unit, spread } = channel(which);
      const curve = here.flatMap((r) => {
        const value = of(r);
        return value === undefined ? [] : [{ x: micrometres(r.x), y: spread(value) }];
      });
      const ruler = noise === undefined ? [] : curve.map(({ x }) => ({ x, low: -spread(noise), high: spread(noise) }));
      const most = curve.reduce((largest, { y }) => Math.max(largest, Math.abs(y)), spread(noise ?? 0));
      return {
        x: { title: xTitle },
        y: { title: `difference of ${symbol} (${unit})`, ticks: 4, domain: [-1.3 * most, 1.3 * most] },
        layers: [
          band(ruler, { colour: colours.rule, shape: "circle" }),
          reference({ y: 0 }),
          line(curve, { ...styles.theory, dash: undefined }),
        ],
      };
    };
    return [
      porosity,
      ...(withC ? [difference("c", (r) => r.differenceC, noiseC)] : []),
      difference("phi", (r) => r.differencePhi, noisePhi),
    ];
  });
  const rulers = [
    noisePhi !== undefined ? `± ${channel("phi").spread(noisePhi)} mV` : "",
    noiseC !== undefined ? `± ${noiseC} mol m⁻³` : "",
  ];
  return figure({
    name,
    caption: "Porosities far apart with nearly equal fields, and the difference of their fields against the noise",
    width: "two",
    columns: withC ? 3 : 2,
    panelHeight: 34,
    panels,
    legend: [
      { label: "porosity A", style: styles.solver, swatch: "line" },
      { label: "porosity B", style: b, swatch: "line" },
      { label: "field of A − field of B", style: { ...styles.theory, dash: undefined }, swatch: "line" },
      {
        label: `noise, ${rulers.filter(Boolean).join(", ")}`,
        style: { colour: colours.rule, shape: "circle" },
        swatch: "band",
      },
    ],
    rows,
  });
}
