/** Fields between sensors: prior, exact posterior and the network's, with the readings and the hidden truth. */
import { figure } from "../../figures/parts/figure";
import { band, edges, errorBars, line, points } from "../../figures/parts/layers";
import { channelScale, lengthScale } from "../../figures/parts/scales";
import type { Figure, Row } from "../../figures/spec";
import { colours, type Style, styles } from "../../figures/theme";
import { axisOf } from "../../transport/domain";
import type { Case } from "../case";
import type { Band } from "./overview";
import type { MeasurementsResult } from "./stage";

const priorStyle: Style = { colour: colours.published, shape: "circle" };

/**
 * One panel a channel: bands of two standard deviations of prior and exact posterior, the network's edges over them,
 * readings with their noise, the truth.
 */
export function fieldsBetween({ overview }: MeasurementsResult, { problem, configuration }: Case): Figure {
  const { channels } = problem;
  const axis = axisOf(problem, configuration.problem.cells);
  const along = lengthScale(axis);
  const x = Array.from(axis.centres, along.shown);
  const cells = x.length;
  const rows: Row[] = [];
  const panels = channels.map((channel, k) => {
    const part = (values: readonly number[]): readonly number[] => values.slice(k * cells, (k + 1) * cells);
    const extent = (b: Band, sign: number): number[] => part(b.mean).map((m, j) => m + sign * 2 * part(b.std)[j]);
    const scale = channelScale(channel, [...extent(overview.prior, -1), ...extent(overview.prior, 1)]);
    const region = (name: string, b: Band): { x: number; low: number; high: number }[] => {
      const [low, high] = [extent(b, -1), extent(b, 1)];
      x.forEach((_, j) =>
        rows.push({
          curve: name,
          channel: channel.name,
          x: axis.centres[j],
          mean: part(b.mean)[j],
          low: low[j],
          high: high[j],
        }),
      );
      return x.map((at, j) => ({ x: at, low: scale.shown(low[j]), high: scale.shown(high[j]) }));
    };
    const curve = (values: readonly number[]): { x: number; y: number }[] =>
      x.map((at, j) => ({ x: at, y: scale.shown(values[j]) }));
    const read = overview.readings.filter((r) => r.channel === channel.name);
    read.forEach((r) =>
      rows.push({
        curve: "reading",
        channel: channel.name,
        x: r.x,
        mean: r.value,
        low: r.value - 2 * r.std,
        high: r.value + 2 * r.std,
      }),
    );
    part(overview.truth).forEach((value, j) =>
      rows.push({ curve: "truth", channel: channel.name, x: axis.centres[j], mean: value }),
    );
    return {
      x: { title: along.title },
      y: { title: scale.title },
      layers: [
        band(region("prior", overview.prior), priorStyle, { opacity: 0.15 }),
        band(region("solver", overview.solver), styles.solver, { opacity: 0.3 }),
        ...edges(region("network", overview.network), styles.model),
        line(curve(part(overview.network.mean)), styles.model),
        line(curve(part(overview.truth)), styles.theory),
        ...(read.length > 0
          ? [
              errorBars(
                read.map((r) => ({
                  x: along.shown(r.x),
                  low: scale.shown(r.value - 2 * r.std),
                  high: scale.shown(r.value + 2 * r.std),
                })),
                styles.theory,
              ),
              points(
                read.map((r) => ({ x: along.shown(r.x), y: scale.shown(r.value) })),
                { ...styles.theory, shape: "circle" },
              ),
            ]
          : []),
      ],
    };
  });
  return figure({
    name: "10-fields-between-sensors",
    caption: "Fields between sensors: mean and two standard deviations, exact and by the network",
    width: "two",
    panelHeight: 44,
    panels,
    legend: [
      { label: "before the readings", style: priorStyle, swatch: "line and band" },
      { label: "given them, exact", style: styles.solver, swatch: "line and band" },
      { label: "given them, network", style: styles.model, swatch: "line" },
      { label: "hidden truth", style: styles.theory, swatch: "line" },
      { label: "reading", style: { ...styles.theory, shape: "circle" }, swatch: "point" },
    ],
    rows,
  });
}
