import assert from "node:assert/strict";
import {
  columnWidth,
  colours,
  orderedStyle,
  rgb,
  sequence,
  styles,
  typeSize,
  vegaConfig,
} from "../../lib/figures/theme";

type Triple = readonly number[];

// Severity 1 of the deficiency, on linear RGB: Machado, Oliveira and Fernandes 2009, table 1.
const vision: Record<string, readonly Triple[]> = {
  "full colour vision": [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

const linear = (c: number): number => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);

/** CIE L*a*b* (D65) of linear RGB. */
function lab(colour: Triple): number[] {
  const [r, g, b] = colour.map((v) => Math.min(1, Math.max(0, v)));
  const f = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : (t * 841) / 108 + 4 / 29);
  const X = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const Y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const Z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * Y - 16, 500 * (X - Y), 200 * (Y - Z)];
}

const seen = (colour: string, by: string): number[] => {
  const light = rgb(colour).map(linear);
  return lab(vision[by].map((row) => row.reduce((sum, a, i) => sum + a * light[i], 0)));
};
const distance = (a: string, b: string, by: string): number =>
  Math.hypot(...seen(a, by).map((v, i) => v - seen(b, by)[i]));
const lightness = (colour: string): number => seen(colour, "full colour vision")[0];

const cast = [colours.solver, colours.model, colours.cyan, colours.brown, colours.theory, colours.published];
const pairs = cast.flatMap((a, i) => cast.slice(0, i).map((b) => [a, b] as const));

describe("theme", () => {
  for (const by of Object.keys(vision)) {
    it(`keeps its six colours apart with ${by}: at least 20 units of L*a*b*, solver and model 90`, () => {
      for (const [a, b] of pairs) assert.ok(distance(a, b, by) > 20, `${a} and ${b}: ${distance(a, b, by)}`);
      assert.ok(distance(colours.solver, colours.model, by) > 90);
    });
  }

  it("keeps its six colours apart in grey: at least 9 units of L*, solver and model 35", () => {
    for (const [a, b] of pairs) assert.ok(Math.abs(lightness(a) - lightness(b)) > 9, `${a} and ${b}`);
    assert.ok(lightness(colours.model) - lightness(colours.solver) > 35);
  });

  it("would notice red beside green", () => {
    assert.ok(distance("#c0392b", "#7a6a1e", "deuteranopia") < 20);
  });

  it("draws no colour too light for white paper", () => {
    for (const colour of [
      ...cast,
      ...sequence.map((s) => s.colour),
      ...[0, 1, 2, 3].map((i) => orderedStyle(i, 4).colour),
    ]) {
      assert.ok(lightness(colour) < 75, `${colour}: ${lightness(colour)}`);
    }
  });

  it("orders a parameter from dark to light, each step by at least 9 units of L*", () => {
    for (const count of [2, 3, 4]) {
      const steps = Array.from({ length: count }, (_, i) => lightness(orderedStyle(i, count).colour));
      for (let i = 1; i < count; i++) assert.ok(steps[i] - steps[i - 1] > 9, String(steps));
    }
  });

  it("draws theory black and dashed, what was published dotted, solver and model solid", () => {
    assert.equal(styles.theory.colour, "#000000");
    assert.ok(styles.theory.dash[0] > 3);
    assert.ok(styles.published.dash[0] <= 1);
    assert.ok(!("dash" in styles.solver) && !("dash" in styles.model));
  });

  it("tells every series from the others without colour, by dash or shape", () => {
    const looks = sequence.map((s) => `${s.dash ?? "solid"} ${s.shape}`);
    assert.equal(new Set(looks).size, looks.length);
  });

  it("keeps the colours of solver and model for them: no other series has one", () => {
    const own = [...sequence, styles.theory, styles.published, styles.empirical, styles.gaussian].map((s) => s.colour);
    for (const colour of [colours.solver, colours.model]) assert.ok(!(own as string[]).includes(colour), colour);
  });

  it("sets no type below 7 points, and figures of 85 and 174 mm", () => {
    assert.deepEqual({ ...columnWidth }, { one: 85, two: 174 });
    assert.ok(Math.min(...Object.values(typeSize)) >= 7);
    assert.ok(vegaConfig.axis.labelFontSize >= (7 * 96) / 72 - 0.01);
  });

  it("refuses what is not a colour", () => {
    assert.throws(() => rgb("red"), /rgb: expected a colour like/);
  });
});
