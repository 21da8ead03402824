/**
 * What follows from a problem before anything is solved: its grid, the shape of its fields, its correlation lengths, a
 * condition to look at.
 */
import { type Axis, type Cells, type Grid, gridOn, onlyAxis } from "../fields/grid";
import type { Shape } from "../fields/shape";
import { type AffineFunctions, isList } from "./affine";
import { InadmissibleInput } from "./errors";
import type { Condition, ConditionRange, Problem } from "./problem";

/**
 * The problem's domain with its own numbers of cells, with one number along every axis, or with a list of one number an
 * axis.
 */
export const gridOf = (problem: Problem, cells?: Cells): Grid => gridOn(problem.domain, cells);

/** The axis of a problem in one dimension; refuses one that has several. */
export const axisOf = (problem: Problem, cells?: Cells): Axis => onlyAxis(gridOf(problem, cells), problem.name);

/** The shape of the problem's fields on that grid. */
export function shapeOf(problem: Problem, cells?: Cells): Shape {
  return { channels: problem.channels, grid: gridOf(problem, cells) };
}

/**
 * Correlation lengths of the porosity at a condition, m, one an axis of the domain. Throws `InadmissibleInput` unless
 * they are positive.
 */
export function correlationLengths({ name, domain, porosity }: Problem, condition: Condition): readonly number[] {
  const found = porosity.correlationLength(condition);
  const lengths = Array.isArray(found) ? (found as readonly number[]) : domain.map(() => Number(found));
  if (lengths.length === domain.length && lengths.every((l) => l > 0 && l < Infinity)) return lengths;
  throw new InadmissibleInput(
    `${name}: the correlation length of the porosity must be a positive number of metres along each of the ` +
      `${domain.length} axes, got ${String(found)} at the condition ${JSON.stringify(condition)}`,
  );
}

type Proportional = Pick<ConditionRange, "proportionalTo">;

/** What a range in proportion to a length of the domain grows by where `parameters` set that length; 1 elsewhere. */
export function lengthFactor({ domain }: Problem, { proportionalTo }: Proportional, parameters: Condition): number {
  const extent = domain.find(({ parameter }) => parameter !== undefined && parameter === proportionalTo);
  return extent?.parameter === undefined ? 1 : (parameters[extent.parameter] ?? extent.length) / extent.length;
}

/** Where the problem's affine functions hold with these parameters, for the conditions that are bounded so. */
export function affineBounds(problem: Problem, parameters: Condition): NonNullable<AffineFunctions["holdsWithin"]> {
  const { affine, conditions } = problem;
  const own = isList(affine) ? {} : (affine.holdsWithin ?? {});
  const bounds = Object.entries(own).map(([name, [least, greatest]]) => {
    const factor = lengthFactor(problem, conditions.find((range) => range.name === name) ?? {}, parameters);
    return [name, [factor * least, factor * greatest] as const] as const;
  });
  return Object.fromEntries(bounds);
}

/** The condition with the parameters that it leaves out at the problem's own values. */
export function withParameters({ parameters = [] }: Problem, condition: Condition): Condition {
  return { ...Object.fromEntries(parameters.map((range) => [range.name, range.default])), ...condition };
}

/** The condition at which experiments look at the problem: its `reference`, the conditions' defaults elsewhere. */
export function referenceCondition({ conditions, reference }: Problem): Condition {
  return { ...Object.fromEntries(conditions.map((range) => [range.name, range.default])), ...reference };
}

/** The same problem with one correlation length of the porosity (m), whatever the condition says. */
export function atCorrelationLength(problem: Problem, metres: number): Problem {
  return { ...problem, porosity: { ...problem.porosity, correlationLength: () => metres } };
}
