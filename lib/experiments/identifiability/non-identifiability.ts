/**
 * The answer to "the porosity is not identifiable: does it matter?" as one figure. Above: few directions of the
 * porosity rise above the noise, and most of its spread stays open. Below: the mean of generated fields is right all
 * the same, once their start is.
 */
import { onlyAxis } from "../../fields/grid";
import { channelNamed, type Shape } from "../../fields/shape";
import { figure, type Panel } from "../../figures/parts/figure";
import { band, line, points, reference, words } from "../../figures/parts/layers";
import type { Entry } from "../../figures/parts/legend";
import { distinct } from "../../figures/parts/quantities";
import { lengthScale, type LengthScale } from "../../figures/parts/scales";
import type { Figure } from "../../figures/spec";
import { colours, orderedStyle, styles, type Style } from "../../figures/theme";
import type { PosteriorSpreadRow } from "./posterior-spread";
import type { SingularSpectrumRow } from "./singular-spectrum";

export interface BiasByStartRow {
  readonly start: "start N(0, I)" | "matched start";
  readonly channel: string;
  readonly x: number; // m
  readonly bias: number; // in standard deviations of the ensemble
  /** Two standard errors. */
  readonly low: number;
  readonly high: number;
}

const look: Record<BiasByStartRow["start"], Style> = {
  "start N(0, I)": { ...styles.model, dash: [2.5, 1.5] },
  "matched start": styles.model,
};

export function nonIdentifiabilityAtAGlance(
  rows: {
    spectrum: readonly SingularSpectrumRow[];
    spread: readonly PosteriorSpreadRow[];
    bias: readonly BiasByStartRow[];
  },
  options: { shape: Shape; name?: string },
): Figure {
  const { shape, name = "non-identifiability" } = options;
  const along = lengthScale(onlyAxis(shape.grid, name));
  const lengths = distinct(rows.spectrum.map((r) => r.correlation));
  const legend: Entry[] = [
    ...lengths.map((label, i) => ({
      label,
      style: orderedStyle(i, lengths.length),
      swatch: "line and point" as const,
    })),
    ...distinct(rows.bias.map((r) => r.start)).map((start) => {
      return { label: `trained network, ${start}`, style: look[start], swatch: "line and band" as const };
    }),
  ];
  return figure({
    name,
    caption:
      "What both fields together tell of the porosity, mode by mode and along the electrode, and the bias of the " +
      "mean of generated fields",
    width: "two",
    columns: 2,
    panelHeight: 34,
    panels: [
      spectrumPanel(rows.spectrum, lengths),
      spreadPanel(rows.spread, lengths, along),
      ...biasPanels(rows.bias, shape, along),
    ],
    legend,
    rows: [
      ...rows.spectrum.map((r) => ({ panel: "singular values", ...r })),
      ...rows.spread.map((r) => ({ panel: "spread", ...r })),
      ...rows.bias.map((r) => ({ panel: "mean", ...r })),
    ],
  });
}

function spectrumPanel(rows: readonly SingularSpectrumRow[], lengths: readonly string[]): Panel {
  const last = rows.reduce((most, r) => Math.max(most, r.mode), 1);
  return {
    title: "modes of the porosity in the fields",
    x: { title: "mode", format: "d", domain: [0, last + 1] },
    y: { title: "singular value / noise", scale: "log" },
    layers: [
      reference({ y: 1 }, { colour: colours.theory, dash: [3, 2] }),
      words([{ x: last + 1, y: 1, text: "noise" }], { align: "right", dx: -1, dy: -6 }),
      ...lengths.flatMap((length, i) => {
        const here = rows.filter((r) => r.correlation === length).map((r) => ({ x: r.mode, y: r.value }));
        const style = orderedStyle(i, lengths.length);
        return [line(here, { ...style, dash: undefined, width: 0.7 }), points(here, style, { size: 16 })];
      }),
    ],
  };
}

function spreadPanel(rows: readonly PosteriorSpreadRow[], lengths: readonly string[], along: LengthScale): Panel {
  return {
    title: "spread of the porosity that they leave",
    x: { title: along.title },
    y: { title: "posterior std / prior std", domain: [0, 1.1], values: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    layers: [
      reference({ y: 1 }),
      ...lengths.flatMap((length, i) => {
        const here = rows.filter((r) => r.correlation === length);
        const style = orderedStyle(i, lengths.length);
        const bands = here.flatMap(({ x, low, high }) =>
          low === undefined || high === undefined ? [] : [{ x: along.shown(x), low, high }],
        );
        return [
          band(bands, style),
          line(
            here.map((r) => ({ x: along.shown(r.x), y: r.ratio })),
            style,
          ),
        ];
      }),
    ],
  };
}

/** One for each channel. */
function biasPanels(rows: readonly BiasByStartRow[], shape: Shape, along: LengthScale): Panel[] {
  return distinct(rows.map((r) => r.channel)).map((channel) => ({
    title: `mean of generated ${channelNamed(shape, channel).symbol}`,
    x: { title: along.title },
    y: { title: "bias of the mean / std" },
    layers: [
      reference({ y: 0 }),
      ...distinct(rows.map((r) => r.start)).flatMap((start) => {
        const here = rows.filter((r) => r.channel === channel && r.start === start);
        return [
          band(here.map(({ x, low, high }) => ({ x: along.shown(x), low, high })), look[start]),
          line(here.map(({ x, bias }) => ({ x: along.shown(x), y: bias })), look[start]),
        ]; // prettier-ignore
      }),
    ],
  }));
}
