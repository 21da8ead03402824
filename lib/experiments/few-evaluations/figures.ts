/** Chapter 8: the table of few evaluations. */
import { mean } from "../../numerics/statistics";
import { lossOf, measures, valuesOf } from "./claims";
import type { Contestant, FewEvaluations } from "./stage";

export { assertFewEvaluations } from "./claims";

const nameOf = ({ steps, evaluations }: Contestant): string =>
  steps === "solver" ? "second solver ensemble" : `${evaluations} evaluations, ${steps === "learnt" ? "learnt steps" : "steps of the formula"}`; // prettier-ignore

/** Fewer evaluations first. */
const byEvaluations = (a: Contestant, b: Contestant): number => a.evaluations - b.evaluations;

/** A line a contestant: each measure, averaged over the conditions. */
export function fewEvaluationsTable(result: FewEvaluations): Record<string, string | number>[] {
  const of = (steps: Contestant["steps"]) =>
    result.contestants.filter((who) => who.steps === steps).sort(byEvaluations);
  return [...of("learnt"), ...of("formula"), ...of("solver")].map((who) => ({
    "fields from": nameOf(who),
    ...Object.fromEntries(Object.entries(measures).map(([name, of]) => [name, mean(valuesOf(result, who, of) ?? [])])),
  }));
}

/** A line a measure: what the learnt steps for each number of evaluations lose against many, and what chance makes. */
export function lossTable(result: FewEvaluations): Record<string, string | number>[] {
  const learnt = result.contestants.filter(({ steps }) => steps === "learnt").sort(byEvaluations);
  return Object.entries(measures).map(([name, of]) => ({
    measure: name,
    ...Object.fromEntries(learnt.map((who) => [`loss with ${who.evaluations}`, lossOf(result, who, of).mean])),
    "chance, at most": learnt.length > 0 ? lossOf(result, learnt[0], of).chance : "",
  }));
}
