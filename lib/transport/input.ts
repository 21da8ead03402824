/** What comes from outside is checked here once, in the words of the field. */
import { InadmissibleInput } from "./errors";
import type { Condition, ConditionRange, Problem } from "./problem";

/** Refuses a porosity profile that has the wrong length or a value outside (0, 1]. */
export function checkPorosityProfile(where: string, eps: ArrayLike<number>, cells: number): void {
  if (eps.length !== cells) {
    const came = eps.length === 0 ? "an empty one" : `${eps.length}`;
    throw new InadmissibleInput(`${where}: eps must have ${cells} values, one per cell, got ${came}`);
  }
  for (let i = 0; i < cells; i++) {
    if (eps[i] > 0 && eps[i] <= 1) continue;
    throw new InadmissibleInput(
      `${where}: the porosity eps must lie in (0, 1] in every cell, got ${eps[i]} in cell ${i}`,
    );
  }
}

/** A value of `condition`, checked against what the equations admit; a parameter that is left out takes its default. */
export function valueOf(where: string, condition: Condition, range: ConditionRange, required: boolean): number {
  return admissible(where, condition[range.name], range, required);
}

/**
 * The same for a value at hand: in a loop over fields a property that is spelt out costs less than one that is looked
 * up.
 */
export function admissible(where: string, value: number | undefined, range: ConditionRange, required: boolean): number {
  if (value === undefined) {
    if (!required) return range.default;
    throw new InadmissibleInput(
      `${where}: ${range.name} is missing (${range.meaning}, in ${range.unit}; for instance ${range.default})`,
    );
  }
  const [lowest, highest] = range.limits ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  if (!(value >= lowest && value <= highest)) {
    throw new InadmissibleInput(
      `${where}: ${range.name} (${range.meaning}) must be ${admitted(range, lowest, highest)}, got ${String(value)}`,
    );
  }
  if (range.choices && !Number.isInteger(value)) {
    throw new InadmissibleInput(`${where}: ${range.name} must be one of ${listed(range.choices)}, got ${value}`);
  }
  return value;
}

/** Refuses names that the problem does not know, so that a misspelt "F_rihgt" is no silent default. */
export function checkNames(where: string, p: Problem, names: readonly string[]): void {
  const known = [...p.conditions, ...(p.parameters ?? [])].map((range) => range.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new InadmissibleInput(`${where}: ${p.name} has no "${name}"; it knows ${known.join(", ")}`);
  }
}

function admitted({ unit, choices }: ConditionRange, lowest: number, highest: number): string {
  if (choices) return `one of ${listed(choices)}`;
  if (lowest === -Number.MAX_VALUE)
    return highest === Number.MAX_VALUE ? `a finite number (${unit})` : `at most ${highest} ${unit}`;
  if (highest >= Number.MAX_VALUE)
    return lowest === Number.MIN_VALUE ? `positive (${unit})` : `at least ${lowest} ${unit}`;
  return `between ${lowest === Number.MIN_VALUE ? "0 (excluded)" : lowest} and ${highest} ${unit}`;
}

function listed(choices: readonly string[]): string {
  return choices.map((name, i) => `${i} (${name})`).join(", ");
}
