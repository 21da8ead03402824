/** Error of the sampled law against network evaluations, sampler by sampler, down to the floor that sampling noise sets. */
import { figure } from "./parts/figure";
import { errorBars, line, points, reference, words } from "./parts/layers";
import { distinct } from "./parts/quantities";
import type { Figure } from "./spec";
import { colours, styleOf } from "./theme";

export interface WorkPrecisionRow {
  readonly score: string; // "exact Gaussian score", "trained network": one panel each
  readonly sampler: string;
  readonly evaluations: number;
  readonly error: number;
  readonly low?: number;
  readonly high?: number;
}

export function workPrecision(
  rows: readonly WorkPrecisionRow[],
  options: { name?: string; errorTitle?: string; floors?: Readonly<Record<string, number>> } = {},
): Figure {
  const { name = "work-precision", errorTitle = "error", floors = {} } = options;
  const samplers = distinct(rows.map((r) => r.sampler));
  const scores = distinct(rows.map((r) => r.score));
  const least = rows.reduce((smallest, r) => Math.min(smallest, r.evaluations), Infinity);
  const panels = scores.map((score) => ({
    title: scores.length > 1 ? score : undefined,
    x: { title: "network evaluations", scale: "log" as const },
    y: { title: errorTitle, scale: "log" as const },
    layers: [
      ...(floors[score] === undefined
        ? []
        : [
            reference({ y: floors[score] }, { colour: colours.theory, dash: [3, 2] }),
            words([{ x: least, y: floors[score], text: "sampling noise" }], { align: "left", dx: 0, dy: 7 }),
          ]),
      ...samplers.flatMap((sampler, i) => {
        const here = rows.filter((r) => r.score === score && r.sampler === sampler);
        const curve = here.map((r) => ({ x: r.evaluations, y: r.error }));
        const bars = here.flatMap(({ evaluations: x, low, high }) =>
          low === undefined || high === undefined ? [] : [{ x, low, high }],
        );
        return [line(curve, styleOf(i)), errorBars(bars, styleOf(i)), points(curve, styleOf(i))];
      }),
    ],
  }));
  return figure({
    name,
    caption: "Error of the sampled fields against network evaluations for every sampler",
    width: scores.length > 1 ? "two" : "one",
    panelHeight: 50,
    panels,
    legend: samplers.map((label, i) => ({ label, style: styleOf(i), swatch: "line and point" })),
    rows: [...rows, ...Object.entries(floors).map(([score, error]) => ({ score, sampler: "sampling noise", error }))],
  });
}
