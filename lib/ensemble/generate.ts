/**
 * Ensembles: for each condition z, `count` porosities eps ~ p(eps | l) and their fields (c, phi). In memory at once
 * (`generateEnsemble`, `generateResponses`) or as a stream of chunks in bounded memory (`generateChunks`).
 * The numbers depend on problem, conditions, cells, porosity law and stream; not on count, workers or chunks.
 */
import type { Channel } from "../fields/channel";
import { Fields } from "../fields/fields";
import { type Cells, cellsAlong } from "../fields/grid";
import type { Covariance } from "../porosity/covariance";
import type { Stream } from "../random/stream";
import { UserError } from "../errors/user-error";
import { runTasks } from "../threads/pool";
import { affineOf } from "../transport/affine";
import { gridOf, shapeOf } from "../transport/domain";
import type { Condition, Problem } from "../transport/problem";
import { referenceTo } from "../transport/problems";
import { computation, fieldSize, type Plan } from "./computation";
import { completeCondition } from "./conditions";
import { type SharedTarget, solvedTask, type SolveInput, type Task } from "./solve-task";
import { threadsFor } from "./thread-count";

export interface GenerateOptions {
  readonly problem: Problem;
  /** What is left out takes the problem's default; values outside the problem's ranges are allowed. */
  readonly conditions: readonly Condition[];
  /** Porosities per condition. */
  readonly count: number;
  /** Porosity k of condition i is drawn from stream.child("porosity").child(i).child(k). */
  readonly stream: Stream;
  /** Default: the problem's own numbers. */
  readonly cells?: Cells;
  /** Threads; by default as many as there are processors, or none for a small ensemble. 1 computes in this thread. */
  readonly workers?: number;
  readonly keepPorosity?: boolean;
  readonly precision?: "double" | "single";
  readonly covariance?: Covariance;
  readonly nugget?: number;
  /**
   * Called in this thread after each batch with the number of fields done (those of an earlier run included) and the
   * seconds that the rest will take at the rate so far.
   */
  readonly onProgress?: (done: number, total: number, secondsLeft: number) => void;
  /** Aborting rejects with the signal's reason within some milliseconds. */
  readonly signal?: AbortSignal;
}

/** The porosity as a field of one channel. */
export const porosityChannel: Channel = { name: "eps", symbol: "ε", unit: "1" };

export interface Ensemble {
  readonly conditions: readonly Condition[];
  /** Fields per condition. */
  readonly count: number;
  /** `count` a condition, condition after condition, SI units. In shared memory; the caller's own. */
  readonly fields: Fields;
  /** The porosity of each, when asked for. */
  readonly porosity?: Fields;
}

export interface Responses {
  readonly problem: string;
  readonly cells: number;
  readonly channels: number;
  readonly conditions: readonly Condition[];
  readonly count: number;
  /** Number of responses, that of the problem's affine functions v_a. */
  readonly functions: number;
  /** [conditions, count, functions, channels, cells]: field = sum_a v_a(z) r_a, SI units. */
  readonly fields: Float64Array;
  readonly porosity?: Float64Array;
}

/** Fields first .. first + count - 1 of an ensemble, numbered condition * count + realisation. */
export interface EnsembleChunk {
  readonly first: number;
  readonly count: number;
  /** [count, channels, cells] */
  readonly fields: Float64Array;
  /** [count, cells] */
  readonly porosity?: Float64Array;
}

/** All fields in memory. */
export async function generateEnsemble(o: GenerateOptions): Promise<Ensemble> {
  const job = prepare("generateEnsemble", o, false);
  const { fields, porosity } = await allAtOnce(job, o);
  const { conditions, count } = job.plan;
  const shape = shapeOf(o.problem, o.cells);
  return {
    conditions,
    count,
    fields: new Fields(fields, shape),
    porosity: porosity && new Fields(porosity, { ...shape, channels: [porosityChannel] }),
  };
}

/**
 * Responses to the functions of the conditions in which the problem is affine: with them the fields at any value of
 * these cost a few multiplications. `conditions` give the others (what they say about the affine ones does not matter).
 */
export async function generateResponses(o: GenerateOptions): Promise<Responses> {
  const job = prepare("generateResponses", o, true);
  const { fields, porosity } = await allAtOnce(job, o);
  const { cells, plan } = job;
  const { conditions, count } = plan;
  const { name, channels } = o.problem;
  const functions = affineOf(o.problem).count;
  return { problem: name, cells, channels: channels.length, conditions, count, functions, fields, porosity };
}

export interface ChunkOptions extends GenerateOptions {
  /** Fields per chunk; by default about 32 MB. */
  readonly chunk?: number;
  /** The field to begin with, so that an interrupted run goes on where it stopped. */
  readonly first?: number;
}

/**
 * The fields in order, chunk after chunk; while the caller stores one, the next is being computed. Two chunks of memory
 * are used in turn: a chunk's arrays are good until the next chunk has been asked for. Leaving the loop ends the
 * computation.
 */
