/**
 * Round-off in the potential: fields of the same porosities in double and in single precision, and the error of single
 * precision along the electrode by the elimination that was used and by one without subtraction.
 */
import { onlyAxis } from "../../fields/grid";
import { channelNamed, type Shape } from "../../fields/shape";
import { figure } from "../../figures/parts/figure";
import { line } from "../../figures/parts/layers";
import { distinct, titled } from "../../figures/parts/quantities";
import { lengthScale, spreadScale } from "../../figures/parts/scales";
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

export function precisionFields(rows: readonly PrecisionFieldsRow[], options: { shape: Shape; name?: string }): Figure {
  const { shape, name = "precision-fields" } = options;
  const along = lengthScale(onlyAxis(shape.grid, name));
  const fields = rows.filter((r) => r.panel === "field").map((r) => r.value);
  const { symbol, unit, spread } = spreadScale(channelNamed(shape, "phi"), fields);
  const sources = distinct(rows.map((r) => r.source));
  const curves = (panel: PrecisionFieldsRow["panel"]) =>
    sources.flatMap((source) => {
      const own = rows.filter((r) => r.panel === panel && r.source === source && (panel === "field" || r.value > 0));
      return distinct(own.map((r) => r.draw)).map((draw) =>
        line(
          own.filter((r) => r.draw === draw).map((r) => ({ x: along.shown(r.x), y: spread(r.value) })),
          look[source],
        ),
      );
    });
  return figure({
    name,
    caption: "The potential of the same porosities in double and in single precision, and what removes the error",
    width: "one",
    columns: 1,
    panelHeight: 34,
    panels: [
      { title: "fields", x: { title: along.title }, y: { title: titled(symbol, unit) }, layers: curves("field") },
      {
        title: "error of single precision",
        x: { title: along.title },
        y: { title: titled(`rms error of ${symbol}`, unit), scale: "log" },
        layers: curves("error"),
      },
    ],
    legend: sources.map((source) => ({ label: source, style: look[source], swatch: "line" })),
    rows,
  });
}
