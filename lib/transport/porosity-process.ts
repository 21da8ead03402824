/** The Gaussian process behind a problem's porosity at a condition, on a grid of its domain. */
import type { Grid } from "../fields/grid";
import { type GaussianProcess, gaussianProcess } from "../porosity/gaussian-process";
import { planarProcess } from "../porosity/planar-process";
import { correlationLengths } from "./domain";
import { InadmissibleInput } from "./errors";
import type { Condition, Problem, RandomPorosity } from "./problem";

/** Draws g [cells] of a grid, and the factor of its covariance, whatever the number of axes. */
export type PorosityProcess = Pick<GaussianProcess, "sample" | "samples" | "factor">;

/**
 * `law` replaces the problem's own covariance or nugget. Throws `InadmissibleInput` where the correlation length is not
 * positive, and for a grid of more than two axes.
 */
export function porosityProcess(
  problem: Problem,
  condition: Condition,
  { axes }: Grid,
  law: Partial<Pick<RandomPorosity, "covariance" | "nugget">> = {},
): PorosityProcess {
  const along = correlationLengths(problem, condition);
  const { covariance, nugget } = { ...problem.porosity, ...law };
  const [x, y] = axes;
  if (axes.length === 1) {
    return gaussianProcess({ cells: x.cells, length: x.length, correlationLength: along[0], covariance, nugget });
  }
  if (axes.length === 2) {
    return planarProcess({
      cells: [x.cells, y.cells],
      lengths: [x.length, y.length],
      correlationLength: [along[0], along[1]],
      covariance,
      nugget,
    });
  }
  const names = axes.map(({ name }) => name).join(", ");
  throw new InadmissibleInput(`${problem.name}: porosities are drawn on one axis or two, got the axes ${names}`);
}
