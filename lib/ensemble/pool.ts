/**
 * A pool of threads that outlives one call: starting a thread and compiling the library in it takes a few tenths of a
 * second, a small ensemble does not. Idle threads do not keep the process alive. One job has the pool at a time,
 * others wait for their turn.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { Worker } from "node:worker_threads";
import { UserError } from "../storage/user-error";
import type { ProblemReference } from "../transport/problems";
import type { Plan } from "./computation";
import type { FromWorker, ToWorker } from "./worker";

export interface SharedTarget {
  readonly first: number;
  readonly fields: SharedArrayBuffer;
  readonly porosity?: SharedArrayBuffer;
}

export interface Task {
  readonly from: number;
  readonly to: number;
}

const threads: Worker[] = [];
let turn: Promise<void> = Promise.resolve();

/** Whether `n` threads are up already. */
export function poolHas(n: number): boolean {
  return threads.length >= n;
}

/** Ends the threads; the next job starts new ones. */
export async function closePool(): Promise<void> {
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
}

/**
 * Has `workers` threads compute the tasks, in the order in which they are free. Rejects with the first error; when the signal aborts, with
 * its reason; in both cases only when no thread writes to the target any more.
 */
export async function runInPool(
  problem: ProblemReference,
  plan: Plan,
  workers: number,
  tasks: readonly Task[],
  target: SharedTarget,
  onDone: (fields: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const before = turn;
  let release!: () => void;
  turn = new Promise((resolve) => (release = resolve));
  await before;
  try {
    signal?.throwIfAborted();
    while (threads.length < workers) threads.push(startThread());
    let next = 0;
    let failure: { readonly reason: unknown } | undefined;
    const failed = (reason: unknown) => (failure ??= { reason });
    const nextTask = (): ToWorker | undefined => {
      if (signal?.aborted) failed(signal.reason);
      if (failure || next === tasks.length) return undefined;
      const task = next++;
      return { kind: "task", task, ...tasks[task], ...target };
    };
    const answered = ({ task, error }: FromWorker) => {
      if (error) return failed(restore(error));
      try {
        onDone(tasks[task].to - tasks[task].from);
      } catch (thrown) {
        failed(thrown);
      }
    };
    const chosen = threads.slice(0, workers);
    await Promise.all(
      chosen.map((thread) => serve(thread, { kind: "plan", problem, plan }, nextTask, answered, failed)),
    );
    if (failure) throw failure.reason;
  } finally {
    release();
  }
}

/**
 * Keeps one thread busy until there are no tasks and all answers are in: two tasks are on their way at a time, so that it never
 * waits for an answer to arrive.
 */
function serve(
  thread: Worker,
  plan: ToWorker,
  nextTask: () => ToWorker | undefined,
  answered: (answer: FromWorker) => void,
  failed: (reason: unknown) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let underWay = 0;
    const finish = () => {
      thread.off("message", onMessage).off("error", onError).off("exit", onExit);
      thread.unref();
      resolve();
    };
    const feed = () => {
      for (let task; underWay < 2 && (task = nextTask()); underWay++) thread.postMessage(task);
      if (underWay === 0) finish();
    };
    const onMessage = (answer: FromWorker) => {
      underWay--;
      answered(answer);
      feed();
    };
    const onError = (reason: unknown) => {
      forget(thread);
      failed(reason);
      finish();
    };
    const onExit = (code: number) =>
      onError(new Error(`ensemble: a worker thread ended by itself with status ${code}`));
    thread.on("message", onMessage).on("error", onError).on("exit", onExit);
    thread.ref();
    thread.postMessage(plan);
    feed();
  });
}

function forget(thread: Worker): void {
  const at = threads.indexOf(thread);
  if (at >= 0) threads.splice(at, 1);
}

function startThread(): Worker {
  // Options of this process (hooks that compile, inspectors) are not handed down: worker.cjs installs what it needs.
  const thread = new Worker(workerFile(), { execArgv: [], env: process.env });
  thread.unref();
  return thread;
}

/** Beside this file; a notebook kernel that compiles in memory may have moved that, then under the project's folder. */
function workerFile(): string {
  const candidates = [path.join(__dirname, "worker.cjs"), path.join(process.cwd(), "lib", "ensemble", "worker.cjs")];
  const found = candidates.find((file) => fs.existsSync(file));
  if (!found) throw new Error(`ensemble: worker.cjs is missing; looked for ${candidates.join(" and ")}`);
  return found;
}

function restore(error: NonNullable<FromWorker["error"]>): Error {
  const restored = error.user ? new UserError(error.message) : new Error(error.message);
  restored.name = error.name;
  restored.stack = error.stack;
  return restored;
}
