/** How many threads a computation on a problem's fields gets. */
import { availableParallelism } from "node:os";
import { poolHas } from "../threads/pool";
import type { Problem } from "../transport/problem";
import { referenceTo } from "../transport/problems";

/** Numbers below which an ensemble is done (some 50 ms) before threads would have started. */
const SMALL = 400_000;

/**
 * For so many numbers: `workers` if given, else as many as there are processors; 0, which is this thread, where 1 would
 * do or a thread cannot help.
 */
export function threadsFor(problem: Problem, numbers: number, workers?: number): number {
  if (!referenceTo(problem)) return 0; // a problem that exists in this thread only
  if (workers !== undefined) return workers === 1 ? 0 : workers;
  const processors = availableParallelism();
  if (processors === 1 || (numbers < SMALL && !poolHas(processors))) return 0;
  return processors;
}
