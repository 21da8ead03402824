/**
 * The font of the figures, an open one that the project carries, and the true widths of its text. Vega lays out axes
 * and legends by these widths; its own estimate without a browser is too small, and labels would collide.
 */
import { GlobalFonts, createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import * as vega from "vega";
import { runs, subscriptScale } from "./rich-text";
import { fontFamily } from "./theme";

export const fontFiles = {
  regular: require.resolve("@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf"),
  semiBold: require.resolve("@expo-google-fonts/source-sans-3/600SemiBold/SourceSans3_600SemiBold.ttf"),
} as const;

let context: SKRSContext2D | undefined;

function canvas(): SKRSContext2D {
  if (context === undefined) {
    for (const file of Object.values(fontFiles)) GlobalFonts.registerFromPath(file, fontFamily);
    context = createCanvas(1, 1).getContext("2d");
  }
  return context;
}

/** Width in px of one line of text; `weight` 400 or 600. */
export function textWidth(text: string, size: number, weight = 400): number {
  const measure = canvas();
  return runs(text).reduce((width, run) => {
    measure.font = `${weight} ${run.subscript ? subscriptScale * size : size}px "${fontFamily}"`;
    return width + measure.measureText(run.text).width;
  }, 0);
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: number | string;
  readonly limit?: number;
}

// Vega exports these, for programs that draw outside a browser, but its types leave them out.
declare module "vega" {
  /** By which text is measured. */
  export const textMetrics: { width(item: TextItem, text: unknown): number };
  /** Sets back the counter of the names in a drawing. */
  export function resetSVGDefIds(): void;
}
let installed = false;

/** From now on Vega measures text by the real font. */
export function measureTextTruly(): void {
  if (installed) return;
  installed = true;
  vega.textMetrics.width = (item, text) => {
    const bold = item.fontWeight === "bold" || Number(item.fontWeight) >= 600;
    return text === null || text === undefined || text === ""
      ? 0
      : textWidth(String(text), item.fontSize ?? 11, bold ? 600 : 400);
  };
}
