/** How many modes of the porosity are resolved, against the noise on the fields, at several correlation lengths. */
import { figure } from "../../figures/parts/figure";
import { line, points } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { orderedStyle } from "../../figures/theme";

export interface ResolvedModesRow {
  readonly correlation: string;
  readonly observed: string; // one panel each
  readonly noise: number;
  readonly modes: number;
}

/** `noiseTitle` says what the noise is in units of. */
export function resolvedModes(
  rows: readonly ResolvedModesRow[],
  options: { name?: string; noiseTitle?: string } = {},
): Figure {
  const { name = "resolved-modes", noiseTitle = "noise" } = options;
  const lengths = distinct(rows.map((r) => r.correlation));
  const observations = distinct(rows.map((r) => r.observed));
  const panels = observations.map((observed) => ({
    title: observations.length > 1 ? observed : undefined,
    x: { title: noiseTitle, scale: "log" as const },
    y: { title: "resolved modes", zero: true, format: "d" },
    layers: lengths.flatMap((length, i) => {
      const style = orderedStyle(i, lengths.length);
      const curve = rows
        .filter((r) => r.observed === observed && r.correlation === length)
        .map((r) => ({ x: r.noise, y: r.modes }));
      return [line(curve, style), points(curve, style, { size: 16 })];
    }),
  }));
  return figure({
    name,
    caption: "Number of resolved modes of the porosity against the noise on the fields",
    width: "one",
    columns: 1,
    panelHeight: 30,
    panels,
    legend: lengths.map((label, i) => ({ label, style: orderedStyle(i, lengths.length), swatch: "line and point" })),
    rows,
  });
}
