/**
 * The Jacobian of the discrete fields with respect to the porosity of each cell. Problems differentiate their own
 * equations exactly (potential-sensitivity.ts, concentration-sensitivity.ts); one that does not is differenced:
 *   d field / d eps_q ~ (field(eps + d e_q) - field(eps - d e_q)) / 2d,  d = 1e-5, error about 1e-9 relative.
 */
import type { Grid } from "../fields/grid";
import type { Condition, Problem } from "./problem";

const STEP = 1e-5;

/**
 * d(field)/d(eps) [channels * cells, cells] row-major, channels in the problem's order, SI units (mol/m3 and V per unit
 * of porosity). With respect to g multiply column q by d(eps_q)/d(g_q). The caller owns the result.
 */
export function fieldJacobian(problem: Problem, grid: Grid, eps: Float64Array, condition: Condition): Float64Array {
  return problem.jacobian?.(grid, eps, condition) ?? differences(problem, grid, eps, condition);
}

function differences(problem: Problem, grid: Grid, eps: Float64Array, condition: Condition): Float64Array {
  const { cells } = grid;
  const rows = problem.channels.length * cells;
  const solver = problem.solver(grid);
  const [above, below] = [new Float64Array(rows), new Float64Array(rows)];
  const result = new Float64Array(rows * cells);
  for (let q = 0; q < cells; q++) {
    const upper = Math.min(1, eps[q] + STEP);
    const lower = Math.max(eps[q] / 2, eps[q] - STEP);
    solver.solve(replaced(eps, q, upper), condition, above);
    solver.solve(replaced(eps, q, lower), condition, below);
    for (let i = 0; i < rows; i++) result[i * cells + q] = (above[i] - below[i]) / (upper - lower);
  }
  return result;
}

function replaced(values: Float64Array, at: number, value: number): Float64Array {
  const copy = values.slice();
  copy[at] = value;
  return copy;
}

/** Channels one after the other. */
export function stacked(...channels: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(channels.reduce((sum, channel) => sum + channel.length, 0));
  let at = 0;
  for (const channel of channels) {
    all.set(channel, at);
    at += channel.length;
  }
  return all;
}
