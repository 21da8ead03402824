/** What a thread does of an ensemble: a run of fields, computed into shared memory (a program of lib/threads). */
import { problemOf, type ProblemReference } from "../transport/problems";
import { computation, type Plan } from "./computation";

export interface SharedTarget {
  readonly first: number;
  readonly fields: SharedArrayBuffer;
  readonly porosity?: SharedArrayBuffer;
}

/** Fields from .. to - 1. */
export interface Task {
  readonly from: number;
  readonly to: number;
}

export interface SolveInput {
  readonly problem: ProblemReference;
  readonly plan: Plan;
  readonly tasks: readonly Task[];
  readonly target: SharedTarget;
}

export function prepare({ problem, plan, tasks, target }: SolveInput): (task: number) => void {
  const compute = computation(problemOf(problem), plan);
  const place = {
    first: target.first,
    fields: new Float64Array(target.fields),
    porosity: target.porosity && new Float64Array(target.porosity),
  };
  return (task) => compute(tasks[task].from, tasks[task].to, place);
}
