/**
 * The map of the inverse problem in the prior's coordinates:
 *   xi ~ N(0, I)  ->  g = L xi  ->  eps(g)  ->  fields F(xi), all channels  ->
 *                 fields / noise of the observed channels,
 * L the Cholesky factor of the Gaussian process, so that a unit step of xi in any direction is equally likely
 * beforehand and singular values of dF/dxi over the noise level compare data with prior directly. Noise is independent
 * from cell to cell, with one standard deviation per channel (SI units); a channel without one is not observed.
 * The Jacobian is the problem's own d(fields)/d(eps) (lib/transport/sensitivity.ts) times d(eps)/d(g) times L.
 */
import { type Cells, cellsAlong, type Grid } from "../fields/grid";
import { porosity, porosityDerivative } from "../porosity/law";
import { gridOf } from "../transport/domain";
import { porosityProcess } from "../transport/porosity-process";
import type { Condition, Problem } from "../transport/problem";
import { fieldJacobian } from "../transport/sensitivity";
import { multiply } from "../numerics/row-products";
import { everyCell, fieldSpace } from "./functionals";
import { sensors, type Sensors } from "./observations";

/** Standard deviation of the measurement noise in each observed channel, by its name, SI units. */
export type Noise = Readonly<Record<string, number>>;

export interface FieldMap {
  readonly problem: Problem;
  readonly condition: Condition;
  readonly grid: Grid;
  readonly cells: number;
  readonly factor: Float64Array; // L [cells, cells]
  /** g = L xi */
  g(xi: Float64Array): Float64Array;
  eps(xi: Float64Array): Float64Array;
  /** All channels, SI units [channels * cells]; the caller owns it. */
  fields(xi: Float64Array): Float64Array;
  /** d fields / d xi, [channels * cells, cells]. */
  jacobian(xi: Float64Array): Float64Array;
}

/** The map of one problem at one condition (which gives the correlation length). */
export function fieldMap(problem: Problem, options: { condition: Condition; cells?: Cells }): FieldMap {
  const { condition, cells: asked } = options;
  const grid = gridOf(problem, asked);
  const { cells } = grid;
  const { law } = problem.porosity;
  const L = porosityProcess(problem, condition, grid).factor();
  const solver = problem.solver(grid);
  const size = problem.channels.length * cells;

  const g = (xi: Float64Array) => {
    if (xi.length !== cells) throw new RangeError(`fieldMap: expected ${cells} coordinates, got ${xi.length}`);
    const out = new Float64Array(cells);
    for (let i = 0; i < cells; i++) for (let j = 0; j <= i; j++) out[i] += L[i * cells + j] * xi[j];
    return out;
  };
  const solve = (of: Float64Array) => {
    const out = new Float64Array(size);
    solver.solve(porosity(of, law), condition, out);
    return out;
  };
  const inG = (at: Float64Array) => {
    const slope = porosityDerivative(at, law);
    return fieldJacobian(problem, grid, porosity(at, law), condition).map((v, k) => v * slope[k % cells]);
  };
  return {
    problem,
    condition,
    grid,
    cells,
    factor: L,
    g,
    eps: (xi) => porosity(g(xi), law),
    fields: (xi) => solve(g(xi)),
    jacobian: (xi) => multiply(inG(g(xi)), L, cells),
  };
}

/** What is looked at: sensors, or channels in every cell with one noise each. */
export type Measured = Noise | Sensors;

/** The sensors of what is looked at. */
export function sensorsOf(map: FieldMap, measured: Measured): Sensors {
  if ("functionals" in measured) return measured as Sensors;
  const space = fieldSpace(map.problem, map.condition, cellsAlong(map.grid));
  const observed = observedChannels(map, measured).map(({ index, level }) => {
    const cells = everyCell(space, map.problem.channels[index].name);
    return { cells, std: cells.map(() => level) };
  });
  return sensors(
    observed.flatMap(({ cells }) => cells),
    observed.flatMap(({ std }) => std),
    map.problem.channels.length * map.cells,
  );
}

/** Index and noise level of each observed channel; refuses a noise that is not positive or no observation at all. */
export function observedChannels(map: FieldMap, noise: Noise): { index: number; level: number }[] {
  const observed = map.problem.channels.flatMap(({ name }, index) => {
    if (!Object.hasOwn(noise, name)) return [];
    const level = noise[name];
    if (!(level > 0)) throw new RangeError(`observedChannels: the noise of ${name} must be positive, got ${level}`);
    return [{ index, level }];
  });
  if (observed.length === 0) {
    const names = map.problem.channels.map(({ name }) => name).join(" or ");
    throw new RangeError(`observedChannels: give a noise level for ${names} of problem ${map.problem.name}`);
  }
  return observed;
}
