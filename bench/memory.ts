/**
 * A soak: does resident memory grow? Training steps of the smoke network and generated fields, each in a process of its
 * own, which tells its resident set at equal intervals, after a collection, so that what could be given back is not
 * counted. After a warm-up the slope is that of the least-squares line, its 95 % confidence interval slope +- t
 * s / sqrt(S_tt n_e / n): neighbouring residuals of correlation r count as n_e = n (1 - r) / (1 + r) independent ones.
 * Promised: less than 1 MB per 10,000 training steps and per 100,000 generated fields.
 *
 * Environment: SGM_BENCH_SOAK (a factor on the lengths, 1: 40,000 steps and 4,000,000 fields, about two minutes on two
 * cores).
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { drawConditions } from "../lib/ensemble/conditions";
import { generateChunks, generateEnsemble } from "../lib/ensemble/generate";
import { normalisation } from "../lib/fields/normalisation";
import { closePool } from "../lib/threads/pool";
import { smoke } from "../lib/network/architectures";
import { studentQuantile } from "../lib/numerics/distributions";
import { sum } from "../lib/numerics/statistics";
import { scoreNetwork } from "../lib/network/score-network";
import { stream } from "../lib/random/stream";
import { fieldPool } from "../lib/training/field-pool";
import { scoreObjective } from "../lib/training/score-objective";
import { train } from "../lib/training/train";
import { problem } from "../lib/transport/problems";
import type { Report } from "./report";

const intervals = 40;
const warmUp = 15;

export interface Slope {
  readonly mean: number;
  /** Half the width of the 95 % confidence interval. */
  readonly within: number;
}

/** Growth per interval of a series, after its warm-up. */
export function slopeOf(series: readonly number[], skip = warmUp): Slope {
  const values = series.slice(skip + 1);
  const n = values.length;
  if (n < 10) throw new RangeError(`slopeOf: at least 10 intervals after the warm-up are needed, got ${n}`);
  const t = values.map((_, k) => k - (n - 1) / 2);
  const S = sum(t.map((x) => x * x));
  const [level, mean] = [sum(values) / n, sum(values.map((value, k) => t[k] * value)) / S];
  const residuals = values.map((value, k) => value - level - mean * t[k]);
  const squares = sum(residuals.map((r) => r * r));
  const neighbours = sum(residuals.slice(1).map((r, k) => r * residuals[k]));
  const correlation = squares > 0 ? Math.max(0, neighbours / squares) : 0;
  const independent = Math.max(4, (n * (1 - correlation)) / (1 + correlation));
  return { mean, within: studentQuantile(independent - 2) * Math.sqrt((squares / (n - 2) / S) * (n / independent)) };
}

/** After a collection, where node runs with --expose-gc: what could be given back is no growth. */
const residentMB = (): number => {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1e6;
};

/** The resident set in MB after every `every` training steps. */
async function trainingSeries(every: number): Promise<number[]> {
  const p = problem("electrode-published");
  const cells = 20;
  const common = { problem: p, conditions: drawConditions(p, 12, stream(2)), cells, count: 8 };
  const { fields } = await generateEnsemble({ ...common, stream: stream(4) });
  const units = normalisation(fields);
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

const piece = 5000; // fields, 8 MB

/**
 * The least resident set in MB within every `every` generated fields of 100 cells, read after each piece as `generate`
 * makes them.
 */
async function generationSeries(every: number): Promise<number[]> {
  const p = problem("electrode-published");
  const conditions = drawConditions(p, intervals + 1, stream(1));
  const series: number[] = [];
  let [done, least] = [0, Infinity];
  for await (const _ of generateChunks({ problem: p, conditions, count: every, chunk: piece, stream: stream(2) })) {
    least = Math.min(least, residentMB());
    done += piece;
    if (done < every) continue;
    series.push(least);
    [done, least] = [0, Infinity];
  }
  await closePool();
  return series;
}

/** Runs this file in a process of its own. */
async function elsewhere(what: "training" | "generation", every: number): Promise<number[]> {
  const child = spawn(process.execPath, ["--expose-gc", "-r", "tsx/cjs", __filename, what, String(every)], {
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
  for (const { what, name, total, step, unit, per } of [
    {
      what: "training",
      name: "memory.trainingSlope",
      total: 40_000,
      step: 10,
      unit: "MB per 10,000 steps",
      per: 10_000,
    },
    {
      what: "generation",
      name: "memory.generationSlope",
      total: 4_000_000,
      step: piece,
      unit: "MB per 100,000 fields",
      per: 100_000,
    },
  ] as const) {
    const every = step * Math.max(1, Math.round((factor * total) / intervals / step));
    const series = await elsewhere(what, every);
    const { mean, within } = slopeOf(series);
    const scale = per / every;
    const bounds = [mean - within, mean + within].map((x) => (x * scale).toPrecision(3)).join(" to ");
    const kept = (mean + within) * scale < 1 ? "kept" : "NOT SHOWN";
    const note = `95 % interval ${bounds}, the promise is ${kept}; ${series[series.length - 1].toFixed(0)} MB at the end`;
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
