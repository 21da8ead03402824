/**
 * Porosity profiles drawn from their law, and the fields that each of them induces: one colour a draw, the same in
 * every panel.
 */
import { figure } from "../../figures/parts/figure";
import { line } from "../../figures/parts/layers";
import { onlyAxis } from "../../fields/grid";
import { channelNamed, type Shape } from "../../fields/shape";
import { distinct } from "../../figures/parts/quantities";
import { channelScale, lengthScale } from "../../figures/parts/scales";
import type { Figure } from "../../figures/spec";
import { orderedStyle } from "../../figures/theme";

export interface PorosityAndFieldsRow {
  readonly draw: number;
  /** "eps", or the name of a channel. */
  readonly quantity: string;
  readonly x: number; // m
  readonly value: number; // SI
}

export function porosityAndFields(
  rows: readonly PorosityAndFieldsRow[],
  options: { shape: Shape; name?: string },
): Figure {
  const { name = "porosity-and-fields", shape } = options;
  const along = lengthScale(onlyAxis(shape.grid, name));
  const draws = distinct(rows.map((r) => r.draw));
  const panels = distinct(rows.map((r) => r.quantity)).map((quantity) => {
    const values = rows.filter((r) => r.quantity === quantity).map((r) => r.value);
    const { title, shown } =
      quantity === "eps"
        ? { title: "ε", shown: (v: number) => v }
        : channelScale(channelNamed(shape, quantity), values);
    return {
      x: { title: along.title },
      y: { title },
      layers: draws.map((draw, i) =>
        line(
          rows
            .filter((r) => r.quantity === quantity && r.draw === draw)
            .map((r) => ({ x: along.shown(r.x), y: shown(r.value) })),
          orderedStyle(i, draws.length),
        ),
      ),
    };
  });
  const induced = shape.channels.map(({ meaning, symbol }) => meaning ?? symbol).join(" and ");
  const caption = `Porosity profiles drawn from their law and the ${induced} that they induce`;
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
