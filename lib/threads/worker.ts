/**
 * The inside of a worker thread: takes the tasks of a job one after the other as long as there are some, and answers
 * each with its number.
 */
import { createRequire } from "node:module";
import * as path from "node:path";
import { parentPort } from "node:worker_threads";
import { UserError } from "../errors/user-error";

/** What all threads of a job are told. */
export interface Order {
  readonly program: string;
  readonly input: unknown;
  readonly tasks: number;
  /** In shared memory: the number of the next task that nobody has taken. */
  readonly next: Int32Array;
}

export interface Answer {
  readonly task: number;
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string; readonly user: boolean };
}

export type FromWorker = Answer | "no task left";

/** What a program exports. */
interface Program {
  prepare(input: unknown): (task: number) => void;
}

parentPort!.on("message", ({ program, input, tasks, next }: Order) => {
  const take = (): number => Atomics.add(next, 0, 1);
  let task = take();
  try {
    const perform = task < tasks ? load(program).prepare(input) : undefined;
    for (; task < tasks; task = take()) {
      perform!(task);
      say({ task });
    }
  } catch (error) {
    const e = error instanceof Error ? error : new Error(String(error));
    say({ task, error: { name: e.name, message: e.message, stack: e.stack, user: e instanceof UserError } });
  }
  say("no task left");
});

/** Through the hook that compiles TypeScript, which worker.cjs has installed. */
const load = (program: string): Program => createRequire(__filename)(path.join(__dirname, "..", program)) as Program;

function say(answer: FromWorker): void {
  parentPort!.postMessage(answer);
}
