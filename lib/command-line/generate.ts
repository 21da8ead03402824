/** `generate`: an ensemble of fields for random porosities, streamed to disk in bounded memory. */
import { generateChunks, type EnsembleChunk } from "../ensemble/generate";
import { cellsAlong } from "../fields/grid";
import { fieldSize } from "../fields/shape";
import { stream } from "../random/stream";
import { createEnsemble, type EnsembleDescription } from "../storage/ensemble";
import { UserError } from "../errors/user-error";
import { gridOf, shapeOf as fieldShape } from "../transport/domain";
import type { Condition, Problem } from "../transport/problem";
import { Interrupted, listenForInterrupt } from "../cache/interrupt";
import { withLock } from "../cache/lock";
import type { Arguments, Command } from "./command";
import { problemFromOptions, problemOptions } from "./problem-option";
import { cellsOption, outsideRanges, readConditions, requireStorable } from "./input-files";
import { progressOn, type Progress } from "./progress";
import { ensembleProvenance } from "./provenance";
import { storeResumably } from "./store-resumably";

export const generate: Command = {
  name: "generate",
  summary: "Generates ensembles of fields for random porosities.",
  options: {
    ...problemOptions,
    conditions: { type: "string", value: "FILE", help: "the operating conditions, JSON", required: true },
    count: { type: "string", value: "N", help: "fields per condition", required: true },
    out: { type: "string", value: "PATH", help: "NAME.npy, or NAME.zarr for xarray", required: true },
    seed: { type: "string", value: "N", help: "the same seed gives the same fields", default: "0" },
    cells: { type: "string", value: "N", help: "grid cells, N or NX,NY; without it the problem's own" },
    workers: { type: "string", value: "N", help: "threads; the result does not depend on them" },
    precision: {
      type: "string",
      value: "WORD",
      help: "double, or single to imitate round-off in float32",
      default: "double",
    },
    porosity: { type: "boolean", help: "keep the porosities too (.zarr only)" },
    shard: {
      type: "string",
      value: "K/N",
      help: "only the K-th of N parts of the conditions, for another machine; see join",
    },
  },
  details: `conditions  [{"l": 1e-5, "U0": 0.1, "F_right": 20}, ..]  a condition that is left out takes the problem's \
default
out.npy     float64 [conditions, count, channels, cells] ([.., nx, ny] on a grid of two axes), the channels in the \
order of the problem (c, phi in the electrodes), SI units
out.zarr    an array for each channel [condition, realisation, x] ([.., x, y]) with units and provenance; an \
interrupted run goes on
            where it stopped when the same version is started again in the same words`,
  run: async (args: Arguments): Promise<number> => {
    const job = await readJob(args);
    const progress = progressOn(args.terminal, "generate", "fields");
    const listening = listenForInterrupt();
    try {
      const outside = outsideRanges(job.problem, ownConditions(job));
      if (outside !== undefined) progress.say(`note: ${outside}`);
      const store = job.out.endsWith(".npy") ? storeNpy : storeZarr;
      await store(job, progress, listening.signal);
      const shape = shapeOf(job);
      progress.say(`${job.out}: float64 [${shape.join(", ")}]`);
      return 0;
    } catch (error) {
      throw listening.signal.aborted ? listening.signal.reason : error;
    } finally {
      listening.stop();
      progress.end();
    }
  },
};

interface Job {
  readonly problem: Problem;
  readonly conditions: readonly Condition[];
  readonly count: number;
  readonly seed: number;
  /** Along each axis. */
  readonly cells: readonly number[];
  readonly workers: number | undefined;
  readonly precision: "double" | "single";
  readonly keepPorosity: boolean;
  readonly out: string;
  /** Conditions before this one belong to other shards, as do those after the last of `conditions`. */
  readonly firstCondition: number;
  readonly shard: string | undefined;
}

const ownConditions = (job: Job): readonly Condition[] => job.conditions.slice(job.firstCondition);

const shapeOf = (job: Job): number[] => [
  ownConditions(job).length,
  job.count,
  job.problem.channels.length,
  ...job.cells,
];

/**
 * The conditions [first, end) of shard "K/N": N parts of equal size, give or take one. A field's number, and so its
 * bits, stay as they are.
 */
