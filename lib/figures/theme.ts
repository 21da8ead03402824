/**
 * One look for every figure. Colours say who computed a curve: solver (PDE ensemble) and model keep theirs throughout,
 * theory is black and dashed, what others published is grey and dotted. The colours differ in lightness by at least 9
 * units of CIE L*, so that they stay apart in grey print, and they stay apart for protanopes and deuteranopes.
 *
 * Lengths: a figure is stated in millimetres and drawn in CSS pixels, 96 to an inch; type is stated in points, 72 to an
 * inch.
 */
export const pixelsPerMillimetre = 96 / 25.4;
export const pixelsPerPoint = 96 / 72;

/** Widths of a printed figure, mm. */
export const columnWidth = { one: 85, two: 174 } as const;

/** Sizes of type, points in print. None is below 7. */
export const typeSize = { tick: 7, title: 8, panel: 8 } as const;

export const fontFamily = "Source Sans 3";

export const colours = {
  solver: "#0b4a85",
  model: "#f39a2d",
  cyan: "#1f9fae",
  brown: "#5c2308",
  theory: "#000000",
  published: "#666666",
  rule: "#9a9a9a",
  grid: "#e9e9e9",
} as const;

/** "upright" is a short vertical stroke. */
export type Shape = "upright" | "circle" | "square" | "diamond" | "triangle-up" | "cross" | "triangle-down";

/** How one series is drawn: everything that tells it from the others, in colour and in grey. */
export interface Style {
  readonly colour: string;
  readonly dash?: readonly number[]; // px on, px off; absent: solid
  readonly shape: Shape;
  readonly width?: number; // px
}

/** The cast, the same in every figure. */
export const styles = {
  solver: { colour: colours.solver, shape: "circle" },
  model: { colour: colours.model, shape: "diamond" },
  theory: { colour: colours.theory, dash: [5, 2.5], shape: "cross", width: 1.1 },
  published: { colour: colours.published, dash: [1, 2], shape: "triangle-up", width: 1.6 },
  /** The exact score of the noised finite ensemble. */
  empirical: { colour: colours.cyan, dash: [7, 1.5, 1.5, 1.5], shape: "square" },
  /** The exact score of the Gaussian with the ensemble's moments. */
  gaussian: { colour: colours.brown, dash: [2.5, 1.5], shape: "triangle-down" },
} as const satisfies Record<string, Style>;

/**
 * For series without a role of their own, such as a list of samplers: colour, dash and shape change together, and none
 * is the solver's or the model's.
 */
export const sequence: readonly Style[] = [
  { colour: colours.theory, shape: "circle" },
  { colour: "#56b4e9", dash: [9, 3], shape: "diamond" },
  { colour: colours.brown, dash: [2.5, 1.5], shape: "triangle-down" },
  { colour: colours.cyan, dash: [7, 1.5, 1.5, 1.5], shape: "square" },
  { colour: "#8c510a", dash: [4, 1, 1, 1, 1, 1], shape: "cross" },
  { colour: colours.published, dash: [1, 2], shape: "triangle-up" },
];

export function styleOf(index: number): Style {
  return sequence[index % sequence.length];
}

const ramp = ["#08264d", "#1c5c9c", "#5b9bcf", "#84b7da"];

/** For an ordered parameter (a correlation length, a noise level): dark to light, each with its own dash. */
export function orderedStyle(index: number, count: number): Style {
  const at = count < 2 ? 0 : (index / (count - 1)) * (ramp.length - 1);
  const colour = mix(ramp[Math.floor(at)], ramp[Math.min(ramp.length - 1, Math.floor(at) + 1)], at - Math.floor(at));
  const dashes = [undefined, [6, 2], [2.5, 1.5], [7, 1.5, 1.5, 1.5]];
  const shapes = ["circle", "square", "diamond", "triangle-up"] as const;
  return { colour, dash: dashes[index % 4], shape: shapes[index % 4] };
}

function mix(a: string, b: string, share: number): string {
  const [p, q] = [rgb(a), rgb(b)];
  return (
    "#" +
    p
      .map((x, i) =>
        Math.round(x + share * (q[i] - x))
          .toString(16)
          .padStart(2, "0"),
      )
      .join("")
  );
}

/** Red, green and blue in 0..255 of "#rrggbb". */
export function rgb(colour: string): [number, number, number] {
  const number = /^#[0-9a-f]{6}$/i.test(colour) ? parseInt(colour.slice(1), 16) : NaN;
  if (Number.isNaN(number)) throw new RangeError(`rgb: expected a colour like "#0b4a85", got ${colour}`);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

const px = (points: number): number => Math.round(points * pixelsPerPoint * 100) / 100;

/** Vega-Lite's configuration: hairline axes with outward ticks, no frame, no grid unless a panel asks for it. */
export const vegaConfig = {
  font: `'${fontFamily}', 'Source Sans Pro', Helvetica, Arial, sans-serif`, // a browser may not have the first
  background: "white",
  padding: 2,
  view: { stroke: null },
  aria: false,
  axis: {
    labelFontSize: px(typeSize.tick),
    titleFontSize: px(typeSize.title),
    titleFontWeight: 400,
    labelColor: "black",
    titleColor: "black",
    domainColor: "black",
    tickColor: "black",
    domainWidth: 0.7,
    tickWidth: 0.7,
    tickSize: 3,
    labelPadding: 2,
    titlePadding: 4,
    grid: false,
    gridColor: colours.grid,
    gridWidth: 0.6,
    labelFlush: false,
    labelOverlap: "greedy",
    labelSeparation: 3,
  },
  title: { fontSize: px(typeSize.panel), fontWeight: 600, color: "black", anchor: "start" },
  text: { fontSize: px(typeSize.tick), color: "black" },
  concat: { spacing: 10 },
} as const;
