/**
 * Error of the sampled law against network evaluations, sampler by sampler, down to the floor that nothing of this kind
 * can cross.
 */
import { figure } from "../../figures/parts/figure";
import { errorBars, line, points, reference } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { colours, styleOf, type Style } from "../../figures/theme";

export interface WorkPrecisionRow {
  readonly score: string; // "exact Gaussian score", "trained network": one panel each
  readonly sampler: string;
  readonly evaluations: number;
  readonly error: number;
  readonly low?: number;
  readonly high?: number;
}

/** A level in one panel, named. */
export interface Floor {
  readonly value: number;
  readonly label: string;
}

export interface WorkPrecisionOptions {
  readonly name?: string;
  /** One title, or one for each score. */
  readonly errorTitle?: string | Readonly<Record<string, string>>;
  readonly floors?: Readonly<Record<string, Floor>>;
  readonly caption?: string;
  /** Ends of the vertical axis by score; what lies outside is not drawn. */
  readonly domains?: Readonly<Record<string, readonly [number, number]>>;
}

const floorStyle: Style = { colour: colours.theory, dash: [3, 2], shape: "upright", width: 0.7 };

export function workPrecision(rows: readonly WorkPrecisionRow[], options: WorkPrecisionOptions = {}): Figure {
  const { name = "work-precision", errorTitle = "error", floors = {}, domains = {} } = options;
  const samplers = distinct(rows.map((r) => r.sampler));
  const scores = distinct(rows.map((r) => r.score));
  const inside = ({ score, error }: WorkPrecisionRow): boolean => {
    const [low, high] = domains[score] ?? [0, Infinity];
    return error >= low && error <= high;
  };
  // In the legend: beside its line a name would lie on the curves that cross it.
  const named = scores.flatMap((score, k) => {
    const letter = scores.length > 1 ? `(${String.fromCharCode(97 + k)}) ` : "";
    return floors[score] === undefined ? [] : [letter + floors[score].label];
  });
  const panels = scores.map((score) => {
    const own = rows.filter((r) => r.score === score && inside(r));
    const floor = floors[score];
    return {
      title: scores.length > 1 ? score : undefined,
      x: { title: "network evaluations", scale: "log" as const },
      y: {
        title: typeof errorTitle === "string" ? errorTitle : errorTitle[score],
        scale: "log" as const,
        domain: domains[score],
      },
      layers: [
        ...(floor === undefined ? [] : [reference({ y: floor.value }, floorStyle)]),
        ...samplers.flatMap((sampler, i) => {
          const here = own.filter((r) => r.sampler === sampler);
          const curve = here.map((r) => ({ x: r.evaluations, y: r.error }));
          const bars = here.flatMap(({ evaluations: x, low, high }) =>
            low === undefined || high === undefined ? [] : [{ x, low, high }],
          );
          return [line(curve, styleOf(i)), errorBars(bars, styleOf(i)), points(curve, styleOf(i))];
        }),
      ],
    };
  });
  return figure({
    name,
    caption: options.caption ?? "Error of the sampled fields against network evaluations for every sampler",
    width: "one",
    columns: 1,
    panelHeight: 46,
    panels,
    legend: [
      ...samplers.map((label, i) => ({ label, style: styleOf(i), swatch: "line and point" as const })),
      ...(named.length > 0 ? [{ label: named.join(", "), style: floorStyle, swatch: "line" as const }] : []),
    ],
    rows: [
      ...rows,
      ...Object.entries(floors).map(([score, { value, label }]) => ({ score, sampler: label, error: value })),
    ],
  });
}
