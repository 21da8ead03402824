import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { draw } from "../../lib/figures/draw";
import { exportFigure } from "../../lib/figures/export";
import { figure } from "../../lib/figures/parts/figure";
import { line } from "../../lib/figures/parts/layers";
import { pixelsPerMillimetre, pixelsPerPoint, styles } from "../../lib/figures/theme";
import type { Figure } from "../../lib/figures/spec";
import { examples } from "./examples";
import { drawnTexts, type DrawnText } from "./drawn-texts";

/** Pairs of texts that share more than half a px in both directions. */
export function overlaps(texts: readonly DrawnText[]): string[] {
  const shared = (a1: number, a2: number, b1: number, b2: number) => Math.min(a2, b2) - Math.max(a1, b1);
  return texts.flatMap((a, i) =>
    texts
      .slice(0, i)
      .filter((b) => shared(a.x1, a.x2, b.x1, b.x2) > 0.5 && shared(a.y1, a.y2, b.y1, b.y2) > 0.5)
      .map((b) => `"${a.text}" over "${b.text}"`),
  );
}

describe("every figure", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "figures-"));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  for (const [name, example] of Object.entries(examples)) {
    it(`${name}: is drawn without a warning, at its width, with legible texts that do not overlap, in every format`, async () => {
      const made: Figure = example(); // draw throws on a warning of Vega-Lite or Vega
      assert.equal(made.width, /two columns|several measures/.test(name) ? 174 : 85);
      const drawing = draw(made.spec);
      assert.equal(drawing.width, Math.floor(made.width * pixelsPerMillimetre));
      const texts = drawnTexts(drawing.scene);
      assert.ok(texts.length > 8);
      assert.deepEqual(overlaps(texts), []);
      for (const text of texts)
        assert.ok(text.fontSize >= 7 * pixelsPerPoint - 0.01, `${text.text}: ${text.fontSize} px`);
      const left = Math.min(...texts.map((t) => t.x1 + drawing.origin[0]));
      const right = Math.max(...texts.map((t) => t.x2 + drawing.origin[0]));
      assert.ok(left >= 0 && right <= drawing.width, `texts from ${left} to ${right} of ${drawing.width} px`);
      assert.match(made.caption, /^[A-Z].{30,}[^.]$/);
      const sizes = Object.values(await exportFigure(made, { folder })).map((file) => fs.statSync(file).size);
      assert.ok(Math.min(...sizes) > 500, String(sizes));
    });
  }

  it("is named for its file, once", () => {
    const names = ["overlay", "bias profile", "far pairs"].map((key) => examples[key]().name);
    assert.deepEqual(names, ["overlay", "bias-profile", "far-pairs"]);
  });

  it("shows the numbers it is given, in the units of its axes", () => {
    const { spec } = examples["precision spread"]();
    const text = JSON.stringify(spec);
    assert.match(text, /"std of φ \(mV\)"/);
    assert.match(text, /\{"x":100,"y":0\.94\}|\{"x":100,"y":0\.94,/); // 9.4e-4 V at 1e-4 m
  });
});

describe("figure", () => {
  const plan = {
    name: "plan",
    caption: "A plan of a figure that is used in the tests only",
    width: "one",
    panelHeight: 20,
    panels: [
      {
        x: { title: "x" },
        y: { title: "y" },
        layers: [
          line(
            [
              { x: 0, y: 1 },
              { x: 1, y: 2 },
            ],
            styles.solver,
          ),
        ],
      },
    ],
    rows: [{ x: 0, y: 1 }],
  } as const;

  it("would notice labels that overlap", () => {
    const axis = { title: "x", values: Array.from({ length: 60 }, (_, i) => i / 60) };
    const crowded = figure({ ...plan, panels: [{ ...plan.panels[0], x: axis }] });
    const config = crowded.spec.config as unknown as { axis: object };
    const spec = { ...crowded.spec, config: { ...config, axis: { ...config.axis, labelOverlap: false } } };
    assert.ok(overlaps(drawnTexts(draw(spec as typeof crowded.spec).scene)).length > 20);
  });

  it("refuses a number that is not finite, naming column and row", () => {
    assert.throws(
      () =>
        figure({
          ...plan,
          rows: [
            { x: 0, y: 1 },
            { x: 1, y: NaN },
          ],
        }),
      /figure plan: y of row 1 .* NaN/,
    );
  });

  it("refuses to show nothing", () => {
    assert.throws(() => figure({ ...plan, rows: [] }), /figure plan: there is no data/);
  });

  it("says so when the panels do not fit", () => {
    const panels = Array.from({ length: 12 }, (_, i) => ({ ...plan.panels[0], y: { title: `y${i}` } }));
    assert.throws(() => figure({ ...plan, panels }), /figure plan: no room for 12 panels .* 85 mm/);
  });

  it("makes an error of a warning: what Vega-Lite would drop is not dropped silently", () => {
    const spec = {
      mark: "bar",
      data: { values: [{ a: 1 }] },
      encoding: { x: { field: "a", type: "quantitative" }, nonsense: { field: "a" } },
    };
    assert.throws(() => draw(spec), /draw: Vega complains/);
  });
});
