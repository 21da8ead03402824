/** The error of guided samplers by the weight of their guidance, predicted without drawing. */
import { figure } from "../../figures/parts/figure";
import { line, points, reference } from "../../figures/parts/layers";
import type { Figure } from "../../figures/spec";
import { sequence, type Style } from "../../figures/theme";
import { type Guidance, guidances } from "../../inverse/guidance";
import type { MeasurementsResult } from "./stage";

const look: Readonly<Record<string, Style>> = { dps: sequence[2], pigdm: sequence[1], mmps: sequence[0] };

/** For Gaussian data the last two are one and the same: dashes over a line show both. */
const drawn = ["dps", "mmps", "pigdm"] as const satisfies readonly Guidance[];

/** (a) bias of the mean and (b) logarithm of the spread's ratio against the weight, 20 levels. */
export function guidanceFigure({ predicted }: MeasurementsResult): Figure {
  const rows = predicted.rows.filter(({ levels }) => levels === 20);
  const shown = (value: number): number => Math.max(-3, Math.min(3, value));
  const panel = (title: string, value: (row: (typeof rows)[number]) => number) => ({
    x: { title: "weight w (dps: over the largest that steps bear)", scale: "log" as const },
    y: { title, zero: true },
    layers: [
      reference({ y: 0 }),
      ...drawn.flatMap((guidance) => {
        const curve = rows
          .filter((row) => row.guidance === guidance)
          .sort((a, b) => a.weight - b.weight)
          .map((row) => ({ x: row.weight, y: shown(value(row)) }));
        return [line(curve, look[guidance]), points(curve, look[guidance])];
      }),
    ],
  });
  return figure({
    name: "10-guidance",
    caption: "Predicted error of guided samplers for Gaussian data",
    width: "two",
    panelHeight: 38,
    panels: [panel("bias (posterior std)", (r) => r.bias), panel("ln(std ratio)", (r) => r.logSpread)],
    legend: guidances.map((label) => ({ label, style: look[label], swatch: "line and point" as const })),
    rows: rows.map((row) => ({ ...row })),
  });
}
