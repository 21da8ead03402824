/**
 * Round-off in the potential: fields of the same porosities in double and in single precision, and the error of single precision along the
 * electrode by the elimination that was used and by one without subtraction.
 */
import { figure } from "../../figures/parts/figure";
import { line } from "../../figures/parts/layers";
import { distinct, micrometres, millivolts, xTitle } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { styles, type Style } from "../../figures/theme";

export type PrecisionSource = "double precision" | "single precision" | "single, without subtraction";

export interface PrecisionFieldsRow {
  /** A field (V) of one draw of the porosity, or the root mean square error (V) over many. */
  readonly panel: "field" | "error";
  readonly source: PrecisionSource;
  readonly draw?: number;
  readonly x: number; // m
  readonly value: number;
}

const look: Record<PrecisionSource, Style> = {
  "double precision": styles.solver,
  "single precision": styles.gaussian,
  "single, without subtraction": styles.empirical,
};

export function precisionFields(rows: readonly PrecisionFieldsRow[], options: { name?: string } = {}): Figure {
  const sources = distinct(rows.map((r) => r.source));
  const curves = (panel: PrecisionFieldsRow["panel"]) =>
    sources.flatMap((source) => {
      const own = rows.filter((r) => r.panel === panel && r.source === source && (panel === "field" || r.value > 0));
      return distinct(own.map((r) => r.draw)).map((draw) =>
        line(
          own.filter((r) => r.draw === draw).map((r) => ({ x: micrometres(r.x), y: millivolts(r.value) })),
          look[source],
        ),
      );
    });
  return figure({
    name: options.name ?? "precision-fields",
    caption: "The potential of the same porosities in double and in single precision, and what removes the error",
    width: "one",
    columns: 1,
    panelHeight: 34,
    panels: [
      { title: "fields", x: { title: xTitle }, y: { title: "φ (mV)" }, layers: curves("field") },
      {
        title: "error of single precision",
        x: { title: xTitle },
        y: { title: "rms error of φ (mV)", scale: "log" },
        layers: curves("error"),
      },
    ],
    legend: sources.map((source) => ({ label: source, style: look[source], swatch: "line" })),
    rows,
  });
}
