/**
 * A figure: panels in a grid under one legend, of an exact printed width. The panels share what the axes leave over:
 * their width is found by laying the figure out, measuring, and correcting, so that nothing is scaled after it was
 * drawn.
 */
import { draw, type SceneNode } from "../draw";
import { csv } from "../csv";
import type { Figure, Row, Spec } from "../spec";
import { columnWidth, pixelsPerMillimetre, vegaConfig } from "../theme";
import { logDomain, position, telling, type Axis } from "./axis";
import type { Layer } from "./layers";
import { legend, type Entry } from "./legend";

export interface Panel {
  /** What distinguishes this panel; a letter is put before it where there are several. */
  readonly title?: string;
  readonly x: Axis;
  readonly y: Axis;
  /** From the back to the front. */
  readonly layers: readonly Layer[];
}

export interface FigurePlan {
  readonly name: string;
  readonly caption: string;
  readonly width: keyof typeof columnWidth;
  readonly panels: readonly Panel[];
  readonly columns?: number; // default: all panels side by side
  /**
   * By "row" the panels of a row share a letter and their title: "ℓ = L/10, F = 25 A/m²" has its last part over the
   * second panel.
   */
  readonly headings?: "panel" | "row";
  /** Height of a panel without its axes, mm. */
  readonly panelHeight: number;
  readonly legend?: readonly Entry[];
  readonly rows: readonly Row[];
}

/**
 * Lays the figure out. @throws Error when a number is not finite, when there is nothing to show, or when the width
 * cannot hold it.
 */
export function figure(plan: FigurePlan): Figure {
  checkRows(plan);
  const width = columnWidth[plan.width];
  const columns = Math.min(plan.columns ?? plan.panels.length, plan.panels.length);
  // the whole picture's px, rounded down: the paper has the rest
  const target = Math.floor(width * pixelsPerMillimetre);
  let panelsWidth = target - 40 * columns; // px that the panels of one row have together
  let left = 0;
  for (let attempt = 0; attempt < 10 && panelsWidth > 20 * columns; attempt++) {
    const spec = specification(plan, { panelsWidth, columns, target, left });
    const drawing = draw(spec);
    const measured = overhang(drawing.scene);
    if (drawing.width === target && Math.abs(measured - left) < 1) {
      const { name, caption, rows } = plan;
      const interactive = plan.panels.some((panel) => panel.layers.some((layer) => layer.onPageOnly));
      const onPage = interactive
        ? specification(plan, { panelsWidth, columns, target, left, onPage: true })
        : undefined;
      return { name, caption, width, spec, rows, ...(onPage ? { onPage } : {}) };
    }
    left = measured;
    panelsWidth += target - drawing.width;
  }
  throw new Error(`figure ${plan.name}: no room for ${columns} panels and the legend within ${width} mm`);
}

interface Layout {
  readonly panelsWidth: number;
  readonly columns: number;
  readonly target: number;
  readonly left: number; // px of axis left of the first panel
  readonly onPage?: boolean; // with the layers that are for the pointer alone
}

function specification(plan: FigurePlan, layout: Layout): Spec {
  const height = round(plan.panelHeight * pixelsPerMillimetre);
  const panels = plan.panels.map((panel, i) => view(panel, i, plan, layout, height));
  const grid =
    panels.length === 1 ? panels[0] : { concat: panels, columns: layout.columns, spacing: { row: 8, column: 10 } };
  const strip = plan.legend && plan.legend.length > 0 ? [legend(plan.legend, layout.target - 4, layout.left)] : [];
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description: plan.caption,
    config: vegaConfig,
    vconcat: [...strip, grid],
    spacing: 6,
  };
}

function view(
  panel: Panel,
  index: number,
  { panels: all, headings = "panel" }: FigurePlan,
  { panelsWidth, columns, onPage = false }: Layout,
  height: number,
): Spec {
  // whole px, since Vega's grid rounds up; the first columns take what is left over
  const narrow = Math.floor(panelsWidth / columns);
  const wide = index % columns < panelsWidth % columns;
  const [row, column] = headings === "row" ? [Math.floor(index / columns), index % columns] : [index, 0];
  const letter = all.length > 1 && column === 0 ? `(${String.fromCharCode(97 + row)}) ` : "";
  const title = headings === "row" ? partOf(panel.title ?? "", column, columns) : panel.title;
  const sameAs = (other: Panel | undefined): boolean => other !== undefined && other.y.title === panel.y.title;
  const [x, y] = [onAxis(panel, "x"), onAxis(panel, "y")];
  const shared = {
    x: { domain: autoDomain(panel.x, x), digits: telling(x), title: all[index + columns]?.x.title !== panel.x.title },
    y: { domain: autoDomain(panel.y, y), digits: telling(y), title: !(index % columns > 0 && sameAs(all[index - 1])) },
  };
  return {
    name: `panel${index + 1}`,
    width: wide ? narrow + 1 : narrow,
    height,
    layer: [
      ...panel.layers
        .filter((layer) => layer.rows.length > 0 && (onPage || !layer.onPageOnly))
        .map((layer) => ({
          data: dataOf(layer, (row) => drawable(row, panel, shared, layer)),
          mark: layer.mark,
          encoding: encoding(panel, shared, layer),
        })),
      ...heading(letter + (title ?? "")),
    ],
  } as Spec;
}

