/**
 * Where the model across boundary configurations is tested: conditions held out, every pair of boundary kinds in turn;
 * and two sweeps at one pair of unlike kinds, over the load and over the place of the source, whose points no training
 * has seen.
 */
import { valuesOf } from "../../ensemble/conditions";
import type { Stream } from "../../random/stream";
import { conduction } from "../../transport/conduction";
import type { Condition, Problem } from "../../transport/problem";
import type { Common } from "../common-settings";
import { heldOutConditions } from "../sampling/held-out";
import type { BoundariesSettings } from "./settings";

/**
 * The settings of the problem that the chapter is about, `conduction`: those of the study where that is its own
 * problem, and the study's number of cells elsewhere. Physics and law of another problem say nothing of this one.
 */
export function problemOfChapter(study: Common["problem"]): Common["problem"] {
  if (study.name === "conduction") return study;
  return { name: "conduction", cells: typeof study.cells === "number" ? study.cells : conduction.domain[0].cells };
}

export const sweeps = ["load", "centre"] as const;
/** The pair of the sweeps: a film on the left and a given current on the right, so that the load is a current. */
const pair = "Robin-Neumann";

export interface TestCondition {
  readonly part: "held out" | (typeof sweeps)[number];
  readonly condition: Condition;
}

export function testConditions(
  problem: Problem,
  { heldOut, sweep }: Pick<BoundariesSettings, "heldOut" | "sweep">,
  stream: Stream,
): TestCondition[] {
  const boundary = rangeOf(problem, "boundary");
  const held = heldOutOf(problem, { heldOut }, stream);
  const usual = Object.fromEntries(problem.conditions.map((range) => [range.name, range.default]));
  const at = { ...usual, boundary: boundary.choices!.indexOf(pair) };
  return [
    ...held.map((condition): TestCondition => ({ part: "held out", condition })),
    ...sweeps.flatMap((name) => {
      const { min, max } = rangeOf(problem, name);
      return Array.from({ length: sweep }, (_, k): TestCondition => {
        const share = (k + 0.5) / sweep;
        return { part: name, condition: { ...at, [name]: min + share * (max - min) } };
      });
    }),
  ];
}

/** So many conditions of each pair. */
export function heldOutOf(
  problem: Problem,
  { heldOut }: Pick<BoundariesSettings, "heldOut">,
  stream: Stream,
): Condition[] {
  return heldOutConditions(problem, heldOut * valuesOf(rangeOf(problem, "boundary")).length, stream);
}

function rangeOf(problem: Problem, name: string): Problem["conditions"][number] {
  const found = problem.conditions.find((range) => range.name === name);
  if (found) return found;
  throw new RangeError(`boundary configurations: the problem ${problem.name} has no condition "${name}"`);
}
