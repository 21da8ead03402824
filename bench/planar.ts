/**
 * Conduction on a rectangle: one field of 64 x 64 cells beside a C program of the same algorithm, SciPy's sparse direct
 * solver and PyAMG; what a cell costs from 32 x 32 to 512 x 512; 20,000 fields with their porosities. Processor time,
 * which says the same on a busy machine.
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { porosity } from "../lib/porosity/law";
import { planarProcess } from "../lib/porosity/planar-process";
import { stream } from "../lib/random/stream";
import { PlanarPotential, type Ends } from "../lib/transport/planar-potential";
import { significant, type Report } from "./report";
import { bestInTurn, processorSeconds } from "./timing";

const run = promisify(execFile);
const law = { epsMin: 0.1, epsMax: 0.9 };
const ends: Ends = { left: { kind: "value", onFace: 0 }, right: { kind: "value", onFace: 1 } };
const sizes = [32, 64, 128, 256, 512];
/** Systems that the C program solves side by side; the library solves two. */
const lanes = [1, 2, 4, 8];

export async function measure(report: Report): Promise<void> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "bench-planar-"));
  try {
    const costs = await cells();
    const [cheapest, dearest] = [Math.min(...costs), Math.max(...costs)];
    report.add("planar.cellCost", {
      value: dearest / cheapest,
      unit: "times the least",
      note: `ns a cell and field on ${sizes.join(", ")} cells along a side: ${costs.map(significant).join(", ")}`,
    });
    const ours = await besideC(report, folder);
    await besidePython(report, folder, ours);
    await fields(report);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function porosities(n: number, count: number): Float64Array {
  const process = planarProcess({ cells: [n, n], lengths: [1, 1], correlationLength: 0.1 });
  return porosity(process.samples(stream(20260205), 0, count), law);
}

/** What the C program and the Python script read: cells along a side, number of porosities, porosities. */
function writeInput(file: string, n: number, eps: Float64Array): void {
  const numbers = new Float64Array(2 + eps.length);
  numbers.set([n, eps.length / (n * n)]);
  numbers.set(eps, 2);
  fs.writeFileSync(file, numbers);
}

/** Solves all of eps [count][n][n] into phi, two at a time. */
function solveAll(solver: PlanarPotential, eps: Float64Array, phi: Float64Array): void {
  const [nx, ny] = solver.cells;
  const size = nx * ny;
  for (let at = 0; at < eps.length; at += 2 * size) {
    solver.setConductivity([eps.subarray(at, at + size), eps.subarray(at + size, at + 2 * size)], ends);
    for (const lane of [0, 1] as const) solver.setSource(lane, undefined, ends);
    solver.solve();
    for (const lane of [0, 1] as const) solver.copy(lane, phi, at + lane * size);
  }
}

/** Nanoseconds a cell and field, by size. */
async function cells(): Promise<number[]> {
  const costs: number[] = [];
  for (const n of sizes) {
    const count = n > 256 ? 2 : 8;
    const eps = porosities(n, count);
    const solver = new PlanarPotential([n, n], [1, 1]);
    const phi = new Float64Array(eps.length);
    const rounds = Math.max(4, Math.round(6e5 / (n * n)));
    const { ours } = await bestInTurn(rounds, { ours: () => processorSeconds(() => solveAll(solver, eps, phi)) });
    costs.push((1e9 * ours) / eps.length);
  }
  return costs;
}

/** Seconds a field of 64 x 64. */
async function besideC(report: Report, folder: string): Promise<number> {
  const [n, count] = [64, 64];
  const eps = porosities(n, count);
  const phi = new Float64Array(eps.length);
  const solver = new PlanarPotential([n, n], [1, 1]);
  const [input, output] = [path.join(folder, "input"), path.join(folder, "output")];
  writeInput(input, n, eps);
  const once = async (width: number): Promise<number> => {
    const { stdout } = await run(path.join(folder, `planar${width}`), [input, "3", output]);
    return (JSON.parse(stdout) as { processorSeconds: number }).processorSeconds / count;
  };
  // As many tries as the C program has in one call.
  const mine = async () =>
    (await bestInTurn(3, { once: () => processorSeconds(() => solveAll(solver, eps, phi)) })).once / count;
  const problem = await compileC(folder);
  const programs = problem ? {} : Object.fromEntries(lanes.map((width) => [width, () => once(width)]));
  const best = await bestInTurn<string>(8, { ours: mine, ...programs });
  report.add("planar.field64", {
    value: 1e6 * best.ours,
    unit: "us",
    note: "set-up included, two porosities side by side",
  });
  if (problem) {
    report.skip("planar.ratioToC", problem);
    return best.ours;
  }
  const others = lanes.map((width) => `${width}: ${significant(1e6 * best[width])}`).join(", ");
  report.add("planar.ratioToC", {
    value: best.ours / best[2],
    unit: "times the C program's time",
    reference: `C (-O3 -march=native), two side by side as here, ${significant(1e6 * best[2])} us a field`,
    ratio: best.ours / best[2],
    note: `us a field by systems side by side in C: ${others}`,
  });
  const bytes = fs.readFileSync(output);
  const theirs = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  const difference = phi.reduce((most, v, i) => Math.max(most, Math.abs(v - theirs[i])), 0);
  report.add("planar.differenceFromC", { value: difference, unit: "V", note: "largest, for 1 V between the ends" });
  return best.ours;
}

/** What hinders it, in words. */
async function compileC(folder: string): Promise<string | undefined> {
  const source = path.join(__dirname, "reference", "planar.c");
  try {
    for (const width of lanes) {
      const program = path.join(folder, `planar${width}`);
      await run("gcc", ["-O3", "-march=native", `-DLANES=${width}`, "-o", program, source, "-lm"]);
    }
  } catch (error) {
    return `no C compiler (gcc): ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
}

async function besidePython(report: Report, folder: string, ours: number): Promise<void> {
  const script = path.join(__dirname, "reference", "planar_scipy.py");
  const own = path.join(__dirname, "..", ".venv", "bin", "python");
  const input = path.join(folder, "porosities");
  writeInput(input, 64, porosities(64, 12));
  for (const [name, method, library] of [
    ["planar.ratioToSciPy", "direct", "SciPy"],
    ["planar.ratioToPyAMG", "pyamg", "PyAMG"],
  ]) {
    const found = await measured([process.env.BENCH_PYTHON ?? own, "python3"], script, [input, method]);
    if (!found) {
      report.skip(name, `no Python with ${library} (BENCH_PYTHON, .venv or python3)`);
      continue;
    }
    const [way, least] = Object.entries(found.processorSeconds).sort((a, b) => a[1] - b[1])[0];
    report.add(name, {
      value: least / ours,
      unit: "times as fast",
      reference: `${library} ${found[library.toLowerCase()]}, ${way}, ${significant(1e6 * least)} us for one right-hand side`,
      ratio: least / ours,
    });
  }
}

interface PythonResult {
  readonly processorSeconds: Readonly<Record<string, number>>;
  readonly [version: string]: unknown;
}

async function measured(pythons: string[], script: string, args: string[]): Promise<PythonResult | undefined> {
  for (const python of pythons) {
    try {
      const { stdout } = await run(python, [script, ...args], { env: { ...process.env, OMP_NUM_THREADS: "1" } });
      return JSON.parse(stdout) as PythonResult;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Porosity and potential of a thousand fields of 64 x 64 in one thread, for 20,000 in two. */
async function fields(report: Report): Promise<void> {
  const [n, count] = [64, 1000];
  const solver = new PlanarPotential([n, n], [1, 1]);
  const phi = new Float64Array(count * n * n);
  const { sampling } = await bestInTurn(2, { sampling: () => processorSeconds(() => porosities(n, count)) });
  const eps = porosities(n, count);
  const { solving } = await bestInTurn(2, { solving: () => processorSeconds(() => solveAll(solver, eps, phi)) });
  report.add("planar.fields20k", {
    value: ((sampling + solving) * 20_000) / count / 2,
    unit: "s on two processors",
    note:
      `from ${count} fields in one thread: ${significant(1e6 * (sampling / count))} us for a porosity, ` +
      `${significant(1e6 * (solving / count))} us for its field`,
  });
}
