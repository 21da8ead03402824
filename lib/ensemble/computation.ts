/**
 * What a thread does: porosities drawn, fields solved, for a run of the fields of an ensemble, numbered
 * condition * count + realisation. Field k of condition i uses the stream ".../i/k" and nothing else, so it does not
 * matter which thread computes it, in which batch, or how many fields there are.
 */
import { UserError } from "../errors/user-error";
import type { Covariance } from "../porosity/covariance";
import { porosity } from "../porosity/law";
import { streamOf, type Stream } from "../random/stream";
import { affineOf, isList } from "../transport/affine";
import { type Cells, cellsAlong, type Grid } from "../fields/grid";
import { cellName, placeOf } from "../fields/shape";
import { rowAt } from "../numerics/rows";
import { gridOf } from "../transport/domain";
import { porosityProcess } from "../transport/porosity-process";
import type { Condition, FieldSolver, Problem } from "../transport/problem";

/** All that a computation depends on, beside the problem, in a form that can be sent to another thread. */
export interface Plan {
  readonly conditions: readonly Condition[];
  /** Fields per condition. */
  readonly count: number;
  readonly cells: Cells;
  /** The stream whose children 0, 1, .. are the conditions'. */
  readonly stream: Pick<Stream, "identity" | "path">;
  readonly covariance: Covariance;
  readonly nugget: number;
  readonly precision?: "double" | "single";
  /** Responses to the affine conditions in the place of fields. */
  readonly responses: boolean;
}

/** Where results go: fields first .. of the ensemble lie from the start of these arrays. */
export interface Target {
  readonly first: number;
  readonly fields: Float64Array;
  readonly porosity?: Float64Array;
}

/** Numbers per field (or set of responses) of a problem on this plan. */
export function fieldSize(problem: Problem, plan: Pick<Plan, "cells" | "responses">): number {
  const { cells } = gridOf(problem, plan.cells);
  return (plan.responses ? affineOf(problem).count : 1) * problem.channels.length * cells;
}

/** Computes the fields from .. to - 1 into their places. Errors name the condition and the realisation. */
export type Compute = (from: number, to: number, target: Target) => void;

/** One thread's computation: it owns a solver with its work space. */
export function computation(problem: Problem, plan: Plan): Compute {
  const grid = gridOf(problem, plan.cells);
  const solver = solverFor(problem, grid, plan.precision);
  const solve = plan.responses ? responsesOf(problem, solver) : solver.solve.bind(solver);
  const solveMany = plan.responses ? undefined : solver.solveMany?.bind(solver);
  const { cells } = grid;

  /**
   * All at once, where the solver can; false where it cannot, or one of them has no solution, which each one's own call
   * will say.
   */
  function solvedTogether(...of: Parameters<NonNullable<typeof solveMany>>): boolean {
    try {
      solveMany?.(...of);
      return solveMany !== undefined;
    } catch {
      return false;
    }
  }
  const root = streamOf(plan.stream.identity, plan.stream.path);
  const size = fieldSize(problem, plan);
  let drawn = new Float64Array(0);

  function ofOneCondition(i: number, first: number, count: number, target: Target): void {
    const condition = plan.conditions[i];
    let k = first;
    try {
      const process = porosityProcess(problem, condition, grid, plan);
      if (drawn.length < count * cells) drawn = new Float64Array(count * cells);
      const g = process.samples(root.child(i), first, count, drawn.subarray(0, count * cells));
      const eps = porosity(g, problem.porosity.law, g);
      const place = i * plan.count + first - target.first;
      target.porosity?.set(eps, place * cells);
      const together = solvedTogether(eps, count, condition, target.fields, place * size);
      for (; k < first + count; k++) {
        const j = k - first;
        const at = (place + j) * size;
        if (!together) solve(rowAt(eps, j, cells), condition, target.fields, at);
        requireFinite(problem, grid, target.fields.subarray(at, at + size));
      }
    } catch (error) {
      throw inContext(error, `condition ${i} ${JSON.stringify(condition)}, porosity ${k}`);
    }
  }

  return (from, to, target) => {
    while (from < to) {
      const i = Math.floor(from / plan.count);
      const first = from - i * plan.count;
      const count = Math.min(plan.count - first, to - from);
      ofOneCondition(i, first, count, target);
      from += count;
    }
  };
}

const latest = new WeakMap<Problem, { readonly key: string; readonly solver: FieldSolver }>();

/**
 * A solver of this thread, which does one computation at a time: the latest of a problem is kept, since making one may
 * cost as much as many solutions and a fit asks for one at every node.
 */
function solverFor(problem: Problem, grid: Grid, precision: Plan["precision"]): FieldSolver {
  const key = JSON.stringify([cellsAlong(grid), precision ?? null]);
  const kept = latest.get(problem);
  if (kept?.key === key) return kept.solver;
  const solver = problem.solver(grid, precision ? { precision } : undefined);
  latest.set(problem, { key, solver });
  return solver;
}

/**
 * Refuses a field that is not finite, naming channel and cell. Its cost is small beside a solve: one product a number.
 */
function requireFinite({ channels }: Problem, grid: Grid, field: Float64Array): void {
  let probe = 0;
  for (let i = 0; i < field.length; i++) probe += field[i] * 0; // NaN as soon as one number is not finite
  if (probe === 0) return;
  const bad = field.findIndex((x) => !Number.isFinite(x));
  const { channel, cell } = placeOf({ channels, grid }, bad);
  const place = `${channels[channel].name} is ${field[bad]} in ${cellName(grid, cell)}`;
  throw new RangeError(`the solver's field must be finite, ${place}`);
}

/** The same error, saying where. */
function inContext(error: unknown, where: string): unknown {
  if (error instanceof Error) error.message = `${where}: ${error.message}`;
  return error;
}

/**
 * The responses r_a of the problem's affine functions. A solver that does not offer them is asked, where the functions
 * are conditions, at z = 0 and at one point along each of them, which is exact for affine fields.
 */
function responsesOf(problem: Problem, solver: FieldSolver): FieldSolver["solve"] {
  if (solver.solveResponses) return solver.solveResponses.bind(solver);
  const { affine } = problem;
  if (!isList(affine)) {
    throw new UserError(
      `${problem.name}: fields that are affine in functions of the conditions need a solver with solveResponses`,
    );
  }
  const ranges = affine.map((name) => problem.conditions.find((range) => range.name === name)!);
  return (eps, condition, out, offset = 0) => {
    const size = problem.channels.length * eps.length;
    const zero = { ...condition, ...Object.fromEntries(affine.map((name) => [name, 0])) };
    solver.solve(eps, zero, out, offset);
    ranges.forEach(({ name, min, max }, a) => {
      const step = max !== 0 ? max : min;
      const at = offset + (a + 1) * size;
      solver.solve(eps, { ...zero, [name]: step }, out, at);
      for (let i = 0; i < size; i++) out[at + i] = (out[at + i] - out[offset + i]) / step;
    });
  };
}
