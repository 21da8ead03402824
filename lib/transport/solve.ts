/**
 * One solution for a porosity profile that somebody brings, as an array, a table or a function; any number of cells, every number
 * checked against what the equations admit (not against the box from which ensembles are drawn).
 *   solveFields(p, [0.31, 0.35, ..], z)                                        one value per cell
 *   solveFields(p, (x) => 0.3 + 1e3 * x, z, { cells: 200 })                    a function of x in m
 *   solveFields(p, profileTable(readFileSync(file, "utf8"), file), z)          a CSV file of x (m) and eps
 */
import { InadmissibleInput } from "./errors";
import { uniformGrid } from "./grid";
import { checkNames } from "./input";
import type { Condition, Problem, SolverOptions } from "./problem";
import { porosityProfile, type ProfileSource } from "./profile";

export interface Solution {
  /** Cell centres, m. */
  readonly x: Float64Array;
  /** The porosity in each cell. */
  readonly eps: Float64Array;
  /** One array [cells] per channel of the problem, SI units. The caller owns them. */
  readonly fields: Readonly<Record<string, Float64Array>>;
}

/**
 * Solves `problem` on `cells` equal cells: by default as many as an array has values, or the problem's own number for a table or a
 * function. `condition` must hold the problem's conditions but for "l", which describes an ensemble; its parameters may be
 * left out. Throws `InadmissibleInput` and `DepletionError`.
 */
export function solveFields(
  problem: Problem,
  source: ProfileSource,
  condition: Condition,
  { cells = cellsOf(problem, source), ...options }: SolverOptions & { readonly cells?: number } = {},
): Solution {
  checkNames(problem.name, problem, Object.keys(condition));
  const grid = uniformGrid(cells, problem.length);
  const eps = porosityProfile(source, grid);
  const all = new Float64Array(problem.channels.length * cells);
  problem.solver(grid, options).solve(eps, condition, all);
  const fields = problem.channels.map(({ name }, i) => [name, all.slice(i * cells, (i + 1) * cells)] as const);
  return { x: grid.centres, eps, fields: Object.fromEntries(fields) };
}

function cellsOf(problem: Problem, source: ProfileSource): number {
  if (typeof source === "function" || "x" in source) return problem.defaultCells;
  if (source.length >= 2) return source.length;
  throw new InadmissibleInput(
    `${problem.name}: eps must have at least 2 values, one per cell, got ${source.length === 0 ? "none" : source.length}`,
  );
}
