/**
 * Two porosities that no measurement of the potential can tell apart where potentials are given at both ends, and can
 * where a current is.
 */
import { figure } from "../../figures/parts/figure";
import { line, reference } from "../../figures/parts/layers";
import type { Figure } from "../../figures/spec";
import { styles } from "../../figures/theme";

export interface ExactFamilyRow {
  readonly x: number; // m
  readonly eps: number;
  readonly member: number;
  /** phi of the member minus phi of eps, V. */
  readonly twoPotentials: number;
  readonly potentialAndCurrent: number;
}

export function exactFamilyFigure(rows: readonly ExactFamilyRow[], options: { name?: string } = {}): Figure {
  const [a, b] = [{ ...styles.gaussian, dash: undefined }, styles.empirical];
  const curve = (y: (r: ExactFamilyRow) => number) => rows.map((r) => ({ x: r.x, y: y(r) }));
  const current = styles.theory;
  return figure({
    name: options.name ?? "exact-family",
    caption:
      "Two porosities with one potential, and how far apart their potentials are when a current is given instead",
    width: "one",
    columns: 1,
    panelHeight: 32,
    panels: [
      {
        title: "porosity",
        x: { title: "x (m)" },
        y: { title: "ε", domain: [0.2, 0.5] },
        layers: [line(curve((r) => r.eps), a), line(curve((r) => r.member), b)], // prettier-ignore
      },
      {
        title: "potential",
        x: { title: "x (m)" },
        y: { title: "φ of B − φ of A (V)" },
        layers: [
          reference({ y: 0 }),
          line(curve((r) => r.potentialAndCurrent), current), // prettier-ignore
          line(curve((r) => r.twoPotentials), { ...styles.theory, dash: undefined }), // prettier-ignore
        ],
      },
    ],
    legend: [
      { label: "porosity A", style: a, swatch: "line" },
      { label: "porosity B", style: b, swatch: "line" },
      { label: "potentials given at both ends", style: { ...styles.theory, dash: undefined }, swatch: "line" },
      { label: "a current given at the right end", style: current, swatch: "line" },
    ],
    rows,
  });
}
