/** Where to put one more sensor: expected information gain along the axis. */
import { figure } from "../../figures/parts/figure";
import { errorBars, line, points } from "../../figures/parts/layers";
import { lengthScale } from "../../figures/parts/scales";
import type { Figure } from "../../figures/spec";
import { styles } from "../../figures/theme";
import { axisOf } from "../../transport/domain";
import type { Case } from "../case";
import { symbolOf } from "./panel-title";
import type { MeasurementsResult } from "./stage";

/**
 * One panel a channel: in closed form for the Gaussian, by simulation for solver and network, with two standard errors.
 */
export function gainFigure({ gains }: MeasurementsResult, { problem, configuration }: Case): Figure {
  const along = lengthScale(axisOf(problem, configuration.problem.cells));
  const panels = [...new Set(gains.map(({ channel }) => channel))].map((channel) => {
    const here = gains.filter((g) => g.channel === channel);
    const at = (g: (typeof here)[number]): number => along.shown(g.x);
    return {
      title: symbolOf(problem, channel),
      x: { title: along.title },
      y: { title: "gain (nats)", zero: true },
      layers: [
        line(
          here.map((g) => ({ x: at(g), y: g.closed })),
          styles.gaussian,
        ),
        errorBars(
          here.map((g) => ({ x: at(g), low: g.solver - 2 * g.solverError, high: g.solver + 2 * g.solverError })),
          styles.solver,
        ),
        points(
          here.map((g) => ({ x: at(g), y: g.solver })),
          styles.solver,
        ),
        points(
          here.map((g) => ({ x: at(g), y: g.network })),
          styles.model,
          { open: true },
        ),
      ],
    };
  });
  return figure({
    name: "10-one-more-sensor",
    caption: "Expected information gain of one more sensor",
    width: panels.length > 1 ? "two" : "one",
    panelHeight: 38,
    panels,
    legend: [
      { label: "Gaussian, closed form", style: styles.gaussian, swatch: "line" },
      { label: "solver", style: styles.solver, swatch: "point and bar" },
      { label: "network", style: styles.model, swatch: "open point" },
    ],
    rows: gains.map((g) => ({ ...g })),
  });
}
