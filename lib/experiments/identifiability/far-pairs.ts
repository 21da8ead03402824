/**
 * Two porosities far apart whose fields are nearly the same: the porosities on the left, on the right the differences
 * of their fields in units of the noise, which is a band from -1 to 1.
 */
import type { Channel } from "../../fields/channel";
import { onlyAxis } from "../../fields/grid";
import { channelNamed, type Shape } from "../../fields/shape";
import { figure, type Panel } from "../../figures/parts/figure";
import { band, line, reference } from "../../figures/parts/layers";
import { distinct } from "../../figures/parts/quantities";
import { lengthScale, spreadScale } from "../../figures/parts/scales";
import type { Figure } from "../../figures/spec";
import { colours, styles, type Style } from "../../figures/theme";
import type { Noise } from "../../inverse/field-map";

export interface FarPairRow {
  readonly pair: string; // "ℓ = L/10": one row of panels each
  readonly x: number; // m
  readonly epsA: number;
  readonly epsB: number;
  /** Of the fields by channel, SI. */
  readonly difference: Readonly<Record<string, number>>;
}

const [a, b] = [{ ...styles.gaussian, dash: undefined }, styles.empirical];
const ruler = { colour: colours.rule, shape: "circle" } as const;
/** Of the differences of the first channel, of the second, of others. */
const dashes: readonly Style["dash"][] = [undefined, styles.theory.dash, [1, 1.5], [5, 1.5, 1, 1.5]];
const styleOfDifference = (k: number): Style => ({ ...styles.theory, dash: dashes[k % dashes.length] });

/** `noise` by channel; `porosity`: between which ends it lies. */
export function farPairs(
  rows: readonly FarPairRow[],
  options: { shape: Shape; noise: Noise; porosity: readonly [number, number]; name?: string },
): Figure {
  const { name = "far-pairs", shape, noise } = options;
  const channels = Object.keys(noise).map((channel) => channelNamed(shape, channel));
  const along = lengthScale(onlyAxis(shape.grid, name));
  const porosityAxis = { title: "ε", domain: options.porosity, values: tenths(options.porosity) };
  const panels = distinct(rows.map((r) => r.pair)).flatMap((pair): Panel[] => {
    const here = rows.filter((r) => r.pair === pair);
    const porosity = (of: (r: FarPairRow) => number) => here.map((r) => ({ x: along.shown(r.x), y: of(r) }));
    const differences = channels.map((channel) =>
      here.map((r) => ({ x: along.shown(r.x), y: r.difference[channel.name] / noise[channel.name] })),
    );
    const most = differences.flat().reduce((largest, { y }) => Math.max(largest, 1.1 * Math.abs(y)), 1.4);
    return [
      {
        title: pair,
        x: { title: along.title },
        y: porosityAxis,
        layers: [line(porosity((r) => r.epsA), a), line(porosity((r) => r.epsB), b)], // prettier-ignore
      },
      {
        x: { title: along.title },
        y: { title: "difference / noise", domain: [-most, most], values: [-1, 0, 1] },
        layers: [
          band(
            here.map((r) => ({ x: along.shown(r.x), low: -1, high: 1 })),
            ruler,
          ),
          reference({ y: 0 }),
          ...differences.map((difference, k) => line(difference, styleOfDifference(k))),
        ],
      },
    ];
  });
  const noises = channels.map((channel) => `± ${inUnits(channel, noise[channel.name])}`);
  return figure({
    name,
    caption: "Porosities far apart with nearly equal fields, and the difference of their fields against the noise",
    width: "one",
    columns: 2,
    headings: "row",
    panelHeight: 26,
    panels,
    legend: [
      { label: "porosity A", style: a, swatch: "line" },
      { label: "porosity B", style: b, swatch: "line" },
      ...channels.map(({ symbol }, k) => {
        return { label: `difference of ${symbol}`, style: styleOfDifference(k), swatch: "line" as const };
      }),
      { label: `noise, ${noises.join(", ")}`, style: ruler, swatch: "band" },
    ],
    rows: rows.map(({ difference, ...row }) => ({
      ...row,
      ...Object.fromEntries(channels.map(({ name: key }) => [`difference${capital(key)}`, difference[key]])),
    })),
  });
}

/** "0.1 mV": a noise in the units of the page. */
export function inUnits(channel: Channel, noise: number): string {
  const { unit, spread } = spreadScale(channel, [noise], { log: true });
  return `${Number(spread(noise).toPrecision(3))} ${unit}`.trim();
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Ticks at tenths where at least two fit. */
function tenths([low, high]: readonly [number, number]): readonly number[] | undefined {
  const first = Math.ceil(10 * low - 1e-9);
  const count = Math.floor(10 * high + 1e-9) - first + 1;
  return count < 2 ? undefined : Array.from({ length: count }, (_, k) => (first + k) / 10);
}
