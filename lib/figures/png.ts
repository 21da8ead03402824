/**
 * PNG from SVG, 300 dots to an inch. The resolution (pHYs) and what made the picture (iTXt) go into chunks of their own
 * after the header:
 * a chunk is length, type, data, CRC-32 of type and data (PNG specification, third edition, section 5).
 */
import { Resvg } from "@resvg/resvg-js";
import { fontFiles } from "./font";
import { fontFamily } from "./theme";

export const dotsPerInch = 300;

/** The picture `width` mm wide, at `resolution` dots to an inch. */
export function png(
  svg: string,
  width: number,
  about: Readonly<Record<string, string>>,
  resolution = dotsPerInch,
): Uint8Array {
  const picture = new Resvg(svg, {
    background: "white",
    fitTo: { mode: "width", value: Math.round((width / 25.4) * resolution) },
    font: { fontFiles: Object.values(fontFiles), loadSystemFonts: false, defaultFontFamily: fontFamily },
  })
    .render()
    .asPng();
  const header = 8 + 25; // signature and IHDR
  const dotsPerMetre = Buffer.alloc(9);
  dotsPerMetre.writeUInt32BE(Math.round(resolution / 0.0254), 0);
  dotsPerMetre.writeUInt32BE(Math.round(resolution / 0.0254), 4);
  dotsPerMetre[8] = 1; // metre
  const texts = Object.entries(about).map(([key, text]) =>
    chunk("iTXt", Buffer.from(`${key}\0\0\0\0\0${text}`, "utf8")),
  );
  return Buffer.concat([picture.subarray(0, header), chunk("pHYs", dotsPerMetre), ...texts, picture.subarray(header)]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
