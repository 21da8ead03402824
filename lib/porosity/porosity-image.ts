/**
 * The porosity of a picture: black is the law's least porosity, white its largest, linear in the grey value between. A
 * cell has the mean over the part of the picture that it covers, pixels counted by the share of theirs that lies in it,
 * so that the mean porosity is that of the picture for any numbers of cells and pixels. x runs to the right and y
 * upwards, as figures show it.
 */
import * as fs from "node:fs/promises";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { explainReadError, UserError } from "../errors/user-error";
import type { PorosityLaw } from "./law";

/** Endings of pictures that can be read. */
export const pictureEndings = [".png", ".jpg", ".jpeg", ".webp"] as const;

/** eps [nx][ny] of the picture in a file. Throws UserError where it is none. */
export async function porosityOfPicture(
  file: string,
  { epsMin, epsMax }: PorosityLaw,
  [nx, ny]: readonly [number, number],
): Promise<Float64Array> {
  // The bytes of a file: by its name alone loadImage would fetch an address from the network.
  const bytes = await fs.readFile(file).catch((error: unknown) => {
    throw explainReadError(error, file);
  });
  const picture = await loadImage(bytes).catch((error: unknown) => {
    throw new UserError(`${file}: a picture is expected (${pictureEndings.join(", ")}): ${String(error)}`);
  });
  const { width, height } = picture;
  const context = createCanvas(width, height).getContext("2d");
  context.fillStyle = "white"; // under what is transparent
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const [columns, rows] = [shares(width, nx), shares(height, ny)];
  const eps = new Float64Array(nx * ny);
  for (let i = 0; i < nx; i++) {
    for (let j = 0; j < ny; j++) {
      let grey = 0;
      for (const [row, share] of rows[ny - 1 - j]) {
        for (const [column, along] of columns[i]) grey += share * along * greyAt(data, row * width + column);
      }
      eps[i * ny + j] = epsMin + (epsMax - epsMin) * grey;
    }
  }
  return eps;
}

/** From 0 to 1, of equal weight for the colours. */
function greyAt(data: Uint8ClampedArray, pixel: number): number {
  return (data[4 * pixel] + data[4 * pixel + 1] + data[4 * pixel + 2]) / (3 * 255);
}

/** For each of n cells the pixels that it covers and their shares of it. */
function shares(pixels: number, n: number): (readonly [pixel: number, share: number])[][] {
  return Array.from({ length: n }, (_, cell) => {
    const [from, to] = [(cell * pixels) / n, ((cell + 1) * pixels) / n];
    const covered: (readonly [number, number])[] = [];
    for (let pixel = Math.floor(from); pixel < Math.min(pixels, Math.ceil(to)); pixel++) {
      const overlap = Math.min(to, pixel + 1) - Math.max(from, pixel);
      if (overlap > 0) covered.push([pixel, overlap / (to - from)]);
    }
    return covered;
  });
}
