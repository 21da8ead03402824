/**
 * A million published fields streamed to disk: time per field against the number of fields, and the resident memory,
 * which does not grow with them. Then sampling and solving on grids from 100 to 100,000 cells, one thread, each beside
 * its cost at 100.
 */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { drawConditions } from "../lib/ensemble/conditions";
import { generateChunks } from "../lib/ensemble/generate";
import { gaussianProcess } from "../lib/porosity/gaussian-process";
import { porosity } from "../lib/porosity/law";
import { stream } from "../lib/random/stream";
import { createEnsemble } from "../lib/storage/ensemble";
import { gridOf } from "../lib/transport/domain";
import { problem } from "../lib/transport/problems";
import { significant, type Report } from "./report";
import { processorSeconds } from "./timing";

const published = problem("electrode-published");
const root = stream(20260205);
const TOTAL = 1_000_000;
const COUNT = 10_000;
const MARKS = [10_000, 100_000, TOTAL];

export async function measure(report: Report): Promise<void> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "bench-streaming-"));
  try {
    await streamed(report, path.join(folder, "fields.zarr"));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  await costAgainstCells(report);
}

async function streamed(report: Report, target: string): Promise<void> {
  const conditions = drawConditions(published, TOTAL / COUNT, root.child("conditions"));
  const writer = await createEnsemble(target, {
    problem: published.name,
    axes: [{ name: "x", length: published.domain[0].length, cells: 100 }],
    count: COUNT,
    channels: published.channels,
    conditionQuantities: published.conditions,
    conditions,
    keepPorosity: false,
    provenance: { purpose: "benchmark" },
  });
  const resident: number[] = [];
  const begun = performance.now();
  const taken = new Map<number, number>();
  let done = 0;
  const options = { problem: published, conditions, count: COUNT, stream: root, chunk: 5000 };
  for await (const { count, fields } of generateChunks(options)) {
    await writer.append(fields);
    done += count;
    resident.push(process.memoryUsage().rss / 1e6);
    if (MARKS.includes(done)) taken.set(done, performance.now() - begun);
  }
  await writer.finish();
  const first = (taken.get(MARKS[0])! * 1e3) / MARKS[0];
  for (const fields of MARKS) {
    const each = (taken.get(fields)! * 1e3) / fields;
    report.add(`streaming.fields${fields}`, {
      value: each,
      unit: "us per field",
      reference: `the first ${MARKS[0]}: ${significant(first)} us`,
      ratio: each / first,
      note: "generated and stored, with checksums and fsync",
    });
  }
  const half = resident.slice(resident.length / 2);
  report.add("streaming.residentMemory", {
    value: Math.max(...resident),
    unit: "MB at the most",
    reference: `${significant((TOTAL * 1600) / 1e6)} MB of fields`,
    ratio: Math.max(...resident) / ((TOTAL * 1600) / 1e6),
    note: `${significant(resident[resident.length / 10 - 1])} MB after 100,000 fields`,
  });
  report.add("streaming.memorySlope", {
    value: slope(half) * (100_000 / 5000),
    unit: "MB per 100,000 fields",
    note: "resident memory over the second half, least squares",
  });
}

/** Of the values against their index. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const above = values.reduce((sum, v, i) => sum + (i - middle) * v, 0);
  return above / values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
}

const LENGTH = published.domain[0].length;

async function costAgainstCells(report: Report): Promise<void> {
  const first: Record<string, number> = {};
  for (const cells of [100, 1000, 10_000, 100_000]) {
    const n = Math.max(4, Math.round(400_000 / cells));
    const grid = gridOf(published, cells);
    const process = gaussianProcess({ cells, length: LENGTH, correlationLength: LENGTH / 10 });
    const solver = published.solver(grid);
    const out = new Float64Array(2 * cells);
    const condition = { U0: 0.1, F_right: 25 };
    let eps = new Float64Array();
    const parts = {
      sampling: () => (eps = porosity(process.samples(root, 0, n))),
      solving: () => {
        for (let k = 0; k < n; k++) solver.solve(eps.subarray(k * cells, (k + 1) * cells), condition, out);
      },
    };
    let whole = 0;
    const add = (name: string, value: number) => {
      first[name] ??= value;
      const reference = `100 cells: ${significant(first[name])} ns`;
      const figure = { value, unit: "ns per cell", reference, ratio: value / first[name] };
      report.add(`streaming.cells${cells}${name}`, { ...figure, note: "one thread, processor time, best of 5" });
    };
    for (const [name, part] of Object.entries(parts)) {
      part();
      let best = Infinity;
      for (let round = 0; round < 5; round++) best = Math.min(best, await processorSeconds(part));
      const value = (best / (n * cells)) * 1e9;
      whole += value;
      add(`.${name}`, value);
    }
    add("", whole);
  }
}
