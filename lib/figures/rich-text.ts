/**
 * Subscripts in labels: "β_max" is drawn as β with a lowered, smaller "max". Superscripts and Greek letters are plain
 * Unicode ("m⁻³", "φ"), which the font has; subscript letters mostly do not exist in Unicode, hence this notation.
 */
export interface Run {
  readonly text: string;
  readonly subscript: boolean;
}

export const subscriptScale = 0.72; // size of the lowered letters, in sizes of the text
const drop = 0.2; // how far they are lowered

/** Splits a label at its subscripts: an underscore that follows a letter, then letters and digits. */
export function runs(text: string): Run[] {
  const found: Run[] = [];
  let from = 0;
  for (const match of text.matchAll(/(?<=[\p{L}\p{Nd})])_([\p{L}\p{Nd}]+)/gu)) {
    if (match.index! > from) found.push({ text: text.slice(from, match.index), subscript: false });
    found.push({ text: match[1], subscript: true });
    from = match.index! + match[0].length;
  }
  if (from < text.length) found.push({ text: text.slice(from), subscript: false });
  return found;
}

/** Rewrites the text elements of an SVG that hold subscripts; all else is left as it is. */
export function withSubscripts(svg: string): string {
  return svg.replace(/(<text [^>]*?font-size="([\d.]+)px"[^>]*>)([^<]*_[^<]*)(<\/text>)/g, (...groups: string[]) => {
    const [, open, fontSize, text, close] = groups;
    const size = Number(fontSize);
    const lowered = round(drop * size);
    let back = 0; // what the next run must rise to be on the line again
    const spans = runs(text).map((run) => {
      const dy = (run.subscript ? lowered : 0) - back;
      back = run.subscript ? lowered : 0;
      const small = run.subscript ? ` font-size="${round(subscriptScale * size)}px"` : "";
      return `<tspan dy="${round(dy)}"${small}>${run.text}</tspan>`;
    });
    return open + spans.join("") + close;
  });
}

const round = (x: number): number => Math.round(x * 100) / 100;
