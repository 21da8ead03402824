/** The Gaussian process behind a problem's porosity at a condition, on a grid of its domain. */
import { onlyAxis, type Grid } from "../fields/grid";
import { type GaussianProcess, gaussianProcess } from "../porosity/gaussian-process";
import { correlationLengths } from "./domain";
import type { Condition, Problem, RandomPorosity } from "./problem";

/** `law` replaces the problem's own covariance or nugget. Throws `InadmissibleInput` where the correlation length is not positive. */
export function porosityProcess(
  problem: Problem,
  condition: Condition,
  grid: Grid,
  law: Partial<Pick<RandomPorosity, "covariance" | "nugget">> = {},
): GaussianProcess {
  const { cells, length } = onlyAxis(grid, problem.name);
  const [correlationLength] = correlationLengths(problem, condition);
  const { covariance, nugget } = { ...problem.porosity, ...law };
  return gaussianProcess({ cells, length, correlationLength, covariance, nugget });
}
