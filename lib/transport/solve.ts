/**
 * One solution for a porosity profile that somebody brings, as an array, a table or a function; any number of cells,
 * every number checked against what the equations admit (not against the box from which ensembles are drawn).
 *   solveFields(p, [0.31, 0.35, ..], z)                                        one value per cell
 *   solveFields(p, (x) => 0.3 + 1e3 * x, z, { cells: 200 })                    a function of x in m
 *   solveFields(p, profileTable(readFileSync(file, "utf8"), file), z)          a CSV file of x (m) and eps
 */
import { Fields } from "../fields/fields";
import { onlyAxis } from "../fields/grid";
import { fieldSize } from "../fields/shape";
import { shapeOf } from "./domain";
import { InadmissibleInput } from "./errors";
import { checkNames } from "./input";
import type { Condition, Problem, SolverOptions } from "./problem";
import { porosityProfile, type ProfileSource } from "./profile";

/** One solution with its grid and its porosity. */
export interface Solution {
  /** Cell centres, m. */
  readonly x: Float64Array;
  /** The porosity in each cell. */
  readonly eps: Float64Array;
  /** One array [cells] per channel of the problem, SI units. The caller owns them. */
  readonly fields: Readonly<Record<string, Float64Array>>;
}

/**
 * Solves `problem` on `cells` equal cells: by default as many as an array has values, or the problem's own number for a
 * table or a function. `condition` must hold the problem's conditions but for the correlation length, which describes
 * an ensemble; its parameters may be left out. Throws `InadmissibleInput` and `DepletionError`.
 */
export function solveFields(
  problem: Problem,
  source: ProfileSource,
  condition: Condition,
  { cells = cellsOf(problem, source), ...options }: SolverOptions & { readonly cells?: number } = {},
): Solution {
  checkNames(problem.name, problem, Object.keys(condition));
  const shape = shapeOf(problem, cells);
  const axis = onlyAxis(shape.grid, problem.name);
  const eps = porosityProfile(source, axis);
  const solved = new Fields(new Float64Array(fieldSize(shape)), shape);
  problem.solver(shape.grid, options).solve(eps, condition, solved.values);
  const fields = problem.channels.map(({ name }) => [name, solved.profile(0, name).slice()] as const);
  return { x: axis.centres, eps, fields: Object.fromEntries(fields) };
}

function cellsOf(problem: Problem, source: ProfileSource): number {
  if (typeof source === "function" || "x" in source) return problem.domain[0].cells;
  if (source.length >= 2) return source.length;
  throw new InadmissibleInput(
    `${problem.name}: eps must have at least 2 values, one per cell, got ` +
      `${source.length === 0 ? "none" : source.length}`,
  );
}
