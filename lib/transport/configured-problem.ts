/**
 * The copy of a problem that a physics describes (with-physics.ts). Parameters reach the equations as a condition does:
 * whatever is asked of the problem is asked at the condition with the configured values where it says nothing else.
 */
import { checkProblem } from "./check-problem";
import { isList } from "./affine";
import { affineBounds, gridOf, lengthFactor } from "./domain";
import type { Physics, PorosityChange } from "./physics";
import type { Condition, ConditionRange, FieldSolver, Problem, RandomPorosity } from "./problem";

/** Throws `InadmissibleInput` where the solver refuses what was configured. The names are taken as checked. */
export function configuredProblem(base: Problem, physics: Physics): Problem {
  const { parameters = {}, porosity = {} } = physics;
  const { correlationLength: length } = porosity;
  const { lengthCondition: named } = base.porosity;
  const ofLength = named !== undefined && typeof length === "object" ? { [named]: length } : {};
  const removed = typeof length === "number" ? named : undefined;
  const conditions = conditionsOf(base, { parameters, ranges: { ...ofLength, ...physics.ranges } }).filter(
    ({ name }) => name !== removed,
  );
  const problem: Problem = {
    ...base,
    domain: base.domain.map((extent) => ({ ...extent, length: parameters[extent.parameter ?? ""] ?? extent.length })),
    channels: base.channels.map(({ relativeTo, ...channel }) => {
      const value = parameters[relativeTo?.parameter ?? ""];
      return { ...channel, ...(relativeTo && { relativeTo: { ...relativeTo, value: value ?? relativeTo.value } }) };
    }),
    conditions,
    parameters: (base.parameters ?? [])
      .filter(({ name }) => !conditions.some((range) => range.name === name))
      .map((range) => ({ ...range, default: parameters[range.name] ?? range.default })),
    porosity: lawOf(base, porosity, parameters),
    ...(base.reference && { reference: within(conditions, base.reference) }),
    ...answersAt(base, parameters),
  };
  checkBounds(problem);
  checkProblem(`${base.name} as configured`, problem);
  return problem;
}

/** The conditions with their ranges: set, or in proportion to a length that was set, or as they are. */
function conditionsOf(base: Problem, { parameters = {}, ranges = {} }: Physics): ConditionRange[] {
  const own = base.conditions.map((range) => {
    const factor = lengthFactor(base, range, parameters);
    const follows = { ...range, min: factor * range.min, max: factor * range.max, default: factor * range.default };
    return withRange(factor === 1 ? range : follows, ranges[range.name]);
  });
  const added = (base.parameters ?? []).filter(({ name }) => name in ranges);
  return [...own, ...added.map((range) => withRange(range, ranges[range.name]))];
}

function withRange(range: ConditionRange, given: readonly [number, number] | undefined): ConditionRange {
  if (given === undefined) return range;
  const [min, max] = given;
  const middle = range.scale === "log" ? Math.sqrt(min * max) : (min + max) / 2;
  const inside = range.default >= min && range.default <= max;
  return { ...range, min, max, default: inside ? range.default : range.choices ? min : middle };
}

/** A reference condition without what is no condition any more, inside the ranges. */
function within(conditions: readonly ConditionRange[], reference: Condition): Condition {
  const known = conditions.filter(({ name }) => name in reference);
  return Object.fromEntries(known.map((range) => {
    const value = reference[range.name];
    return [range.name, value >= range.min && value <= range.max ? value : range.default];
  })); // prettier-ignore
}

function lawOf(base: Problem, change: PorosityChange, fixed: Condition): RandomPorosity {
  const { law, correlationLength } = base.porosity;
  const { bounds, mean, scale, covariance, nugget, correlationLength: length } = change;
  return {
    ...base.porosity,
    law: {
      ...law,
      ...(bounds && { epsMin: bounds[0], epsMax: bounds[1] }),
      ...(mean !== undefined && { mean }),
      ...(scale !== undefined && { scale }),
    },
    covariance: covariance ?? base.porosity.covariance,
    nugget: nugget ?? base.porosity.nugget,
    correlationLength: typeof length === "number" ? () => length : (z) => correlationLength(completed(fixed, z)),
  };
}

/** The condition with the fixed values where it says nothing; itself where it says all of them. */
function completed(fixed: Condition, condition: Condition): Condition {
  for (const name in fixed) if (!(name in condition)) return { ...fixed, ...condition };
  return condition;
}

/** What a problem answers, at a condition that is completed by the fixed values. */
function answersAt(
  base: Problem,
  fixed: Condition,
): Pick<Problem, "affine" | "solver" | "faces" | "jacobian" | "battery"> {
  const { affine, faces, jacobian, battery } = base;
  const at = (condition: Condition): Condition => completed(fixed, condition);
  return {
    affine: isList(affine)
      ? affine
      : { ...affine, at: (z: Condition) => affine.at(at(z)), holdsWithin: affineBounds(base, fixed) },
    solver: (grid, options) => solverAt(base.solver(grid, options), at),
    ...(faces && { faces: (condition: Condition) => faces(at(condition)) }),
    ...(jacobian && { jacobian: (grid, eps, condition) => jacobian(grid, eps, at(condition)) }),
    ...(battery && { battery: (condition: Condition) => battery(at(condition)) }),
  };
}

function solverAt(solver: FieldSolver, at: (condition: Condition) => Condition): FieldSolver {
  const { solveMany, solveResponses } = solver;
  return {
    solve: (eps, condition, out, offset) => solver.solve(eps, at(condition), out, offset),
    ...(solveMany && {
      solveMany: (eps, count, condition, out, offset) => solveMany.call(solver, eps, count, at(condition), out, offset),
    }),
    ...(solveResponses && {
      solveResponses: (eps, condition, out, offset) => solveResponses.call(solver, eps, at(condition), out, offset),
    }),
  };
}

/**
 * Solves for either bound of the porosity, so that one that leaves no room for the solid is refused before anything is
 * drawn.
 */
function checkBounds(problem: Problem): void {
  const { epsMin, epsMax } = problem.porosity.law;
  const grid = gridOf(problem, 8);
  const usual = Object.fromEntries(problem.conditions.map((range) => [range.name, range.default]));
  const out = new Float64Array(problem.channels.length * grid.cells);
  for (const bound of [epsMin, epsMax])
    problem.solver(grid).solve(new Float64Array(grid.cells).fill(bound), usual, out);
}
