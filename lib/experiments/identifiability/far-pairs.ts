/**
 * Two porosities far apart whose fields are nearly the same: the porosities on the left, on the right the differences of their fields in
 * units of the noise, which is a band from -1 to 1 (0.1 mV on φ).
 */
import { figure, type Panel } from "../../figures/parts/figure";
import { band, line, reference } from "../../figures/parts/layers";
import { distinct, micrometres, millivolts, xTitle } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { colours, styles } from "../../figures/theme";

export interface FarPairRow {
  readonly pair: string; // "ℓ = L/10": one row of panels each
  readonly x: number; // m
  readonly epsA: number;
  readonly epsB: number;
  readonly differencePhi: number; // V
  readonly differenceC?: number; // mol/m3
}

const [a, b] = [{ ...styles.gaussian, dash: undefined }, styles.empirical];
const [phi, c] = [{ ...styles.theory, dash: undefined }, styles.theory];
const ruler = { colour: colours.rule, shape: "circle" } as const;

export function farPairs(
  rows: readonly FarPairRow[],
  options: { name?: string; noisePhi?: number; noiseC?: number } = {},
): Figure {
  const { name = "far-pairs", noisePhi = 1e-4, noiseC = 0.1 } = options;
  const withC = rows.some((r) => r.differenceC !== undefined);
  const panels = distinct(rows.map((r) => r.pair)).flatMap((pair): Panel[] => {
    const here = rows.filter((r) => r.pair === pair);
    const porosity = (of: (r: FarPairRow) => number) => here.map((r) => ({ x: micrometres(r.x), y: of(r) }));
    const difference = (of: (r: FarPairRow) => number | undefined, noise: number) =>
      here.flatMap((r) => {
        const value = of(r);
        return value === undefined ? [] : [{ x: micrometres(r.x), y: value / noise }];
      });
    const [ofPhi, ofC] = [difference((r) => r.differencePhi, noisePhi), difference((r) => r.differenceC, noiseC)];
    const most = [...ofPhi, ...ofC].reduce((largest, { y }) => Math.max(largest, 1.1 * Math.abs(y)), 1.4);
    return [
      {
        title: pair,
        x: { title: xTitle },
        y: { title: "ε", domain: [0.2, 0.5], values: [0.2, 0.3, 0.4, 0.5] },
        layers: [line(porosity((r) => r.epsA), a), line(porosity((r) => r.epsB), b)], // prettier-ignore
      },
      {
        x: { title: xTitle },
        y: { title: "difference / noise", domain: [-most, most], values: [-1, 0, 1] },
        layers: [
          band(
            here.map((r) => ({ x: micrometres(r.x), low: -1, high: 1 })),
            ruler,
          ),
          reference({ y: 0 }),
          line(ofPhi, phi),
          line(ofC, c),
        ],
      },
    ];
  });
  const noises = [`± ${Number(millivolts(noisePhi).toPrecision(3))} mV`, ...(withC ? [`± ${noiseC} mol m⁻³`] : [])];
  return figure({
    name,
    caption: "Porosities far apart with nearly equal fields, and the difference of their fields against the noise",
    width: "one",
    columns: 2,
    headings: "row",
    panelHeight: 26,
    panels,
    legend: [
      { label: "porosity A", style: a, swatch: "line" },
      { label: "porosity B", style: b, swatch: "line" },
      { label: "difference of φ", style: phi, swatch: "line" },
      ...(withC ? [{ label: "difference of c", style: c, swatch: "line" as const }] : []),
      { label: `noise, ${noises.join(", ")}`, style: ruler, swatch: "band" },
    ],
    rows,
  });
}
