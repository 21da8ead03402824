/**
 * A curve that grows while the work goes on: loss against step, one line a series (training, held out, a noise level).
 * In a notebook a small picture that is replaced in place at most twice a second; elsewhere nothing, since progress
 * states the loss there. What stays in the saved notebook is the last picture, thinned to a few hundred points a
 * series.
 */
import { logTicks } from "../figures/parts/axis";
import { styleOf } from "../figures/theme";
import { escapeHtml, kernelDisplay, replaceable, type Send } from "./kernel";

/** A curve to which points are added while the work goes on. */
export interface LiveCurve {
  /** Adds one point to each named series; values that are not positive and finite are left out of the picture. */
  add(step: number, values: Readonly<Record<string, number>>): void;
  /** Draws the last state. */
  finish(): void;
}

const [width, height] = [440, 170];
const frame = { left: 46, right: 120, top: 8, bottom: 32 };
const most = 300; // points a series

/** A growing curve under the cell at work; outside a notebook it draws nothing. */
export function liveCurve(
  title = "loss",
  targets: { readonly send?: Send; readonly now?: () => number } = {},
): LiveCurve {
  const { send = kernelDisplay(), now = Date.now } = targets;
  const series = new Map<string, [number, number][]>();
  const show = send && replaceable(send);
  let drawn = -Infinity;
  const draw = () => {
    drawn = now();
    const svg = curveSvg(title, series);
    if (svg !== undefined) show?.({ "image/svg+xml": svg, "text/plain": lastValues(title, series) });
  };
  return {
    add(step, values) {
      for (const [name, value] of Object.entries(values)) {
        if (!(value > 0 && Number.isFinite(value))) continue;
        const points = series.get(name) ?? [];
        points.push([step, value]);
        // Every other point goes when there are twice as many as are drawn: memory stays bounded however long the run.
        series.set(
          name,
          points.length > 2 * most ? points.filter((_, i) => i % 2 === 0 || i === points.length - 1) : points,
        );
      }
      if (show && now() - drawn >= 500) draw();
    },
    finish() {
      if (show) draw();
    },
  };
}

/** The picture, or undefined while there is nothing to draw. */
function curveSvg(
  title: string,
  series: ReadonlyMap<string, readonly (readonly [number, number])[]>,
): string | undefined {
  const all = [...series.values()].flat();
  if (all.length === 0) return undefined;
  const ends = (values: number[]) =>
    values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  const [x0, x1] = ends(all.map(([step]) => step));
  const [low, high] = ends(all.map(([, value]) => value)).map((v, i) => v * (i === 0 ? 0.95 : 1.05));
  const right = width - frame.right;
  const bottom = height - frame.bottom;
  const x = (step: number) => frame.left + ((step - x0) / Math.max(1e-12, x1 - x0)) * (right - frame.left);
  const y = (value: number) => bottom - (Math.log(value / low) / Math.log(high / low)) * (bottom - frame.top);
  const at = (v: number) => v.toFixed(1).replace(/\.0$/, "");
  const text = (px: number, py: number, anchor: string, words: string) =>
    `<text x="${at(px)}" y="${at(py)}" text-anchor="${anchor}">${escapeHtml(words)}</text>`;
  const ticks = logTicks(low, high).map(
    (v) =>
      `<path d="M${frame.left - 3},${at(y(v))}H${right}" stroke="#e9e9e9"/>` +
      text(frame.left - 5, y(v) + 3.5, "end", String(v)),
  );
  const lines = [...series].map(([name, points], i) => {
    const { colour, dash } = styleOf(i);
    const every = Math.ceil(points.length / most);
    const kept = points.filter((_, k) => k % every === 0 || k === points.length - 1);
    const path = kept.map(([step, value]) => `${at(x(step))},${at(y(value))}`).join(" ");
    const dashes = dash ? ` stroke-dasharray="${dash.join(" ")}"` : "";
    const line = `fill="none" stroke="${colour}" stroke-width="1.4"${dashes}`;
    const legendY = frame.top + 8 + 14 * i;
    return (
      `<polyline points="${path}" ${line}/><path d="M${right + 8},${legendY}h20" ${line}/>` +
      text(right + 32, legendY + 3.5, "start", name)
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="sans-serif" font-size="10"><rect width="100%" height="100%" fill="white"/>${ticks.join("")}` +
    `<path d="M${frame.left},${frame.top}V${bottom}H${right}" fill="none" stroke="black"/>` +
    text(frame.left, bottom + 12, "middle", whole(x0)) +
    text(right, bottom + 12, "middle", whole(x1)) +
    text((frame.left + right) / 2, bottom + 24, "middle", "step") +
    `<text transform="translate(10,${(frame.top + bottom) / 2}) rotate(-90)" ` +
    `text-anchor="middle">${escapeHtml(title)}</text>` +
    `${lines.join("")}</svg>`
  );
}

function lastValues(title: string, series: ReadonlyMap<string, readonly (readonly [number, number])[]>): string {
  const parts = [...series].map(([name, points]) => `${name} ${points[points.length - 1][1].toPrecision(4)}`);
  return `${title}: ${parts.join(", ")}`;
}

const whole = (n: number): string => Math.round(n).toLocaleString("en-US");
