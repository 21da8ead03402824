/** Maps of a plane: where the contour lines run, which colour a cell has, what a page shows under the pointer. */
import assert from "node:assert/strict";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { gridOn } from "../../lib/fields/grid";
import { maps } from "../../lib/figures/maps";
import { contourLines } from "../../lib/figures/parts/contours";
import type { Json, Spec } from "../../lib/figures/spec";

const grid = gridOn([
  { name: "x", length: 2, cells: 8 },
  { name: "y", length: 1, cells: 4 },
]);
/** A slope along x, [nx][ny]. */
const slope = Array.from({ length: 32 }, (_, at) => Math.floor(at / 4));

function found(spec: Json, key: string): string[] {
  if (Array.isArray(spec)) return (spec as Json[]).flatMap((part) => found(part, key));
  if (typeof spec !== "object" || spec === null) return [];
  return Object.entries(spec as Spec).flatMap(([name, v]) =>
    name === key && typeof v === "string" ? [v] : found(v, key),
  );
}

describe("maps", () => {
  it("contour lines of a slope are straight, where the values say, and end half a cell from the edge", () => {
    const lines = contourLines(slope, [8, 4], [2.25, 5.5]);
    assert.equal(lines.length, 2);
    // Value v lies at x = v + 1/2 in cells; along y the centres reach from 1/2 to 7/2.
    const places = lines.map((line) => [...new Set(line.map(([x]) => Number(x.toFixed(9))))]);
    assert.deepEqual(places, [[2.75], [6]]);
    for (const line of lines) {
      const ys = line.map(([, y]) => y);
      assert.deepEqual([Math.min(...ys), Math.max(...ys)], [0.5, 3.5]);
    }
  });

  it("a closed line goes round a hill", () => {
    const hill = Array.from({ length: 25 }, (_, at) => -Math.hypot(Math.floor(at / 5) - 2, (at % 5) - 2));
    const [line, ...others] = contourLines(hill, [5, 5], [-1]);
    assert.equal(others.length, 0);
    assert.deepEqual(line[0], line[line.length - 1]);
    for (const [x, y] of line) assert.ok(Math.abs(Math.hypot(x - 2.5, y - 2.5) - 1) < 0.2, `${x}, ${y}`);
  });

  it("cells are pixels in their place: x to the right, y upwards, one scale a row", async () => {
    const corner = slope.map((_, at) => Number(at === 3)); // x least, y largest
    const figure = maps(grid, [
      {
        quantity: "u",
        maps: [
          { title: "a", values: corner },
          { title: "b", values: slope },
        ],
      },
    ]);
    const [first] = found(figure.spec, "url").filter((url) => url.startsWith("data:image/png"));
    const picture = await loadImage(Buffer.from(first.split(",")[1], "base64"));
    const context = createCanvas(picture.width, picture.height).getContext("2d");
    context.drawImage(picture, 0, 0);
    const lightness = (x: number, y: number): number => context.getImageData(x, y, 1, 1).data[1];
    const [right, bottom] = [picture.width - 1, picture.height - 1];
    assert.equal(picture.width, 2 * picture.height);
    // The row's scale goes to 7, the largest value of the other map: 1 is a little lighter than 0.
    assert.ok(lightness(0, 0) > lightness(right, 0) && lightness(0, 0) < 120);
    assert.deepEqual([lightness(0, bottom), lightness(right, bottom)], [lightness(right, 0), lightness(right, 0)]);
  });

  it("the values under the pointer are on the page and not in the files", () => {
    const figure = maps(grid, [{ quantity: "u (V)", maps: [{ title: "a", values: slope }] }], { width: "one" });
    assert.ok(!JSON.stringify(figure.spec).includes('"u (V)":7'));
    assert.match(JSON.stringify(figure.onPage), /"x,x2,y,y2,u \(V\)\\n[^"]*,7\\n/);
    assert.deepEqual(figure.rows[31], { x: 1.875, y: 0.875, "a: u (V)": 7 });
  });

  it("refuses values of another grid, rows of unequal length, and a grid of one axis", () => {
    const a = { title: "a", values: slope };
    assert.throws(
      () => maps(grid, [{ quantity: "u", maps: [{ title: "a", values: [1] }] }]),
      /a has 1 values for 32 cells/,
    );
    assert.throws(
      () =>
        maps(grid, [
          { quantity: "u", maps: [a] },
          { quantity: "v", maps: [a, a] },
        ]),
      /equally many maps/,
    );
    assert.throws(() => maps(gridOn([grid.axes[0]]), [{ quantity: "u", maps: [a] }]), /grid of two axes/);
  });
});
