/**
 * Whole training steps (draws, batch gathering, forward, backward, clipping, Adam, moving average, loss read) of the
 * published and the fast network: compiled graph (in float32, and with convolutions in bfloat16), TensorFlow.js eager,
 * PyTorch eager and torch.compile. All contestants are alive together and take turns of about half a second; the best
 * turn counts. GFLOP/s count the network's products, three times a forward evaluation's. PyTorch lives in
 * .cache/bench-venv, which is made when it is missing.
 *
 * Environment: SGM_BENCH_ROUNDS (turns, 5), SGM_BENCH_PYTHON (an interpreter that has PyTorch), SGM_BENCH_CASES (a
 * comma- separated choice of cases), SGM_BENCH_THREADS ("all,1").
 */
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import { type Architecture, fast, published } from "../lib/network/architectures";
import { type Network, sizeOf } from "../lib/network/network";
import { scoreNetwork } from "../lib/network/score-network";
import { type Report, significant } from "./report";

/** What a contestant's process is told: make `count` steps (and build what is missing), or forget everything. */
export type Command =
  | {
      readonly do: "steps";
      readonly contestant: string;
      readonly architecture: Architecture;
      readonly batch: number;
      readonly count: number;
    }
  | { readonly do: "release" };
export interface Answer {
  readonly ms?: number;
  readonly loss?: number;
  readonly peakMB?: number;
  readonly error?: string;
}

const torchVersion = "2.13.0";
const root = join(__dirname, "..");
const run = promisify(execFile);

interface Case {
  readonly name: string;
  readonly architecture: Architecture;
  readonly batch: number;
  readonly alsoOneThread: boolean;
}
const cases: Case[] = [
  { name: "published.b64", architecture: published, batch: 64, alsoOneThread: true },
  { name: "published.b256", architecture: published, batch: 256, alsoOneThread: true },
  { name: "published.b1024", architecture: published, batch: 1024, alsoOneThread: false },
  { name: "fast.b256", architecture: fast, batch: 256, alsoOneThread: true },
];

/** Floating-point operations of one step's products: forward, and twice that backward. */
function stepFlops(network: Network, { cells, patch }: Architecture, batch: number): number {
  const products = network.parameters.filter(({ shape }) => shape.length > 1);
  // Kernels [1, taps, in, out] act at every position, matrices [in, out] once for each sample.
  const forward = products.map(({ shape }) => 2 * batch * sizeOf(shape) * (shape.length === 4 ? cells / patch : 1));
  return 3 * forward.reduce((sum, flops) => sum + flops, 0);
}

/** A process that answers one JSON line to each. */
class Player {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;

