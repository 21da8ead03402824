/**
 * A TIFF file as an image: its pages are the planes z, each [y][x] of one grey value. Read with utif2; 8, 16 and 32
 * bits are taken as they are, so that thresholds and phases are the numbers that other programs show.
 */
import * as fs from "node:fs/promises";
import { explainReadError, UserError } from "../errors/user-error";
import type { Image } from "./image-profiles";

/** A page as utif2 decodes it; "t258" and the like are the tags of the TIFF specification. */
interface Page {
  readonly [tag: `t${number}`]: unknown;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

interface Decoder {
  decode(bytes: Uint8Array): Page[];
  decodeImage(bytes: Uint8Array, page: Page): void;
}

export const tiffEndings = [".tif", ".tiff"] as const;

/** @throws UserError for a file that is missing, no TIFF, in colour, or whose planes differ in size */
export async function readTiffStack(file: string): Promise<Image> {
  const bytes = await fs.readFile(file).catch((error: unknown) => {
    throw explainReadError(error, file);
  });
  const pages = pagesOf(bytes, file);
  const [{ width, height }] = pages;
  const voxels = new Float64Array(pages.length * width * height);
  pages.forEach((page, z) => {
    if (page.width !== width || page.height !== height) {
      throw new UserError(
        `${file}: all planes must have one size, got ${width} x ${height} and, in plane ${z}, ${page.width} x ` +
          `${page.height}`,
      );
    }
    voxels.set(greyOf(page, bytes[0] === 0x49, file), z * width * height);
  });
  return { shape: [pages.length, height, width], voxels };
}

/** Only where a TIFF is read: no other command waits for it. */
function decoder(): Decoder {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require("utif2") as Decoder;
}

function pagesOf(bytes: Buffer, file: string): Page[] {
  const { decode, decodeImage } = decoder();
  try {
    const pages = decode(bytes);
    for (const page of pages) decodeImage(bytes, page);
    if (pages.length > 0 && pages.every((page) => page.width > 0 && page.height > 0)) return pages;
  } catch {
    // said below
  }
  throw new UserError(
    `${file}: it is no TIFF that can be read. Remedy: a stack of grey planes, 8, 16 or 32 bits, stored plain`,
  );
}

/** One number a pixel. `little`: the byte order of the file; 16 bits are little-endian once they are decoded. */
function greyOf(page: Page, little: boolean, file: string): Float64Array {
  const tag = (number: number): number => Number((page[`t${number}`] as readonly number[] | undefined)?.[0] ?? 1);
  const [bits, samples, form] = [tag(258), tag(277), tag(339)];
  const { data, width, height } = page;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const read: Readonly<Record<string, (i: number) => number>> = {
    "8": (i) => data[i],
    "16": (i) => view.getUint16(2 * i, true),
    "32": (i) => (form === 3 ? view.getFloat32(4 * i, little) : view.getUint32(4 * i, little)),
  };
  const value = read[String(bits)];
  if (samples !== 1 || value === undefined || data.length < (width * height * bits) / 8) {
    throw new UserError(
      `${file}: planes of one grey value of 8, 16 or 32 bits are needed, got ${samples} values of ${bits} bits`,
    );
  }
  return Float64Array.from({ length: width * height }, (_, i) => value(i));
}
