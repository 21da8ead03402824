/** The inside of a worker thread: holds one plan at a time, computes the tasks it is sent, answers each with its number. */
import { parentPort } from "node:worker_threads";
import { UserError } from "../storage/user-error";
import { problemOf, type ProblemReference } from "../transport/problems";
import { computation, type Compute, type Plan } from "./computation";

export type ToWorker =
  | { readonly kind: "plan"; readonly problem: ProblemReference; readonly plan: Plan }
  | {
      readonly kind: "task";
      readonly task: number;
      readonly from: number;
      readonly to: number;
      readonly first: number;
      readonly fields: SharedArrayBuffer;
      readonly porosity?: SharedArrayBuffer;
    };

export interface FromWorker {
  readonly task: number;
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string; readonly user: boolean };
}

let compute: Compute | undefined;
let planFailed: unknown;

parentPort!.on("message", (message: ToWorker) => {
  if (message.kind === "plan") {
    planFailed = undefined;
    try {
      compute = computation(problemOf(message.problem), message.plan);
    } catch (error) {
      planFailed = error;
    }
    return;
  }
  const { task, from, to, first } = message;
  let answer: FromWorker = { task };
  try {
    if (planFailed !== undefined) throw planFailed;
    compute!(from, to, {
      first,
      fields: new Float64Array(message.fields),
      porosity: message.porosity && new Float64Array(message.porosity),
    });
  } catch (error) {
    const e = error instanceof Error ? error : new Error(String(error));
    answer = { task, error: { name: e.name, message: e.message, stack: e.stack, user: e instanceof UserError } };
  }
  parentPort!.postMessage(answer);
});
