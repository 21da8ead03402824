import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { createCanvas } from "@napi-rs/canvas";
import { porosityOfPicture } from "../../lib/porosity/porosity-image";
import { assertClose } from "../assert-close";
import { temporaryFolder } from "../temporary-folder";

const law = { epsMin: 0.2, epsMax: 0.6 };
const rounding = 1e-12;

describe("the porosity of a picture", () => {
  const folder = temporaryFolder();

  /** A PNG of these grey values, or [r, g, b, a], row by row from the top. */
  function picture(rows: readonly (readonly (number | readonly number[])[])[]): string {
    const canvas = createCanvas(rows[0].length, rows.length);
    const context = canvas.getContext("2d");
    const image = context.createImageData(rows[0].length, rows.length);
    rows.flat().forEach((v, at) => image.data.set(typeof v === "number" ? [v, v, v, 255] : v, 4 * at));
    context.putImageData(image, 0, 0);
    const file = path.join(folder(), "picture.png");
    fs.writeFileSync(file, canvas.toBuffer("image/png"));
    return file;
  }

  it("is linear in the grey value; x runs to the right, y upwards, and y is the last axis", async () => {
    const eps = await porosityOfPicture(picture([[0, 51], [255, 102], [204, 153]]), law, [2, 3]); // prettier-ignore
    const grey = [204, 255, 0, 153, 102, 51]; // columns from the left, each from below
    eps.forEach((e, at) => assertClose(`cell ${at}`, e, 0.2 + (0.4 * grey[at]) / 255, { within: rounding }));
  });

  it("a cell has the mean of what it covers: pixels count by their share, for more cells and for fewer", async () => {
    const file = picture([[0, 255, 0]]);
    const two = await porosityOfPicture(file, law, [2, 1]); // each: one black pixel and half a white one
    two.forEach((e) => assertClose("two cells", e, 0.2 + 0.4 / 3, { within: rounding }));
    const four = await porosityOfPicture(file, law, [4, 2]); // 3/4 of a pixel each: 0, 2/3, 2/3, 0 of it white
    [0, 0, 2 / 3, 2 / 3, 2 / 3, 2 / 3, 0, 0].forEach((share, at) =>
      assertClose(`cell ${at} of 4 x 2`, four[at], 0.2 + 0.4 * share, { within: rounding }),
    );
  });

  it("colours weigh alike, and what is transparent is white", async () => {
    const eps = await porosityOfPicture(picture([[[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 102, 255], [0, 0, 0, 0]]]), law, [4, 1]); // prettier-ignore
    [1 / 3, 1 / 3, 0.4 / 3, 1].forEach((grey, at) =>
      assertClose(`cell ${at}`, eps[at], 0.2 + 0.4 * grey, { within: rounding }),
    );
  });

  it("a file that is no picture is refused by its name", async () => {
    const file = path.join(folder(), "words.png");
    fs.writeFileSync(file, "no picture");
    await assert.rejects(porosityOfPicture(file, law, [1, 1]), /words\.png: a picture is expected \(\.png, \.jpg/);
  });
});