/** Thousands of cells under the pointer are text: as objects they would make most of a notebook. */
function dataOf({ rows, onPageOnly }: Layer, drawn: (row: object) => Drawable): Spec {
  const values = rows.map(drawn);
  return onPageOnly ? { values: csv(values), format: { type: "csv" } } : { values };
}

/**
 * What of a title, whose parts are parted by commas, stands over one of several columns: the last ones have a part
 * each, the first has the rest.
 */
function partOf(title: string, column: number, columns: number): string {
  const parts = title.split(", ");
  const first = Math.max(1, parts.length - columns + 1);
  return column === 0 ? parts.slice(0, first).join(", ") : (parts[first + column - 1] ?? "");
}

/** A panel's title as a text of the panel: a title of Vega's would stand higher where tick labels stick out. */
function heading(text: string): Spec[] {
  if (text === "") return [];
  const mark = {
    type: "text",
    align: "left",
    baseline: "bottom",
    fontWeight: 600,
    fontSize: vegaConfig.title.fontSize,
    text,
  };
  return [{ data: { values: [{}] }, mark, encoding: { x: { value: 0 }, y: { value: -5 } } }];
}

type Drawable = Record<string, string | number | null>;
type Shared = Record<"x" | "y", { domain?: readonly [number, number]; digits: number; title?: boolean }>;

function encoding(panel: Panel, shared: Shared, { on, mark }: Layer): Spec {
  const found: Record<string, Spec> = {};
  if (on.x !== undefined) found.x = position(panel.x, on.x, shared.x);
  if (on.y !== undefined) found.y = position(panel.y, on.y, shared.y);
  if (on.x2 !== undefined) found.x2 = { field: on.x2 };
  if (on.y2 !== undefined) found.y2 = { field: on.y2 };
  if (on.text !== undefined) found.text = { field: on.text, type: "nominal" };
  if (on.url !== undefined) found.url = { field: on.url, type: "nominal" };
  if (mark.type === "line") found.order = { field: "order", type: "quantitative" };
  return found;
}

/**
 * The numbers of a layer as they are drawn: six digits of the range of their axis, and on a logarithmic axis nothing
 * below its end.
 */
function drawable(row: object, panel: Panel, shared: Shared, { on }: Layer): Drawable {
  const found: Drawable = {};
  for (const [key, value] of Object.entries(row) as [string, string | number][]) {
    if (typeof value !== "number") {
      found[key] = value;
      continue;
    }
    const axis = key === on.x || key === on.x2 ? "x" : key === on.y || key === on.y2 ? "y" : undefined;
    const log = axis !== undefined && panel[axis].scale === "log";
    const end = log ? (panel[axis].domain ?? shared[axis].domain!)[0] : -Infinity;
    found[key] = Number(Math.max(value, end).toPrecision(axis === undefined ? 6 : shared[axis].digits));
  }
  return found;
}

function autoDomain(axis: Axis, values: readonly number[]): readonly [number, number] | undefined {
  return axis.domain !== undefined || axis.scale !== "log" ? axis.domain : logDomain(values);
}

/** All numbers that a panel's layers have on an axis. */
function onAxis(panel: Panel, axis: "x" | "y"): number[] {
  return panel.layers
    .flatMap((layer) =>
      [layer.on[axis], layer.on[`${axis}2`]].flatMap((field) =>
        field === undefined ? [] : layer.rows.map((row) => (row as Record<string, number>)[field]),
      ),
    )
    .filter((value) => typeof value === "number");
}

/** px that the panels reach to the left of the first one's axis, with labels and title. */
function overhang(scene: SceneNode): number {
  const views = scene.items?.[0]?.items?.filter(({ name }) => name !== undefined && name !== "legend_group") ?? [];
  return -views.reduce((least, { bounds }) => Math.min(least, bounds?.x1 ?? 0), 0);
}

function checkRows({ name, rows, panels }: FigurePlan): void {
  if (rows.length === 0 || panels.length === 0) throw new RangeError(`figure ${name}: there is no data to show`);
  rows.forEach((row, i) => {
    for (const [key, value] of Object.entries(row) as [string, unknown][]) {
      if (typeof value === "number" && !Number.isFinite(value)) {
        throw new RangeError(`figure ${name}: ${key} of row ${i} must be finite, got ${value}`);
      }
    }
  });
}

const round = (x: number): number => Math.round(x * 100) / 100;
