/**
 * One solution for a porosity profile that somebody brings: any number of cells, every number checked against what the
 * equations admit (not against the box from which ensembles are drawn).
 */
import { uniformGrid } from "./grid";
import { checkNames } from "./input";
import { InadmissibleInput } from "./errors";
import type { Condition, Problem, SolverOptions } from "./problem";

export interface Solution {
  /** Cell centres, m. */
  readonly x: Float64Array;
  /** One array [cells] per channel of the problem, SI units. The caller owns them. */
  readonly fields: Readonly<Record<string, Float64Array>>;
}

/**
 * Solves `problem` on as many equal cells as `eps` has values. `condition` must hold the problem's conditions but for "l",
 * which describes an ensemble; its parameters may be left out. Throws `InadmissibleInput` and `DepletionError`.
 */
export function solveFields(
  problem: Problem,
  eps: ArrayLike<number>,
  condition: Condition,
  options: SolverOptions = {},
): Solution {
  if (eps.length < 2) {
    throw new InadmissibleInput(
      `${problem.name}: eps must have at least 2 values, one per cell, got ${eps.length === 0 ? "none" : eps.length}`,
    );
  }
  checkNames(problem.name, problem, Object.keys(condition));
  const cells = eps.length;
  const grid = uniformGrid(cells, problem.length);
  const all = new Float64Array(problem.channels.length * cells);
  problem.solver(grid, options).solve(Float64Array.from(eps), condition, all);
  const fields = problem.channels.map(({ name }, i) => [name, all.slice(i * cells, (i + 1) * cells)] as const);
  return { x: grid.centres, fields: Object.fromEntries(fields) };
}
