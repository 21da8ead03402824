/** Porosity profiles drawn from their law, and the fields that each of them induces: one colour a draw, the same in every panel. */
import { figure } from "../../figures/parts/figure";
import { line } from "../../figures/parts/layers";
import { channel, distinct, micrometres, xTitle } from "../../figures/parts/quantities";
import type { Figure } from "../../figures/spec";
import { orderedStyle } from "../../figures/theme";

export interface PorosityAndFieldsRow {
  readonly draw: number;
  readonly quantity: "eps" | "c" | "phi";
  readonly x: number; // m
  readonly value: number; // SI
}

export function porosityAndFields(
  rows: readonly PorosityAndFieldsRow[],
  options: { name?: string; cRight?: number } = {},
): Figure {
  const { name = "porosity-and-fields", cRight } = options;
  const draws = distinct(rows.map((r) => r.draw));
  const panels = distinct(rows.map((r) => r.quantity)).map((quantity) => {
    const { title, shown } =
      quantity === "eps" ? { title: "ε", shown: (v: number) => v } : channel(quantity, { cRight });
    return {
      x: { title: xTitle },
      y: { title },
      layers: draws.map((draw, i) =>
        line(
          rows
            .filter((r) => r.quantity === quantity && r.draw === draw)
            .map((r) => ({ x: micrometres(r.x), y: shown(r.value) })),
          orderedStyle(i, draws.length),
        ),
      ),
    };
  });
  const caption = "Porosity profiles drawn from their law and the concentration and potential that they induce";
  return figure({
    name,
    caption,
    width: "one",
    columns: 1,
    panelHeight: 28,
    panels,
    legend: draws.map((draw, i) => ({
      label: `draw ${draw + 1}`,
      style: orderedStyle(i, draws.length),
      swatch: "line",
    })),
    rows,
  });
}
