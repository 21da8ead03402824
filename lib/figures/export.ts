/**
 * Files of a figure: NAME.svg, .pdf, .png, .csv and .vl.json. The picture has the stated width in mm; the three
 * pictures say which run and configuration made them; made again from the same data, all five are the same bytes.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { writeAtomically } from "../storage/atomic";
import { csv } from "./csv";
import { draw } from "./draw";
import { pdf } from "./pdf";
import { png } from "./png";
import { withSubscripts } from "./rich-text";
import type { Figure, Json } from "./spec";
import { pixelsPerMillimetre } from "./theme";

export interface Provenance {
  /** Name of the run, say a stage's hash. */
  readonly run?: string;
  /** What the run was configured to do: anything that JSON holds, without dates or paths of a machine. */
  readonly configuration?: Json;
}

export type FigureFormat = "svg" | "pdf" | "png" | "csv" | "vl.json";
export type FigurePaths = Readonly<Record<FigureFormat, string>>;

export interface Picture {
  readonly svg: string;
  readonly width: number; // mm
  readonly height: number; // mm
}

/** The SVG of a figure, as wide as it says: a chart that was drawn wider is scaled down to that, whole. */
export async function picture(figure: Figure, provenance: Provenance = {}): Promise<Picture> {
  const drawing = draw(figure.spec);
  const width = figure.width;
  const scale = Math.min(1, (width * pixelsPerMillimetre) / drawing.width);
  const height = round((drawing.height * scale) / pixelsPerMillimetre);
  const box = `0 0 ${round((width * pixelsPerMillimetre) / scale)} ${round((height * pixelsPerMillimetre) / scale)}`;
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" ` +
    `width="${width}mm" height="${height}mm" viewBox="${box}">` +
    `<title>${escape(figure.caption)}</title><metadata>${escape(JSON.stringify(about(figure, provenance)))}</metadata>`;
  const drawn = withSubscripts(await drawing.svg());
  return { svg: drawn.replace(/<svg [^>]*>/, () => head), width, height };
}

/**
 * The PNG of a figure, for a page that cannot draw Vega-Lite; at 192 dpi it is sharp on a screen and half the bytes of
 * print.
 */
export async function figurePng(figure: Figure, provenance: Provenance = {}, resolution = 192): Promise<Uint8Array> {
  return png((await picture(figure, provenance)).svg, figure.width, aboutPng(figure, provenance), resolution);
}

/** Writes all formats to `folder`, each whole or not at all. */
export async function exportFigure(
  figure: Figure,
  options: Provenance & { readonly folder?: string } = {},
): Promise<FigurePaths> {
  const { folder = "figures", ...provenance } = options;
  if (!/^[\p{L}\p{Nd}][\p{L}\p{Nd}._-]*$/u.test(figure.name)) {
    throw new RangeError(`exportFigure: a figure's name is one plain word for a file name, got "${figure.name}"`);
  }
  const { svg, width, height } = await picture(figure, provenance);
  const { run, configuration } = about(figure, provenance);
  const contents: Record<FigureFormat, Uint8Array | string> = {
    svg: svg + "\n",
    pdf: await pdf(svg, width, height, { title: figure.caption, subject: `run: ${run}`, keywords: configuration }),
    png: png(svg, width, aboutPng(figure, provenance)),
    csv: csv(figure.rows),
    "vl.json": JSON.stringify({ ...figure.spec, usermeta: about(figure, provenance) }, null, 1) + "\n",
  };
  await fs.mkdir(folder, { recursive: true });
  const written = Object.entries(contents).map(async ([extension, data]) => {
    const file = path.join(folder, `${figure.name}.${extension}`);
    await writeAtomically(file, data);
    return [extension, file] as const;
  });
  return Object.fromEntries(await Promise.all(written)) as Record<FigureFormat, string>;
}

function about(figure: Figure, { run = "not stated", configuration = {} }: Provenance) {
  return { figure: figure.name, run, configuration: JSON.stringify(configuration) };
}

function aboutPng(figure: Figure, provenance: Provenance): Record<string, string> {
  const { run, configuration } = about(figure, provenance);
  return { Title: figure.caption, Source: `run: ${run}`, Comment: configuration };
}

const round = (x: number): number => Math.round(x * 1000) / 1000;
const escape = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