export async function* generateChunks(o: ChunkOptions): AsyncGenerator<EnsembleChunk, void, undefined> {
  const job = prepare("generateChunks", o, false);
  const chunk = o.chunk ?? Math.max(1, Math.floor(4e6 / job.size));
  const begin = o.first ?? 0;
  requireWhole("generateChunks", "fields per chunk", chunk, 1);
  requireWhole("generateChunks", "the first field", begin, 0);
  const leave = new AbortController();
  const signal = o.signal ? AbortSignal.any([o.signal, leave.signal]) : leave.signal;
  const buffers = [0, 1].map(() => allocate(job, Math.min(chunk, Math.max(0, job.total - begin))));
  const progress = counter(begin, job.total, o.onProgress);
  const start = (first: number, turn: number) => {
    const target = { ...buffers[turn], first };
    const finished = run(job, first, Math.min(job.total, first + chunk), target, progress, signal);
    finished.catch(() => undefined); // looked at when its turn comes; must not count as unhandled meanwhile
    return finished;
  };
  let pending = begin < job.total ? start(begin, 0) : undefined;
  try {
    for (let first = begin, turn = 0; first < job.total; first += chunk, turn = 1 - turn) {
      await pending;
      pending = first + chunk < job.total ? start(first + chunk, 1 - turn) : undefined;
      const count = Math.min(chunk, job.total - first);
      const { fields, porosity } = buffers[turn];
      yield {
        first,
        count,
        fields: new Float64Array(fields, 0, count * job.size),
        porosity: porosity && new Float64Array(porosity, 0, count * job.cells),
      };
    }
  } finally {
    leave.abort();
    await pending?.catch(() => undefined);
  }
}

interface Job {
  readonly problem: Problem;
  readonly plan: Plan;
  readonly keepPorosity: boolean;
  /** Of the grid, all axes together. */
  readonly cells: number;
  /** Numbers per field, and fields. */
  readonly size: number;
  readonly total: number;
  /** Threads; 0 computes in this one. */
  readonly threads: number;
}

function prepare(who: string, o: GenerateOptions, responses: boolean): Job {
  const { problem } = o;
  const grid = gridOf(problem, o.cells);
  requireWhole(who, "porosities per condition", o.count, 1);
  if (o.workers !== undefined) requireWhole(who, "workers", o.workers, 1);
  if (o.conditions.length === 0) throw new UserError(`${who}: at least one condition is needed, got none`);
  const conditions = o.conditions.map((c) => completeCondition(problem, c));
  const { identity, path } = o.stream.child("porosity");
  const plan: Plan = {
    conditions,
    count: o.count,
    cells: cellsAlong(grid),
    stream: { identity, path },
    covariance: o.covariance ?? problem.porosity.covariance,
    nugget: o.nugget ?? problem.porosity.nugget,
    precision: o.precision,
    responses,
  };
  // Options that the problem refuses are refused here, before memory is taken or a thread started.
  computation(problem, plan);
  const size = fieldSize(problem, plan);
  const total = conditions.length * o.count;
  return {
    problem,
    plan,
    cells: grid.cells,
    keepPorosity: o.keepPorosity ?? false,
    size,
    total,
    threads: threadsFor(problem, size * total, o.workers),
  };
}

async function allAtOnce(job: Job, o: GenerateOptions): Promise<{ fields: Float64Array; porosity?: Float64Array }> {
  const target = { ...allocate(job, job.total), first: 0 };
  await run(job, 0, job.total, target, counter(0, job.total, o.onProgress), o.signal);
  return { fields: new Float64Array(target.fields), porosity: target.porosity && new Float64Array(target.porosity) };
}

/** Adds up fields for `onProgress`, who has seen `begin` of them before. */
function counter(begin: number, total: number, onProgress: GenerateOptions["onProgress"]): (fields: number) => void {
  const started = performance.now();
  let done = begin;
  return (fields) => {
    done += fields;
    const seconds = (performance.now() - started) / 1000;
    onProgress?.(done, total, (seconds * (total - done)) / (done - begin));
  };
}

function allocate(job: Job, fields: number): Omit<SharedTarget, "first"> {
  const bytes = 8 * fields * (job.size + (job.keepPorosity ? job.cells : 0));
  try {
    return {
      fields: new SharedArrayBuffer(8 * fields * job.size),
      porosity: job.keepPorosity ? new SharedArrayBuffer(8 * fields * job.cells) : undefined,
    };
  } catch {
    throw new UserError(
      `ensemble: ${fields} fields of ${job.size} numbers take ${(bytes / 1e9).toFixed(1)} GB, more than one array ` +
        "can hold here; generate them in chunks",
    );
  }
}

async function run(
  job: Job,
  from: number,
  to: number,
  target: SharedTarget,
  onDone: (fields: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const solving = { plan: job.plan, tasks: split(from, to, job), target };
  const input: Partial<SolveInput> = { ...solving, problem: referenceTo(job.problem) };
  const done = (task: number): void => onDone(solving.tasks[task].to - solving.tasks[task].from);
  const work = { program: "ensemble/solve-task", input, tasks: solving.tasks.length, onDone: done, signal };
  await runTasks(work, job.threads, () => solvedTask(job.problem, solving));
}

/** Batches of some milliseconds: long enough to be worth a message, short enough to stop soon and to share evenly. */
function split(from: number, to: number, job: Job): Task[] {
  const batch = Math.max(1, Math.round(50_000 / job.size));
  const tasks: Task[] = [];
  for (let at = from; at < to; at += batch) tasks.push({ from: at, to: Math.min(to, at + batch) });
  return tasks;
}

function requireWhole(who: string, what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UserError(`${who}: ${what} must be a whole number of at least ${least}, got ${value}`);
  }
}
