/**
 * The published training data, 25,000 fields of 100 cells (250 conditions x 100 porosities, porosity sampling
 * included), beside a C program of the same algorithm and beside vectorised NumPy that steps in time; where the time
 * goes.
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { drawConditions } from "../lib/ensemble/conditions";
import { generateChunks, generateEnsemble } from "../lib/ensemble/generate";
import { gaussianProcess } from "../lib/porosity/gaussian-process";
import { porosity } from "../lib/porosity/law";
import { stream } from "../lib/random/stream";
import { createEnsemble } from "../lib/storage/ensemble";
import { publishedSolver } from "../lib/transport/electrode-published";
import { axisOf } from "../lib/transport/domain";
import { problem } from "../lib/transport/problems";
import type { Report } from "./report";
import { significant } from "./report";
import { bestInTurn, processorSeconds, seconds } from "./timing";

const run = promisify(execFile);
const published = problem("electrode-published");
const root = stream(20260205);
const conditions = drawConditions(published, 250, root.child("conditions"));
const count = 100;
const fieldsInAll = conditions.length * count;
const threads = availableParallelism();

export async function measure(report: Report): Promise<void> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "bench-ensemble-"));
  try {
    const ours = await wholeAndC(report, folder);
    await besideNumPy(report, ours);
    await shares(report, folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const generate = (workers: number) =>
  generateEnsemble({ problem: published, conditions, count, stream: root, workers });

/** Wall time of the published ensemble, first call and best; returns the best. */
async function wholeAndC(report: Report, folder: string): Promise<number> {
  const cold = await seconds(() => generate(threads));
  const program = await compileC(folder);
  const best = await bestInTurn(10, {
    ours: () => seconds(() => generate(threads)),
    C: async () => (typeof program === "string" ? NaN : (await program(threads)).seconds),
  });
  report.add("ensemble.published25k", {
    value: best.ours,
    unit: "s",
    reference: "an hour on eight processes (published)",
    ratio: best.ours / 3600,
    note: `${threads} threads, best of 10`,
  });
  report.add("ensemble.published25kFirstCall", {
    value: cold,
    unit: "s",
    note: `${threads} threads, their start and compilation included`,
  });
  if (typeof program === "string") {
    report.skip("ensemble.ratioToC", program);
    return best.ours;
  }
  report.add("ensemble.ratioToC", {
    value: best.ours / best.C,
    unit: "times the C program's time",
    reference: `C (-O3 -march=native), ${threads} threads, ${significant(best.C)} s, best of 10 in turn`,
    ratio: best.ours / best.C,
  });
  // Processor time says the same on a busy machine, where the clock does not.
  const cpu = await bestInTurn(6, {
    ours: () => processorSeconds(() => generate(1)),
    C: async () => (await program(1)).processorSeconds,
  });
  report.add("ensemble.processorTimeRatioToC", {
    value: cpu.ours / cpu.C,
    unit: "times the C program's processor time",
    reference: `C, 1 thread, ${significant(cpu.C)} s of processor time, best of 6 in turn`,
    ratio: cpu.ours / cpu.C,
  });
  const { fields } = await generate(threads);
  report.add("ensemble.differenceFromC", {
    value: differenceInStd(fields.values, await program(1).then(({ output }) => output())),
    unit: "standard deviations",
    note: "largest difference of any number of any field: the algorithm is the same",
  });
  return best.ours;
}

type CProgram = (threads: number) => Promise<{ seconds: number; processorSeconds: number; output: () => Float64Array }>;

