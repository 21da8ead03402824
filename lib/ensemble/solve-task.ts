/** What a thread does of an ensemble: a run of fields, computed into shared memory (a program of lib/threads). */
import type { Problem } from "../transport/problem";
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

export interface Solving {
  readonly plan: Plan;
  readonly tasks: readonly Task[];
  readonly target: SharedTarget;
}

export interface SolveInput extends Solving {
  readonly problem: ProblemReference;
}

export function prepare({ problem, ...solving }: SolveInput): (task: number) => void {
  return solvedTask(problemOf(problem), solving);
}

/** A function that computes the fields of a task into the target; it owns a solver with its work space. */
export function solvedTask(problem: Problem, { plan, tasks, target }: Solving): (task: number) => void {
  const compute = computation(problem, plan);
  const place = {
    first: target.first,
    fields: new Float64Array(target.fields),
    porosity: target.porosity && new Float64Array(target.porosity),
  };
  return (task) => compute(tasks[task].from, tasks[task].to, place);
}
