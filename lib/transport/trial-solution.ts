/**
 * A trial of a problem's solver on a small grid: finite numbers, in their place and nowhere else, the same twice, and
 * affine in the conditions where that is claimed.
 */
import { shown } from "../errors/own-code";
import type { Axis, Grid } from "../fields/grid";
import { cellName, fieldSize, placeOf } from "../fields/shape";
import { type Check, checkAffine, type Trial } from "./check-affine";
import { checkAnswers } from "./check-answers";
import { shapeOf } from "./domain";
import type { Condition, Problem } from "./problem";

/** Cells along each axis, where there is one, where there are two, and where there are more. */
const CELLS = [24, 8, 5];

/** Calls `refuse` with words that say what to mend, where the solver does not do what the interface says. */
export function checkSolver(check: Check, p: Problem): void {
  const { refuse } = check;
  if (typeof p.solver !== "function")
    refuse(`solver must be a function from a grid to a solver, got ${shown(p.solver)}`);
  const { grid, solver, eps, solve } = trial(check, p);
  const usual: Condition = Object.fromEntries(p.conditions.map((range) => [range.name, range.default]));
  const first = solve(usual);
  checkAffine(check, p, { solver, eps, usual, solve });
  // A work space that is not cleared shows when the same is asked again after something else.
  if (solve(usual).some((v, i) => v !== first[i]))
    refuse("solve must give the same numbers for the same input every time");
  checkAnswers(check, p, grid, { solver, eps, usual, solve });
}

/** Solves for a smooth porosity, and looks at what was written where. */
function trial({ refuse, during }: Check, p: Problem): Omit<Trial, "usual"> & { readonly grid: Grid } {
  const shape = shapeOf(p, CELLS[Math.min(p.domain.length, CELLS.length) - 1]);
  const { epsMin, epsMax } = p.porosity.law;
  const eps = Float64Array.from({ length: shape.grid.cells }, (_, cell) => {
    return epsMin + (epsMax - epsMin) * (0.5 + 0.4 * Math.sin(9 * alongDiagonal(shape.grid.axes, cell)));
  });
  const solver = during("solver(grid)", () => p.solver(shape.grid));
  if (typeof solver?.solve !== "function") {
    refuse(`solver(grid) must return an object with a function solve, got ${shown(solver)}`);
  }
  const size = fieldSize(shape);
  const solve = (condition: Condition, of = eps): Float64Array => {
    const out = new Float64Array(size + 2).fill(NaN);
    during(`solve at the condition ${JSON.stringify(condition)}`, () => solver.solve(of, condition, out, 1));
    if (!Number.isNaN(out[0]) || !Number.isNaN(out[size + 1])) {
      refuse("solve must write [channels, cells] into out from offset on, and nothing before or after");
    }
    const field = out.slice(1, size + 1);
    const bad = field.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) {
      const { channel, cell } = placeOf(shape, bad);
      const place = `${p.channels[channel].name} at ${field[bad]} in ${cellName(shape.grid, cell)}`;
      refuse(`solve left ${place} at the condition ${JSON.stringify(condition)}`);
    }
    return field;
  };
  return { grid: shape.grid, solver, eps, solve };
}

/** How far a cell lies along the domain, from 0 to 1: the mean over the axes. */
function alongDiagonal(axes: readonly Axis[], cell: number): number {
  let rest = cell;
  let sum = 0;
  for (const { centres, cells, length } of [...axes].reverse()) {
    sum += centres[rest % cells] / length;
    rest = Math.floor(rest / cells);
  }
  return sum / axes.length;
}
