/**
 * A problem with another physics than its own: the numbers of its equations, the box of its conditions, the law of its
 * porosity. What a problem declares can be set, and nothing else; the result is a Problem like any other, so that no
 * other room needs to know where its numbers come from.
 */
import { checkPhysics } from "./check-physics";
import { configuredProblem } from "./configured-problem";
import type { Physics } from "./physics";
import type { ConditionRange, Problem } from "./problem";

interface Origin {
  readonly base: Problem;
  readonly physics: Physics;
}
const origins = new WeakMap<Problem, Origin>();
const copies = new WeakMap<Problem, Map<string, Problem>>();

/** The problem that a copy was made of, and what was set; the problem itself, and nothing, where it is no copy. */
export const originOf = (p: Problem): Origin => origins.get(p) ?? { base: p, physics: {} };

/**
 * The problem with this physics beside what it was configured with before; the problem itself where nothing differs
 * from its own. The same numbers give the same object. Throws `InadmissibleInput` for a name that the problem does not
 * declare and for a value that its equations do not admit.
 */
export function withPhysics(problem: Problem, given: Physics): Problem {
  const { base, physics: earlier } = originOf(problem);
  const physics = ownPhysics(base, {
    parameters: { ...earlier.parameters, ...given.parameters },
    ranges: { ...earlier.ranges, ...given.ranges },
    porosity: { ...earlier.porosity, ...given.porosity },
  });
  if (Object.keys(physics).length === 0) return base;
  const words = JSON.stringify(physics);
  const known = copies.get(base) ?? new Map<string, Problem>();
  copies.set(base, known);
  const copy = known.get(words) ?? configuredProblem(base, physics);
  known.set(words, copy);
  origins.set(copy, { base, physics });
  return copy;
}

/**
 * What of the given differs from the problem's own, in the order of names: equal physics in equal words. Throws as
 * `withPhysics`.
 */
export function ownPhysics(problem: Problem, given: Physics): Physics {
  checkPhysics(problem, given);
  const { parameters, ranges, porosity } = given;
  const usual = declaredPhysics(problem);
  /** Ranges in proportion to a length that is set are others than the problem's own, unless they are set too. */
  const follows = ({ proportionalTo = "" }: ConditionRange): boolean =>
    (parameters?.[proportionalTo] ?? usual.parameters[proportionalTo]) !== usual.parameters[proportionalTo];
  const ownRanges = problem.conditions.filter((range) => !follows(range)).map(({ name }) => [name, usual.ranges[name]]);
  return compact({
    parameters: changed(parameters, usual.parameters),
    porosity: changed(porosity, usual.porosity),
    ranges: changed(ranges, Object.fromEntries(ownRanges) as DeclaredPhysics["ranges"]),
  });
}

/** All that a configuration can set of a problem, with the values that hold where it says nothing. */
export interface DeclaredPhysics {
  readonly parameters: Record<string, number>;
  readonly ranges: Record<string, readonly [least: number, greatest: number]>;
  readonly porosity: Readonly<Record<string, unknown>>;
}

export function declaredPhysics({ domain, conditions, parameters = [], porosity }: Problem): DeclaredPhysics {
  const declared: DeclaredPhysics = { parameters: {}, ranges: {}, porosity: lawInWords(porosity) };
  for (const { parameter, length } of domain) if (parameter !== undefined) declared.parameters[parameter] = length;
  for (const range of parameters) declared.parameters[range.name] = range.default;
  for (const { name, min, max } of conditions) declared.ranges[name] = [min, max];
  return declared;
}

function lawInWords({ law, covariance, nugget }: Problem["porosity"]): Readonly<Record<string, unknown>> {
  const { epsMin, epsMax, mean = 0, scale = 1 } = law;
  return { bounds: [epsMin, epsMax], mean, scale, covariance, nugget };
}

/** Entries that are not the usual ones, in the order of their names; undefined where there is none. */
function changed<T extends object>(given: T | undefined, usual: Readonly<Record<string, unknown>>): T | undefined {
  const entries = Object.entries(given ?? {})
    .filter(([name, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(usual[name]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length > 0 ? (Object.fromEntries(entries) as T) : undefined;
}

function compact<T extends object>(parts: T): T {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) as T;
}
