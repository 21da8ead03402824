/**
 * A pool of threads that outlives one call: starting a thread and compiling the library in it takes a few tenths of a
 * second, a small job does not. Idle threads do not keep the process alive. One job has the pool at a time,
 * others wait for their turn.
 *
 * A job is a program, a module of the library that exports `prepare(input): (task: number) => void`, its input, and a
 * number of tasks. Every thread prepares once and does the tasks that it takes; results go where the input's shared
 * memory says.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { setImmediate as turnOfTheEventLoop } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { UserError } from "../errors/user-error";
import type { Answer, FromWorker, Order } from "./worker";

export interface Job {
  /** The module's path within lib, "ensemble/solve-task" for instance. */
  readonly program: string;
  /** Sent to each thread: copied, but for shared memory. */
  readonly input: unknown;
  /** Tasks 0 .. tasks - 1. */
  readonly tasks: number;
  /** Called in this thread after each task. */
  readonly onDone?: (task: number) => void;
  readonly signal?: AbortSignal;
}

const threads: Worker[] = [];
let turn: Promise<void> = Promise.resolve();

/**
 * Does the tasks of a job on `workers` threads, or one after the other in this thread where `workers` is 0: then `here`
 * prepares them.
 */
export async function runTasks(job: Job, workers: number, here: () => (task: number) => void): Promise<void> {
  if (workers > 0) return runInPool(job, workers);
  const perform = here();
  for (let task = 0; task < job.tasks; task++) {
    job.signal?.throwIfAborted();
    perform(task);
    job.onDone?.(task);
    await turnOfTheEventLoop(); // signals, timers and a user's interrupt get through
  }
}

/** Whether `n` threads are up already. */
export function poolHas(n: number): boolean {
  return threads.length >= n;
}

/** Ends the threads; the next job starts new ones. */
export async function closePool(): Promise<void> {
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
}

/**
 * Has `workers` threads do the tasks of a job. A thread takes the next task by itself when it is free, from a counter
 * in shared memory: it does not wait for this thread, which may be computing too. Rejects with the first error; when
 * the signal aborts, with its reason; in both cases only when no thread writes to shared memory any more.
 */
export async function runInPool(job: Job, workers: number): Promise<void> {
  const { program, input, tasks, onDone, signal } = job;
  const before = turn;
  let release!: () => void;
  turn = new Promise((resolve) => (release = resolve));
  await before;
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let failure: { readonly reason: unknown } | undefined;
  const failed = (reason: unknown): void => {
    failure ??= { reason };
    Atomics.store(next, 0, tasks); // nobody finds another task
  };
  const aborted = (): void => failed(signal?.reason);
  try {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", aborted, { once: true });
    while (threads.length < workers) threads.push(startThread());
    const answered = ({ task, error }: Answer): void => {
      if (error) return failed(restore(error));
      try {
        onDone?.(task);
      } catch (thrown) {
        failed(thrown);
      }
    };
    const order: Order = { program, input, tasks, next };
    await Promise.all(threads.slice(0, workers).map((thread) => work(thread, order, answered, failed)));
    if (failure) throw failure.reason;
  } finally {
    signal?.removeEventListener("abort", aborted);
    release();
  }
}

/** Gives a thread the job; resolves when it has found no task left and all its answers are in, or has ended. */
function work(
  thread: Worker,
  order: Order,
  answered: (answer: Answer) => void,
  failed: (reason: unknown) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      thread.off("message", onMessage).off("error", onError).off("exit", onExit);
      thread.unref();
      resolve();
    };
    const onMessage = (answer: FromWorker) => (answer === "no task left" ? finish() : answered(answer));
    const onError = (reason: unknown) => {
      forget(thread);
      failed(reason);
      finish();
    };
    const onExit = (code: number) => onError(new Error(`a worker thread ended by itself with status ${code}`));
    thread.on("message", onMessage).on("error", onError).on("exit", onExit);
    thread.ref();
    thread.postMessage(order);
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
  const beside = [__dirname, path.join(process.cwd(), "lib", "threads")];
  const candidates = beside.map((folder) => path.join(folder, "./worker.cjs"));
  const found = candidates.find((file) => fs.existsSync(file));
  if (!found) throw new Error(`threads: worker.cjs is missing; looked for ${candidates.join(" and ")}`);
  return found;
}

function restore(error: NonNullable<Answer["error"]>): Error {
  const restored = error.user ? new UserError(error.message) : new Error(error.message);
  restored.name = error.name;
  restored.stack = error.stack;
  return restored;
}
