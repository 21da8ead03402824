/** The inside of a worker thread: takes the tasks of a job one after the other as long as there are some, and answers each with its number. */
import { parentPort } from "node:worker_threads";
import { UserError } from "../storage/user-error";
import { problemOf, type ProblemReference } from "../transport/problems";
import { computation, type Plan } from "./computation";

/** What all threads of a job are told. */
export interface Job {
  readonly problem: ProblemReference;
  readonly plan: Plan;
  readonly tasks: readonly { readonly from: number; readonly to: number }[];
  /** In shared memory: the number of the next task that nobody has taken. */
  readonly next: Int32Array;
  readonly first: number;
  readonly fields: SharedArrayBuffer;
  readonly porosity?: SharedArrayBuffer;
}

export interface Answer {
  readonly task: number;
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string; readonly user: boolean };
}

export type FromWorker = Answer | "no task left";

parentPort!.on("message", (job: Job) => {
  const { tasks, next, first } = job;
  const target = {
    first,
    fields: new Float64Array(job.fields),
    porosity: job.porosity && new Float64Array(job.porosity),
  };
  const take = (): number => Atomics.add(next, 0, 1);
  let task = take();
  try {
    const compute = task < tasks.length ? computation(problemOf(job.problem), job.plan) : undefined;
    for (; task < tasks.length; task = take()) {
      compute!(tasks[task].from, tasks[task].to, target);
      say({ task });
    }
  } catch (error) {
    const e = error instanceof Error ? error : new Error(String(error));
    say({ task, error: { name: e.name, message: e.message, stack: e.stack, user: e instanceof UserError } });
  }
  say("no task left");
});

function say(answer: FromWorker): void {
  parentPort!.postMessage(answer);
}
