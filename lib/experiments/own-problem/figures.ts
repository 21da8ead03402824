/**
 * The guide "bring your own problem": what to look at before a new problem's ensembles are believed, and what its model
 * gives.
 */
import { overlay, type OverlayRow } from "../../figures/overlay";
import type { Figure } from "../../figures/spec";
import type { Condition, Problem } from "../../transport/problem";
import { onlyAxis } from "../../fields/grid";
import { axisOf, shapeOf } from "../../transport/domain";
import { solveFields } from "../../transport/solve";
import { type Contestant, contestants } from "../sampling/contenders";
import type { Evaluation } from "../sampling/stage";
import type { Case } from "../case";
import { conditionLabel } from "../training-data/figures";

/** Errors of a problem's solver on refined grids, and the order that they show. */
export interface Refinement {
  readonly rows: readonly { readonly cells: number; readonly error: number }[];
  /** Least-squares slope of ln error against ln h. */
  readonly order: number;
}

/**
 * Root-mean-square error of each refinement against `exact` (values at x, channels one after the other in one array per
 * channel), for a porosity given as a function of x. The order that a scheme is known for must come out, or the solver
 * is wrong.
 */
export function refine(
  p: Problem,
  options: {
    readonly porosity: (x: number) => number;
    readonly condition: Condition;
    readonly exact: Readonly<Record<string, (x: number) => number>>;
    readonly cells?: readonly number[];
  },
): Refinement {
  const rows = (options.cells ?? [25, 50, 100, 200]).map((cells) => {
    const { x, fields } = solveFields(p, options.porosity, options.condition, { cells });
    let square = 0;
    let count = 0;
    for (const [name, values] of Object.entries(fields)) {
      const exact = options.exact[name];
      if (!exact) continue;
      values.forEach((value, i) => {
        square += (value - exact(x[i])) ** 2;
        count++;
      });
    }
    if (count === 0) throw new RangeError(`refine: exact names none of the channels of ${p.name}`);
    return { cells, error: Math.sqrt(square / count) };
  });
  const points = rows.map(({ cells, error }) => [-Math.log(cells), Math.log(error)]);
  const mean = (k: 0 | 1) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [x0, y0] = [mean(0), mean(1)];
  const order =
    points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0) / points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
  return { rows, order };
}

/**
 * The solution on a very fine grid as functions of x, one a channel: the reference where no closed form is known. It
 * shows the order of a scheme but not whether the right equations are solved, for which something exact is needed
 * besides.
 */
export function fineSolution(
  p: Problem,
  options: { readonly porosity: (x: number) => number; readonly condition: Condition; readonly cells?: number },
): Readonly<Record<string, (x: number) => number>> {
  const { cells = 6400 } = options;
  const { h } = axisOf(p, cells);
  const { fields } = solveFields(p, options.porosity, options.condition, { cells });
  const interpolated = (values: Float64Array) => (x: number) => {
    const i = Math.min(cells - 2, Math.max(0, Math.floor(x / h - 0.5)));
    const share = x / h - 0.5 - i;
    return (1 - share) * values[i] + share * values[i + 1];
  };
  return Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, interpolated(values)]));
}

/** Solver and model at held-out conditions: mean and spread of each. */
export function overlayFigure(study: Case, evaluation: Evaluation, name: string): Figure {
  const { problem } = study;
  const shape = shapeOf(problem, study.configuration.problem.cells);
  const grid = onlyAxis(shape.grid, problem.name);
  const rows = evaluation.conditions.flatMap(({ condition, profile }): OverlayRow[] =>
    problem.channels.flatMap((channel, k) =>
      (["solver", "model"] as const).flatMap((source) => {
        const { mean, std } = source === "solver" ? profile.reference : profile.network;
        return Array.from(grid.centres, (x, i) => {
          const at = k * grid.cells + i;
          return {
            condition: conditionLabel(study, condition),
            channel: channel.name,
            source,
            x,
            mean: mean[at],
            std: std[at],
          };
        });
      }),
    ),
  );
  return overlay(rows, { shape, name });
}

/**
 * Largest noise-corrected bias and largest deviation of the spread from 1, over held-out conditions and channels, for
 * each contestant. Errors are those of a single number.
 */
export function fidelity(
  evaluation: Evaluation,
): Partial<Record<Contestant, { bias: number; biasError: number; spread: number; spreadError: number }>> {
  const of = (who: Contestant) => {
    const all = evaluation.conditions.flatMap((c) => c.fidelity[who] ?? []);
    const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    return {
      bias: Math.sqrt(Math.max(0, ...all.flatMap((f) => f.squaredBias))),
      biasError: Math.sqrt(most(all.flatMap((f) => f.squaredBiasError))),
      spread: most(all.flatMap((f) => f.stdRatio.map((r) => r - 1))),
      spreadError: most(all.flatMap((f) => f.stdRatioError)),
    };
  };
  const present = contestants.filter((who) => evaluation.conditions.some((c) => c.fidelity[who]));
  return Object.fromEntries(present.map((who) => [who, of(who)]));
}