  /** With all threads TensorFlow divides them as the project's settings say (lib/graph/native-settings). */
  constructor(command: string, args: readonly string[], threads: number) {
    const n = String(threads);
    const tensorflow =
      threads === availableParallelism() ? {} : { TF_NUM_INTRAOP_THREADS: n, TF_NUM_INTEROP_THREADS: n };
    const env = { ...process.env, ...tensorflow, OMP_NUM_THREADS: n };
    this.child = spawn(command, args, { cwd: root, env, stdio: ["pipe", "pipe", "inherit"] });
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(command: Command): Promise<Answer> {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.answers.next();
    if (done === true) return { error: "its process ended" };
    return JSON.parse(value as string) as Answer;
  }

  end(): void {
    this.child.stdin.end();
  }
}

/** An interpreter with PyTorch, or why there is none. */
async function pythonWithTorch(): Promise<{ python: string } | { reason: string }> {
  const given = process.env.SGM_BENCH_PYTHON;
  const venv = join(root, ".cache", "bench-venv");
  const python = given ?? join(venv, "bin", "python");
  try {
    if (given === undefined && !existsSync(python)) await run("python3", ["-m", "venv", venv]);
    const has = await run(python, ["-c", "import torch; print(torch.__version__)"]).catch(() => undefined);
    if (has === undefined) {
      if (given !== undefined) return { reason: `${given} has no PyTorch` };
      console.error(`bench: installing PyTorch ${torchVersion} in ${venv}; this happens once`);
      await run(python, ["-m", "pip", "install", "--quiet", `torch==${torchVersion}`, "numpy"]);
    }
    return { python };
  } catch (error) {
    return { reason: error instanceof Error ? error.message.split("\n")[0] : String(error) };
  }
}

interface Timing {
  readonly best: number;
  readonly first: number;
  readonly peakMB: number | undefined;
}

/**
 * Best milliseconds a step of each contestant, in turns; contestants that fail are left out, with the reason reported.
 */
async function compete(
  { architecture, batch }: Case,
  contestants: readonly (readonly [string, Player])[],
  onFailure: (contestant: string, reason: string) => void,
): Promise<Map<string, Timing>> {
  const rounds = Number(process.env.SGM_BENCH_ROUNDS ?? 5);
  const timings = new Map<string, Timing>();
  const turns = new Map<string, number>();
  const ask = async (contestant: string, player: Player, count: number): Promise<Answer> => {
    const answer = await player.ask({ do: "steps", contestant, architecture, batch, count });
    if (answer.error !== undefined) {
      timings.delete(contestant);
      onFailure(contestant, answer.error);
    }
    return answer;
  };
  for (const [contestant, player] of contestants) {
    const first = await ask(contestant, player, 1);
    if (first.ms === undefined) continue;
    const second = await ask(contestant, player, 1);
    if (second.ms === undefined) continue;
    turns.set(contestant, Math.max(1, Math.min(100, Math.round(500 / second.ms))));
    timings.set(contestant, { best: second.ms, first: first.ms, peakMB: second.peakMB });
  }
  for (let round = 0; round < rounds; round++) {
    for (const [contestant, player] of contestants) {
      const so = timings.get(contestant);
      if (so === undefined) continue;
      const count = turns.get(contestant)!;
      const { ms, peakMB } = await ask(contestant, player, count);
      if (ms !== undefined) timings.set(contestant, { ...so, best: Math.min(so.best, ms / count), peakMB });
    }
  }
  return timings;
}

/** The figures of one case. */
function tell(report: Report, name: string, { architecture, batch }: Case, timings: Map<string, Timing>, note: string) {
  const graph = timings.get("graph");
  if (graph === undefined) return;
  const flops = stepFlops(scoreNetwork(architecture), architecture, batch);
  const rate = flops / graph.best / 1e6;
  const torch = timings.get("torch");
  report.add(name, {
    value: rate,
    unit: "GFLOP/s",
    reference: torch && `PyTorch ${torchVersion} eager, ${significant(flops / torch.best / 1e6)} GFLOP/s`,
    ratio: torch && torch.best / graph.best,
    note: `${significant(graph.best)} ms a step, ${note}`,
  });
  for (const [contestant, suffix, title] of [
    ["eager", "ratioToEager", "TensorFlow.js eager"],
    ["torch", "ratioToPyTorch", "PyTorch eager"],
    ["torch.compile", "ratioToTorchCompile", "torch.compile"],
  ] as const) {
    const other = timings.get(contestant);
    if (other === undefined) continue;
    const ratio = other.best / graph.best;
    const reference = `${title}, ${significant(other.best)} ms a step`;
    report.add(`${name}.${suffix}`, { value: ratio, unit: "times as fast", reference, ratio });
  }
  const narrow = timings.get("bfloat16");
  if (narrow !== undefined) {
    const ratio = graph.best / narrow.best;
    const reference = `the graph in float32, ${significant(graph.best)} ms a step`;
    const note = `${significant(narrow.best)} ms a step; convolutions alone in bfloat16`;
    report.add(`${name}.bfloat16`, { value: ratio, unit: "times as fast", reference, ratio, note });
  }
  const { kernel, width, cells, patch } = architecture;
  for (const [contestant, suffix, title, work] of [
    ["matmul", "ratioToMatmul", "product of 1024 x 1024 matrices", 2 * 1024 ** 3],
    ["convolution", "ratioToConvolution", "its convolutions alone", 24 * batch * (cells / patch) * kernel * width ** 2],
  ] as const) {
    const other = timings.get(contestant);
    if (other === undefined) continue;
    const machine = work / other.best / 1e6;
    const reference = `${title}, ${significant(machine)} GFLOP/s`;
    report.add(`${name}.${suffix}`, { value: rate / machine, unit: "of the rate", reference, ratio: rate / machine });
  }
  const compile = timings.get("torch.compile");
  report.add(`${name}.startUp`, {
    value: graph.first / 1e3,
    unit: "s",
    reference: compile && `torch.compile, ${significant(compile.first / 1e3)} s`,
    ratio: compile && graph.first / compile.first,
    note: "recording, loading and the first step",
  });
  if (graph.peakMB !== undefined && Number.isFinite(graph.peakMB)) {
    report.add(`${name}.peakMemory`, {
      value: graph.peakMB,
      unit: "MB",
      note: "of the process, the eager contestant and cases before this one included",
    });
  }
}

export async function measure(report: Report): Promise<void> {
  const found = await pythonWithTorch();
  if ("reason" in found) report.skip("training.*.ratioToPyTorch", found.reason);
  const all = availableParallelism();
  const chosen = process.env.SGM_BENCH_CASES?.split(",");
  const settings = (process.env.SGM_BENCH_THREADS ?? "all,1").split(",").map((n) => (n === "all" ? all : Number(n)));
  for (const threads of settings) {
    const own = new Player(
      process.execPath,
      ["--require", "tsx/cjs", join(__dirname, "reference", "training-tensorflow.ts")],
      threads,
    );
    const torch =
      "python" in found
        ? new Player(found.python, [join(__dirname, "reference", "training_pytorch.py")], threads)
        : undefined;
    try {
      for (const each of cases) {
        if (threads !== all && !each.alsoOneThread) continue;
        if (chosen !== undefined && !chosen.includes(each.name)) continue;
        const name = `training.${each.name}${threads === all ? "" : `.threads${threads}`}`;
        const contestants = ["graph", "bfloat16", "eager", "matmul", "convolution"].map((c) => [c, own] as const);
        const others = torch === undefined ? [] : ["torch", "torch.compile"].map((c) => [c, torch] as const);
        const timings = await compete(each, [...contestants, ...others], (contestant, reason) =>
          report.skip(`${name} (${contestant})`, reason),
        );
        tell(report, name, each, timings, `${threads} ${threads === 1 ? "thread" : "threads"}`);
        for (const player of [own, torch]) await player?.ask({ do: "release" });
      }
    } finally {
      own.end();
      torch?.end();
    }
  }
}
