/**
 * Conditions held out from training at which a model is evaluated: drawn from the problem's box, and each combination
 * of its choices in turn, so that all of them are seen as often.
 */
import { drawConditions, valuesOf } from "../../ensemble/conditions";
import type { Stream } from "../../random/stream";
import type { Condition, ConditionRange, Problem } from "../../transport/problem";

const choicesOf = (problem: Problem): ConditionRange[] => problem.conditions.filter((range) => range.choices);

/** `count` conditions; condition i does not depend on `count`. */
export function heldOutConditions(problem: Problem, count: number, stream: Stream): Condition[] {
  const choices = choicesOf(problem);
  return drawConditions(problem, count, stream).map((drawn, i) => {
    let left = i;
    const chosen = choices.map((range) => {
      const values = valuesOf(range);
      const value = values[left % values.length];
      left = Math.floor(left / values.length);
      return [range.name, value];
    });
    return { ...drawn, ...Object.fromEntries(chosen) };
  });
}

/** The name of the combination of choices at a condition; undefined for a problem without choices. */
export function choiceLabel(problem: Problem, condition: Condition): string | undefined {
  const names = choicesOf(problem).map(({ name, choices }) => choices?.[condition[name]] ?? String(condition[name]));
  return names.length > 0 ? names.join(", ") : undefined;
}
