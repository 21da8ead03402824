/**
 * The legend: a strip of words above the panels, each after the mark that it explains, wrapped to the width that there
 * is. It is drawn by hand, from true text widths, since a line with its band, or a point with its error bar, is one
 * entry.
 */
import { textWidth } from "../font";
import type { Spec } from "../spec";
import { shapeOf, sizeOf } from "./layers";
import { pixelsPerPoint, typeSize, type Style } from "../theme";

export type Swatch =
  "line" | "band" | "dark band" | "line and band" | "point" | "open point" | "point and bar" | "line and point" | "bar";

export interface Entry {
  readonly label: string;
  readonly style: Style;
  readonly swatch: Swatch;
}

const size = typeSize.tick * pixelsPerPoint;
const lineHeight = 13;
const swatchWidth = (swatch: Swatch): number => (/^(open )?point|^bar/.test(swatch) ? 9 : 22);
const gap = 4; // between mark and words
const apart = 16; // between entries

/** Rows of entries, as many to a row as fit into `width` px. */
function wrap(entries: readonly Entry[], width: number): { entry: Entry; x: number; row: number }[] {
  let x = 0;
  let row = 0;
  return entries.map((entry) => {
    const needed = swatchWidth(entry.swatch) + gap + textWidth(entry.label, size);
    if (x > 0 && x + needed > width) {
      x = 0;
      row++;
    }
    const placed = { entry, x, row };
    x += needed + apart;
    return placed;
  });
}

/** A view of the legend's marks; its left edge `shift` px left of the first panel's axis. */
export function legend(entries: readonly Entry[], width: number, shift: number): Spec {
  const placed = wrap(entries, width);
  const height = lineHeight * (1 + placed.reduce((last, { row }) => Math.max(last, row), 0));
  return {
    name: "legend",
    width: 1,
    height,
    view: { stroke: null },
    data: { values: [{}] },
    layer: placed.flatMap(({ entry, x, row }) => marks(entry, x - shift, (row + 0.5) * lineHeight)),
  };
}

/** A mark at fixed px. */
function at(place: Readonly<Record<string, number>>, mark: Spec): Spec {
  return { mark, encoding: Object.fromEntries(Object.entries(place).map(([key, value]) => [key, { value }])) };
}

function marks({ label, style, swatch }: Entry, x: number, y: number): Spec[] {
  const w = swatchWidth(swatch);
  const { colour: color, width: strokeWidth = 1.3, dash: strokeDash } = style;
  const box = { x, x2: x + w, y: y - 4, y2: y + 4 };
  const middle = x + w / 2;
  const found: Spec[] = [];
  if (swatch === "band" || swatch === "line and band") found.push(at(box, { type: "rect", color, opacity: 0.25 }));
  if (swatch === "dark band") found.push(at(box, { type: "rect", color, opacity: 0.42 }));
  if (swatch === "bar") found.push(at(box, { type: "rect", color }));
  if (swatch.startsWith("line")) {
    found.push(at({ x, x2: x + w, y, y2: y }, { type: "rule", color, strokeWidth, strokeDash }));
  }
  if (swatch === "point and bar") {
    found.push(at({ x: middle, x2: middle, y: y - 5, y2: y + 5 }, { type: "rule", color, strokeWidth: 1.1 }));
  }
  if (swatch.includes("point")) {
    const open = swatch === "open point";
    const outline = {
      stroke: color,
      strokeWidth: open || style.shape === "upright" ? 1.3 : 0.5,
      fill: open ? "transparent" : color,
    };

    found.push(
      at(
        { x: middle, y },
        { type: "point", shape: shapeOf(style), filled: true, ...outline, size: sizeOf(style), opacity: 1 },
      ),
    );
  }
  found.push(at({ x: x + w + gap, y }, { type: "text", text: label, align: "left", baseline: "middle" }));
  return found;
}
