/**
 * A soak: does resident memory grow? Training steps of the smoke network and generated fields, each in a process of its own, which tells its
 * resident set at equal intervals. After a warm-up of a fifth the growth per interval is g_1 .. g_n; the slope is their mean, its 95 %
 * confidence interval mean +- t s / sqrt(n). Promised: less than 1 MB per 10,000 training steps and per 100,000 generated fields.
 *
 * Environment: SGM_BENCH_SOAK (a factor on the lengths, 1: 20,000 steps and 500,000 fields, about three minutes on two cores).
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { drawConditions } from "../lib/ensemble/conditions";
import { generateChunks, generateEnsemble } from "../lib/ensemble/generate";
import { normalisation } from "../lib/ensemble/normalisation";
import { closePool } from "../lib/ensemble/pool";
import { smoke } from "../lib/network/architectures";
import { scoreNetwork } from "../lib/network/score-network";
import { stream } from "../lib/random/stream";
import { fieldPool } from "../lib/training/field-pool";
import { scoreObjective } from "../lib/training/score-objective";
import { train } from "../lib/training/train";
import { problem } from "../lib/transport/problems";
import type { Report } from "./report";

const intervals = 25;
const warmUp = 5;

export interface Slope {
  readonly mean: number;
  /** Half the width of the 95 % confidence interval. */
  readonly within: number;
}

/** 97.5 % point of Student's t with n degrees of freedom, to 1 % from n = 4 on (Cornish-Fisher expansion about the normal's). */
function studentPoint(n: number): number {
  const z = 1.959964;
  return z + (z ** 3 + z) / (4 * n) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * n * n);
}

/** Growth per interval of a series, after its warm-up. */
export function slopeOf(series: readonly number[], skip = warmUp): Slope {
  const growth = series.slice(skip + 1).map((value, k) => value - series[skip + k]);
  const n = growth.length;
  if (n < 4) throw new RangeError(`slopeOf: at least 4 intervals after the warm-up are needed, got ${n}`);
  const mean = growth.reduce((sum, g) => sum + g, 0) / n;
  const variance = growth.reduce((sum, g) => sum + (g - mean) ** 2, 0) / (n - 1);
  return { mean, within: studentPoint(n - 1) * Math.sqrt(variance / n) };
}

const residentMB = (): number => process.memoryUsage.rss() / 1e6;

/** The resident set in MB after every `every` training steps. */
async function trainingSeries(every: number): Promise<number[]> {
  const p = problem("electrode-published");
  const cells = 20;
  const common = { problem: p, conditions: drawConditions(p, 12, stream(2)), cells, count: 8 };
  const units = normalisation(await generateEnsemble({ ...common, stream: stream(4) }));
  const pool = await fieldPool({ ...common, normalisation: units, stream: stream(3) });
  const network = scoreNetwork({ ...smoke, cells, conditions: p.conditions.length, channelsIn: 2 });
  const schedule = { betaMin: 0.001, betaMax: 20, tMin: 1e-4 };
  const series: number[] = [];
  await train({
    objective: scoreObjective(network, pool, stream(5), { batch: 16, schedule }),
    heldOut: scoreObjective(network, pool, stream(6), { batch: 16, schedule }),
    heldOutEvery: every, // the log and checkpoints are part of a long run
    checkpointEvery: every,
    onCheckpoint: async () => undefined,
    optimiser: {
      steps: every * (intervals + 1),
      learningRate: 1e-3,
      orthogonalRate: 0,
      warmUp: 10,
      finalFraction: 0.1,
      clip: 1,
      average: 0.99,
      betas: [0.9, 0.99],
    },
    stream: stream(7),
    stepsPerCall: 10,
    onProgress: (done) => {
      if (done % every === 0) series.push(residentMB());
    },
  });
  return series;
}

/** The resident set in MB after every `every` generated fields of 100 cells. */
async function generationSeries(every: number): Promise<number[]> {
  const p = problem("electrode-published");
  const conditions = drawConditions(p, intervals + 1, stream(1));
  const series: number[] = [];
  for await (const _ of generateChunks({ problem: p, conditions, count: every, chunk: every, stream: stream(2) })) {
    series.push(residentMB());
  }
  await closePool();
  return series;
}

/** Runs this file in a process of its own. */
async function elsewhere(what: "training" | "generation", every: number): Promise<number[]> {
  const child = spawn(process.execPath, ["-r", "tsx/cjs", __filename, what, String(every)], {
    cwd: join(__dirname, ".."),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (piece: Buffer) => (text += piece.toString()));
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (status !== 0) throw new Error(`the soak of ${what} ended with status ${status}`);
  return JSON.parse(text) as number[];
}

export async function measure(report: Report): Promise<void> {
  const factor = Number(process.env.SGM_BENCH_SOAK ?? 1);
  for (const { what, name, total, unit, per } of [
    { what: "training", name: "memory.trainingSlope", total: 20_000, unit: "MB per 10,000 steps", per: 10_000 },
    { what: "generation", name: "memory.generationSlope", total: 500_000, unit: "MB per 100,000 fields", per: 100_000 },
  ] as const) {
    const every = 10 * Math.max(1, Math.round((factor * total) / intervals / 10));
    const series = await elsewhere(what, every);
    const { mean, within } = slopeOf(series);
    const scale = per / every;
    const bounds = [mean - within, mean + within].map((x) => (x * scale).toPrecision(3)).join(" to ");
    const note = `95 % interval ${bounds}; ${series[series.length - 1].toFixed(0)} MB at the end`;
    report.add(name, { value: mean * scale, unit, reference: "at most 1 is promised", note });
  }
}

if (require.main === module) {
  const [what, every] = process.argv.slice(2);
  const series = what === "training" ? trainingSeries(Number(every)) : generationSeries(Number(every));
  void series.then((values) => {
    process.stdout.write(JSON.stringify(values), () => process.exit(0));
  });
}