/** Compiles the C program and writes its input; a text where there is no compiler. */
async function compileC(folder: string): Promise<CProgram | string> {
  const [program, input, output] = ["ensemble", "input", "output"].map((name) => path.join(folder, name));
  const source = path.join(__dirname, "reference", "ensemble.c");
  try {
    await run("gcc", ["-O3", "-march=native", "-pthread", "-o", program, source, "-lm"]);
  } catch (error) {
    return `no C compiler (gcc): ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
  const numbers = [100, count, conditions.length];
  conditions.forEach((c, i) => {
    numbers.push(c.l, c.U0, c.F_right, ...root.child("porosity").child(i).identity);
  });
  fs.writeFileSync(input, Float64Array.from(numbers));
  return async (n) => {
    const { stdout } = await run(program, [input, String(n), output]);
    const times = JSON.parse(stdout) as { seconds: number; processorSeconds: number };
    const read = () => {
      const bytes = fs.readFileSync(output);
      return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
    };
    return { ...times, output: read };
  };
}

/** Largest difference, per channel in units of that channel's standard deviation. */
function differenceInStd(a: Float64Array, b: Float64Array): number {
  const std = [5, 2.65e-3];
  return a.reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i]) / std[Math.floor(i / 100) % 2]), 0);
}

async function besideNumPy(report: Report, ours: number): Promise<void> {
  const sample = 2500;
  const script = path.join(__dirname, "reference", "ensemble_numpy.py");
  const own = path.join(__dirname, "..", ".venv", "bin", "python");
  for (const python of [own, "python3"]) {
    try {
      const { stdout } = await run(python, [script, String(sample)]);
      const { seconds: taken, numpy } = JSON.parse(stdout) as { seconds: number; numpy: string };
      const scaled = (taken * fieldsInAll) / sample;
      report.add("ensemble.ratioToNumPy", {
        value: scaled / ours,
        unit: "times as fast",
        reference:
          `NumPy ${numpy}, 1000 steps vectorised over ${sample} fields in ${significant(taken)} s, scaled to ` +
          `${fieldsInAll}`,
        ratio: scaled / ours,
      });
      return;
    } catch {
      continue;
    }
  }
  report.skip("ensemble.ratioToNumPy", "no Python with NumPy (.venv or python3)");
}

/** Microseconds of one thread per published field, by part. */
async function shares(report: Report, folder: string): Promise<void> {
  const n = 5000;
  const per = async (f: () => unknown) => {
    await f();
    return (Math.min(await seconds(f), await seconds(f)) / n) * 1e6;
  };
  const l = published.domain[0].length / 10;
  const process = gaussianProcess({ cells: 100, length: published.domain[0].length, correlationLength: l });
  let eps = new Float64Array();
  const sampling = await per(() => (eps = porosity(process.samples(root.child("bench"), 0, n))));
  const out = new Float64Array(200);
  const axis = axisOf(published, 100);
  const condition = { l, U0: 0.1, F_right: 25 };
  const solveAll = (solver: ReturnType<typeof publishedSolver>) => () => {
    for (let k = 0; k < n; k++) solver.solve(eps.subarray(k * 100, (k + 1) * 100), condition, out);
  };
  const none = new Float64Array(0);
  const noTime = { nodes: 0, zRe: none, zIm: none, wRe: none, wIm: none };
  const potential = await per(solveAll(publishedSolver(axis, noTime)));
  const both = await per(solveAll(publishedSolver(axis)));
  let round = 0;
  const generated = await per(() =>
    generateEnsemble({ problem: published, conditions: [condition], count: n, stream: root }),
  );
  const stored = await per(() => store(path.join(folder, `stored${round++}`), n, condition));
  const add = (name: string, value: number, note: string) =>
    report.add(`ensemble.time.${name}`, { value, unit: "us per field", note });
  add("sampling", sampling, "porosity, one thread");
  add("potential", potential, "with coefficients and checks, one thread");
  add("concentration", both - potential, "one thread");
  add("writing", Math.max(0, stored - generated), `beyond generation on ${threads} threads, with checksums and fsync`);
}

async function store(folder: string, n: number, condition: Record<string, number>): Promise<void> {
  const writer = await createEnsemble(folder, {
    problem: published.name,
    axes: [{ name: "x", length: published.domain[0].length, cells: 100 }],
    count: n,
    channels: published.channels,
    conditionQuantities: published.conditions,
    conditions: [condition],
    keepPorosity: false,
    provenance: { purpose: "benchmark" },
  });
  const chunks = generateChunks({
    problem: published,
    conditions: [condition],
    count: n,
    stream: root,
    first: writer.stored,
  });
  for await (const chunk of chunks) await writer.append(chunk.fields);
  await writer.finish();
}
