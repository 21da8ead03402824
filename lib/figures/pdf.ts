/**
 * PDF from SVG: vectors, text as text in the embedded font, the page as large as the figure. The same input gives the
 * same bytes.
 */
import { createRequire } from "node:module";
import PDFDocument from "pdfkit";
import { fontFiles } from "./font";
import { pixelsPerMillimetre } from "./theme";

type DrawSvg = (
  document: PDFKit.PDFDocument,
  svg: string,
  x: number,
  y: number,
  options: {
    width: number;
    height: number;
    assumePt: boolean;
    fontCallback: (family: string, bold: boolean, italic: boolean) => string;
    warningCallback: (warning: string) => void;
  },
) => void;
const drawSvg = createRequire(__filename)("svg-to-pdfkit") as DrawSvg; // the package has no types

export interface PdfInformation {
  readonly title: string;
  readonly subject: string;
  readonly keywords: string;
}

/** `width` and `height` in mm. */
export async function pdf(svg: string, width: number, height: number, about: PdfInformation): Promise<Uint8Array> {
  const points = (mm: number) => (mm / 25.4) * 72;
  const document = new PDFDocument({
    size: [points(width), points(height)],
    margin: 0,
    info: {
      Title: about.title,
      Subject: about.subject,
      Keywords: about.keywords,
      Creator: "porous-sgm",
      CreationDate: new Date(Date.UTC(2000, 0, 1)), // a real one would make every file differ
    },
  });
  document.registerFont("regular", fontFiles.regular);
  document.registerFont("semibold", fontFiles.semiBold);
  const chunks: Uint8Array[] = [];
  document.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  const finished = new Promise<void>((resolve, reject) => {
    document.on("end", resolve);
    document.on("error", reject);
  });
  const scale = 72 / 25.4 / pixelsPerMillimetre;
  document.scale(scale);
  drawSvg(document, svg, 0, 0, {
    width: width * pixelsPerMillimetre,
    height: height * pixelsPerMillimetre,
    assumePt: true,
    fontCallback: (_family, bold) => (bold ? "semibold" : "regular"),
    warningCallback: (warning) => {
      throw new Error(`pdf: ${warning}`);
    },
  });
  document.end();
  await finished;
  return Buffer.concat(chunks);
}
