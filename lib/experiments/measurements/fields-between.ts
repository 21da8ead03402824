/** Fields between sensors: prior, exact posterior and the network's, with the readings and the hidden truth. */
import type { Channel } from "../../fields/channel";
import type { Axis } from "../../fields/grid";
import { figure, type Panel } from "../../figures/parts/figure";
import { band, edges, errorBars, type Layer, line, points } from "../../figures/parts/layers";
import type { Quantity } from "../../figures/parts/quantities";
import { channelScale, type LengthScale, lengthScale } from "../../figures/parts/scales";
import type { Figure, Row } from "../../figures/spec";
import { colours, type Style, styles } from "../../figures/theme";
import { axisOf } from "../../transport/domain";
import type { Case } from "../case";
import type { Band, Overview } from "./overview";
import type { MeasurementsResult } from "./stage";

const priorStyle: Style = { colour: colours.published, shape: "circle" };

/**
 * One panel a channel: bands of two standard deviations of prior and exact posterior, the network's edges over them,
 * readings with their noise, the truth.
 */
export function fieldsBetween({ overview }: MeasurementsResult, { problem, configuration }: Case): Figure {
  const axis = axisOf(problem, configuration.problem.cells);
  return figure({
    name: "10-fields-between-sensors",
    caption: "Fields between sensors: mean and two standard deviations, exact and by the network",
    width: "two",
    panelHeight: 44,
    panels: problem.channels.map((channel, k) => panel(channel, k, overview, axis)),
    legend: [
      { label: "before the readings", style: priorStyle, swatch: "line and band" },
      { label: "given them, exact", style: styles.solver, swatch: "line and band" },
      { label: "given them, network", style: styles.model, swatch: "line" },
      { label: "hidden truth", style: styles.theory, swatch: "line" },
      { label: "reading", style: { ...styles.theory, shape: "circle" }, swatch: "point" },
    ],
    rows: problem.channels.flatMap((channel, k) => rowsOf(channel, k, overview, axis)),
  });
}

/** The part of values [channels, cells] that belongs to channel k. */
const part = (values: readonly number[], k: number, { cells }: Axis): readonly number[] =>
  values.slice(k * cells, (k + 1) * cells);

/** Mean and mean +- two standard deviations of a channel, cell by cell. */
function region(b: Band, k: number, axis: Axis): { mean: number; low: number; high: number }[] {
  const std = part(b.std, k, axis);
  return part(b.mean, k, axis).map((mean, j) => ({ mean, low: mean - 2 * std[j], high: mean + 2 * std[j] }));
}

function panel(channel: Channel, k: number, overview: Overview, axis: Axis): Panel {
  const along = lengthScale(axis);
  const x = Array.from(axis.centres, along.shown);
  const prior = region(overview.prior, k, axis);
  const scale = channelScale(channel, [...prior.map(({ low }) => low), ...prior.map(({ high }) => high)]);
  const area = (b: Band) =>
    region(b, k, axis).map(({ low, high }, j) => ({ x: x[j], low: scale.shown(low), high: scale.shown(high) }));
  const curve = (values: readonly number[]) =>
    part(values, k, axis).map((value, j) => ({ x: x[j], y: scale.shown(value) }));
  return {
    x: { title: along.title },
    y: { title: scale.title },
    layers: [
      band(area(overview.prior), priorStyle, { opacity: 0.15 }),
      band(area(overview.solver), styles.solver, { opacity: 0.3 }),
      ...edges(area(overview.network), styles.model),
      line(curve(overview.network.mean), styles.model),
      line(curve(overview.truth), styles.theory),
      ...readings(channel, overview, along, scale),
    ],
  };
}

const readingsOf = ({ name }: Channel, { readings }: Overview) =>
  readings
    .filter((r) => r.channel === name)
    .map(({ x, value, std }) => ({ x, value, low: value - 2 * std, high: value + 2 * std }));

function readings(channel: Channel, overview: Overview, along: LengthScale, scale: Quantity): Layer[] {
  const read = readingsOf(channel, overview).map(({ x, value, low, high }) => ({
    x: along.shown(x),
    y: scale.shown(value),
    low: scale.shown(low),
    high: scale.shown(high),
  }));
  if (read.length === 0) return [];
  return [errorBars(read, styles.theory), points(read, { ...styles.theory, shape: "circle" })];
}

function rowsOf(channel: Channel, k: number, overview: Overview, axis: Axis): Row[] {
  const row = { channel: channel.name };
  const bands = (["prior", "solver", "network"] as const).flatMap((curve) =>
    region(overview[curve], k, axis).map((values, j) => ({ curve, ...row, x: axis.centres[j], ...values })),
  );
  const read = readingsOf(channel, overview).map(({ x, value: mean, low, high }) => {
    return { curve: "reading", ...row, x, mean, low, high };
  });
  const truth = part(overview.truth, k, axis);
  return [...read, ...truth.map((mean, j) => ({ curve: "truth", ...row, x: axis.centres[j], mean })), ...bands];
}
