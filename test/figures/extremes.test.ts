/**
 * Figures of what nobody drew yet: charts wider than the page, values that differ in their last digits, axes over
 * hundreds of decades.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { draw } from "../../lib/figures/draw";
import { exportFigure, picture } from "../../lib/figures/export";
import { logTicks } from "../../lib/figures/parts/axis";
import { figure } from "../../lib/figures/parts/figure";
import { line } from "../../lib/figures/parts/layers";
import type { Axis } from "../../lib/figures/parts/axis";
import type { Figure, Json } from "../../lib/figures/spec";
import { pixelsPerMillimetre, styles } from "../../lib/figures/theme";
import { temporaryFolder } from "../temporary-folder";
import { drawnTexts } from "./drawn-texts";

const wide = (px: number): Figure => ({
  name: "wide",
  caption: "A chart of a size of its own",
  width: 85,
  rows: [{ x: 1, y: 2 }],
  spec: {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    width: px,
    height: px / 4,
    data: { values: [0, 1, 2].map((x) => ({ x, y: x * x })) },
    mark: "line",
    encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
  },
});

function drawnFrom(values: readonly number[], y: Partial<Axis> = {}): { texts: string[]; shown: number[] } {
  const rows = values.map((value, i) => ({ x: i, y: value }));
  const made = figure({
    name: "extremes",
    caption: "Values",
    width: "one",
    panelHeight: 30,
    panels: [{ x: { title: "x" }, y: { title: "y", ...y }, layers: [line(rows, styles.solver)] }],
    rows,
  });
  const numbers: number[] = [];
  const collect = (node: Json): void => {
    if (Array.isArray(node)) node.forEach(collect);
    else if (typeof node === "object" && node !== null) {
      const row = node as { readonly [key: string]: Json };
      if (typeof row.order === "number" && typeof row.y === "number") numbers.push(row.y);
      else Object.values(row).forEach(collect);
    }
  };
  collect(made.spec);
  return { texts: drawnTexts(draw(made.spec).scene).map(({ text }) => text), shown: numbers };
}

describe("a chart wider than its printed width", () => {
  const folder = temporaryFolder();

  it("is scaled to it, whole and in proportion; a narrower one is drawn as it is", async () => {
    for (const px of [100, 250, 600, 2000]) {
      const made = wide(px);
      const drawing = draw(made.spec);
      const { svg, width, height } = await picture(made);
      const [, boxWidth, boxHeight] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number);
      assert.equal(width, 85);
      assert.ok(boxWidth >= drawing.width - 0.01, `${boxWidth} px for a chart of ${drawing.width}`);
      assert.ok(Math.abs(boxHeight / drawing.height - 1) < 1e-3);
      assert.ok(Math.abs(width / height / (boxWidth / boxHeight) - 1) < 1e-3);
      if (drawing.width < 300) assert.ok(Math.abs(boxWidth - 85 * pixelsPerMillimetre) < 0.01);
    }
  });

  it("has its right end in the PDF and the PNG", async () => {
    const files = await exportFigure(wide(600), { folder: folder() });
    const { loadImage, createCanvas } = await import("@napi-rs/canvas");
    const image = await loadImage(files.png);
    const context = createCanvas(image.width, image.height).getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const inked = (x: number): boolean =>
      Array.from({ length: image.height }, (_, y) => data[4 * (y * image.width + x)]).some((red) => red < 128);
    const last = Array.from({ length: image.width }, (_, x) => x)
      .filter(inked)
      .pop()!;
    assert.ok(last > 0.97 * image.width && last < image.width - 1, `ink up to ${last} of ${image.width} px`);
    assert.match(fs.readFileSync(files.pdf, "latin1"), /MediaBox \[0 0 240\.94/);
  });
});

describe("values that differ in their last digits", () => {
  it("are drawn with them: six digits of the axis's range, however large the values", () => {
    for (const values of [
      [1000.0001, 1000.0002, 1000.00015],
      [1e6 + 0.25, 1e6 + 0.75, 1e6 + 0.5],
      [-3.00000012, -3.00000011, -3.0000001],
    ]) {
      const range = Math.max(...values) - Math.min(...values);
      for (const scale of values[0] > 0 ? (["linear", "log"] as const) : (["linear"] as const)) {
        const { shown } = drawnFrom(values, { scale });
        shown.forEach((value, i) =>
          assert.ok(Math.abs(value - values[i]) <= 1e-5 * range, `${value} for ${values[i]}`),
        );
      }
    }
  });

  it("have ticks that can be told apart", () => {
    const { texts } = drawnFrom([1000.0001, 1000.0002], { scale: "log", domain: [1000.0001, 1000.0002] });
    const ticks = texts.filter((text) => text.startsWith("1000"));
    assert.ok(ticks.length > 2 && new Set(ticks).size === ticks.length, ticks.join(" "));
  });

  it("where all is of one size, numbers keep six digits as before", () => {
    assert.deepEqual(drawnFrom([0.123456789, 0.987654321, 0.5]).shown, [0.123457, 0.987654, 0.5]);
  });
});

describe("a logarithmic axis over hundreds of decades", () => {
  for (const [low, high] of [
    [1e-3, 1e15],
    [1e10, 1e30],
    [1e-300, 1e300],
    [1e-40, 1e-13],
  ] as const) {
    it(`from ${low} to ${high} is labelled with every power of its ticks`, () => {
      const { texts } = drawnFrom([low, high], { scale: "log", domain: [low, high] });
      const written = (v: number): string =>
        "10" +
        [...String(Math.round(Math.log10(v)))].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(sign)]).join("");
      const expected = logTicks(low, high).map(written);
      assert.ok(expected.length > 2);
      assert.deepEqual(expected.filter((label) => !texts.includes(label)), []); // prettier-ignore
      assert.ok(!texts.some((text) => text.includes("undefined")));
    });
  }
});
