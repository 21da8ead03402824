/**
 * What the fields can tell of the porosity: singular values of the linearised map from porosity (in the prior's
 * coordinates) to the fields, mode by mode, at several correlation lengths. A mode is resolved where it stands above
 * the noise, drawn as a ruler.
 */
import { figure } from "../../figures/parts/figure";
import { band, line, points, reference, words } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { colours, orderedStyle } from "../../figures/theme";

export interface SingularSpectrumRow {
  readonly correlation: string; // "ℓ = L/10"
  readonly observed: string; // "φ alone", "c alone", "both": one panel each
  readonly mode: number; // from 1
  readonly value: number; // in the units of `title`
  /** One standard deviation over porosities. */
  readonly low?: number;
  readonly high?: number;
}
export interface NoiseRuler {
  readonly observed: string;
  readonly value: number;
  readonly label: string; // "0.1 mV"
}

/** `title` names the values with their unit: "singular value (mV)" or "singular value / noise". */
export function singularSpectrum(
  rows: readonly SingularSpectrumRow[],
  rulers: readonly NoiseRuler[],
  options: { name?: string; title?: string } = {},
): Figure {
  const { name = "singular-spectrum", title = "singular value" } = options;
  const lengths = distinct(rows.map((r) => r.correlation));
  const last = rows.reduce((most, r) => Math.max(most, r.mode), 1);
  const observations = distinct(rows.map((r) => r.observed));
  const panels = observations.map((observed) => ({
    title: observations.length > 1 ? observed : undefined,
    x: { title: "mode", format: "d", domain: [0, last + 1] as const },
    y: { title, scale: "log" as const },
    layers: [
      ...rulers
        .filter((r) => r.observed === observed)
        .flatMap((r) => [
          reference({ y: r.value }, { colour: colours.theory, dash: [3, 2] }),
          words([{ x: last + 1, y: r.value, text: r.label }], { align: "right", dx: -1, dy: -6 }),
        ]),
      ...lengths.flatMap((length, i) => {
        const style = orderedStyle(i, lengths.length);
        const here = rows.filter((r) => r.observed === observed && r.correlation === length);
        const curve = here.map((r) => ({ x: r.mode, y: r.value }));
        const bands = here.flatMap(({ mode: x, low, high }) =>
          low === undefined || high === undefined ? [] : [{ x, low, high }],
        );
        return [
          band(bands, style),
          line(curve, { ...style, dash: undefined, width: 0.7 }),
          points(curve, style, { size: 16 }),
        ];
      }),
    ],
  }));
  return figure({
    name,
    caption: "Singular values of the map from porosity to fields at several correlation lengths, against the noise",
    width: "one",
    columns: 1,
    panelHeight: 34,
    panels,
    legend: [
      ...lengths.map((label, i) => ({ label, style: orderedStyle(i, lengths.length), swatch: "point" as const })),
      ...(rows.some((r) => r.low !== undefined)
        ? [{ label: "± 1 std over porosities", style: orderedStyle(1, 3), swatch: "band" as const }]
        : []),
    ],
    rows: [...rows, ...rulers.map(({ observed, value, label }) => ({ observed, ruler: label, value }))],
  });
}