export function shardOf(text: string, conditions: number): { first: number; end: number } {
  const [, k, n] = (/^([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(text) ?? []).map(Number);
  if (k === undefined || k > n) {
    throw new UserError(
      `sgm generate: --shard must be K/N with K from 1 to N, such as 2/8, got ${JSON.stringify(text)}`,
    );
  }
  if (n > conditions) {
    throw new UserError(`sgm generate: --shard ${text}: there are only ${conditions} conditions to share out`);
  }
  return { first: Math.floor(((k - 1) * conditions) / n), end: Math.floor((k * conditions) / n) };
}

async function readJob(args: Arguments): Promise<Job> {
  const p = problemFromOptions(args);
  const file = args.path("conditions");
  const out = args.output("out", { endings: [".npy", ".zarr"], inputs: [file] });
  const [precision, keepPorosity] = [args.text("precision"), args.flag("porosity")];
  if (keepPorosity && out.endsWith(".npy"))
    throw new UserError("sgm generate: --porosity needs an --out that ends in .zarr");
  if (precision !== "double" && precision !== "single") {
    throw new UserError(`sgm generate: --precision must be double or single, got ${JSON.stringify(precision)}`);
  }
  const conditions = await readConditions(file, p);
  const shard = args.optional("shard");
  const { first, end } = shard === undefined ? { first: 0, end: conditions.length } : shardOf(shard, conditions.length);
  const job: Job = {
    problem: p,
    count: args.whole("count", 1),
    seed: args.whole("seed", 0),
    cells: cellsAlong(gridOf(p, cellsOption(args))),
    workers: args.optionalWhole("workers", 1, 1024),
    conditions: conditions.slice(0, end),
    firstCondition: first,
    shard,
    precision,
    keepPorosity,
    out,
  };
  requireStorable("generate", shapeOf(job));
  return job;
}

/** The shard's fields from its `first` on. */
async function* chunksOf(
  job: Job,
  first: number,
  progress: Progress,
  signal: AbortSignal,
): AsyncGenerator<EnsembleChunk, void, undefined> {
  const { precision, seed, ...rest } = job;
  const skipped = job.firstCondition * job.count; // fields are numbered over all conditions, whichever shard draws them
  const onProgress = (done: number, total: number): void => progress.update(done - skipped, total - skipped);
  const single = precision === "single" ? { precision } : {};
  // 8 MB: what an interruption loses
  const chunk = Math.max(1, Math.floor(1e6 / fieldSize(fieldShape(job.problem, job.cells))));
  const options = { ...rest, ...single, stream: stream(seed), first: skipped + first, chunk, signal, onProgress };
  yield* generateChunks(options);
}

async function storeNpy(job: Job, progress: Progress, signal: AbortSignal): Promise<void> {
  const { problem: p, conditions, out } = job;
  const request = { problem: p.name, conditions: conditions.map((c) => ({ ...c })), ...ensembleProvenance(job) };
  await storeResumably({ out, shape: shapeOf(job), request, progress, signal }, async (file, size) => {
    for await (const chunk of chunksOf(job, file.stored / size, progress, signal)) await file.append(chunk.fields);
  });
}

async function storeZarr(job: Job, progress: Progress, signal: AbortSignal): Promise<void> {
  const { problem: p, count, cells, keepPorosity, out } = job;
  const conditions = ownConditions(job);
  // A parameter that some conditions give is stored for all, at its default for the others.
  const given = (p.parameters ?? []).filter(({ name }) => conditions.some((condition) => name in condition));
  const defaults = Object.fromEntries(given.map((range) => [range.name, range.default]));
  const description: EnsembleDescription = {
    problem: p.name,
    axes: gridOf(p, cells).axes,
    count,
    channels: p.channels,
    conditionQuantities: [...p.conditions, ...given],
    conditions: conditions.map((condition) => ({ ...defaults, ...condition })),
    keepPorosity,
    provenance: ensembleProvenance(job),
  };
  const onWait = (owner: string): void => progress.say(`${owner} is writing ${out}; waiting`);
  const write = async (): Promise<void> => {
    const writer = await createEnsemble(out, description);
    try {
      if (writer.stored > 0) progress.say(`going on after ${writer.stored} fields that are stored in ${out}.partial`);
      for await (const { fields, porosity } of chunksOf(job, writer.stored, progress, signal)) {
        await writer.append(fields, keepPorosity ? porosity : undefined);
      }
      await writer.finish();
    } catch (error) {
      if (!(signal.reason instanceof Interrupted)) await writer.abandon();
      throw error;
    }
  };
  await withLock(out, write, { signal, onWait });
}
