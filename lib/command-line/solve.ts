/** `solve`: the fields for porosity profiles that the user gives. */
import * as path from "node:path";
import { cellsAlong, type Grid } from "../fields/grid";
import { offsetOf, placeName, type Shape } from "../fields/shape";
import type { Json } from "../storage/json";
import { writeAtomically } from "../storage/atomic";
import { UserError, withPlace } from "../errors/user-error";
import { withParameters } from "../transport/domain";
import { namesRead } from "../transport/names-read";
import type { Condition, FieldSolver, Problem } from "../transport/problem";
import type { Arguments, Command } from "./command";
import { problemFromOptions, problemOptions } from "./problem-option";
import { cellsOption, conditionFrom, readRecords } from "./input-files";
import { porosityFrom } from "./porosity-input";

export const solve: Command = {
  name: "solve",
  summary: "Solves a problem for given porosity profiles.",
  options: {
    ...problemOptions,
    cases: { type: "string", value: "FILE", help: "the profiles and conditions, JSON", required: true },
    out: { type: "string", value: "FILE", help: "the fields, JSON; without it they go to standard output" },
    cells: {
      type: "string",
      value: "N",
      help:
        "grid cells, N or NX,NY: without it a table or a picture is brought to the problem's own, and a list has " +
        "one value per cell",
    },
    precision: {
      type: "string",
      value: "WORD",
      help: "double, or single to imitate round-off in float32",
      default: "double",
    },
  },
  details: `cases  [{"eps": [0.31, 0.35, ..], "U0": 0.1, "F_right": 20}, ..]  any number of cells; a condition that is \
left
       out takes the problem's default; what shapes a random porosity alone, its correlation length, has no place here;
       "eps": "profile.csv" names a table of x (the header says the unit: x_um, x/L; else m) and eps beside the cases \
file, "eps": "profile.npy" an array
       with one value per cell. On a grid of two axes lists are nested, [nx][ny], as the array is, and "eps": \
"picture.png" is
       the law's least porosity where black and its largest where white
out    [{"phi": [..], "c": [..]}, ..]  one value per cell, nested in the same way, SI units`,
  run: async (args: Arguments): Promise<number> => {
    const p = problemFromOptions(args);
    const file = args.path("cases");
    const out = args.optionalOutput("out", { inputs: [file] });
    const cells = cellsOption(args);
    const solved: string[] = [];
    const solvers = new Map<string, FieldSolver>();
    for (const [i, { eps: given, ...rest }] of (await readRecords(file, "case")).entries()) {
      const place = `${file}: case ${i}`;
      const resolve = (name: string): string => path.resolve(path.dirname(file), name);
      const { eps, grid } = await porosityFrom(given, p, { place, cells, resolve });
      const condition = withParameters(p, conditionFrom(p, rest, place));
      const fields = withPlace(place, () => {
        const key = cellsAlong(grid).join();
        const solver = solvers.get(key) ?? solverFor(p, grid, args.text("precision"));
        solvers.set(key, solver);
        const solution = new Float64Array(p.channels.length * eps.length);
        const { names } = namesRead(condition, (watched) => solver.solve(eps, watched, solution));
        refusePorosityAlone(p, condition, Object.keys(rest), names);
        return solution;
      });
      solved.push(JSON.stringify(byChannel({ channels: p.channels, grid }, fields, p.name)));
    }
    const text = `[\n${solved.join(",\n")}\n]\n`;
    if (out === undefined) args.terminal.out(text);
    else await writeAtomically(out, text);
    return 0;
  },
};

/**
 * Refuses what shapes a random porosity and nothing else: here the porosity is given. `given`: names in the file;
 * `read`: by the solver.
 */
function refusePorosityAlone(p: Problem, condition: Condition, given: readonly string[], read: Set<string>): void {
  const { names } = namesRead(condition, (watched) => p.porosity.correlationLength(watched));
  const idle = given.find((name) => names.has(name) && !read.has(name));
  if (idle === undefined) return;
  throw new UserError(
    `${idle} has no effect where eps is given: in ${p.name} it shapes the random porosity alone. Remedy: leave it ` +
      "out, or draw porosities with it: sgm generate",
  );
}

function solverFor(p: Problem, grid: Grid, precision: string): FieldSolver {
  if (precision !== "double" && precision !== "single") {
    throw new UserError(`--precision must be double or single, got ${JSON.stringify(precision)}`);
  }
  return p.solver(grid, precision === "single" ? { precision } : undefined);
}

/** Lists of numbers, nested where the grid has several axes; phi before c, as the format has it. */
function byChannel(shape: Shape, fields: Float64Array, name: string): Record<string, Json> {
  const bad = fields.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) throw new Error(`solve: ${name} gave ${fields[bad]} for ${placeName(shape, bad)}`);
  const { channels, grid } = shape;
  const entries = channels.map(({ name: channel }, a): [string, Json] => {
    const from = offsetOf(shape, 0, a);
    return [channel, nested(Array.from(fields.subarray(from, from + grid.cells)), cellsAlong(grid))];
  });
  return Object.fromEntries(entries.reverse());
}

function nested(values: readonly number[], [n, ...inner]: readonly number[]): Json[] {
  if (inner.length === 0) return [...values];
  const each = values.length / n;
  return Array.from({ length: n }, (_, i) => nested(values.slice(i * each, (i + 1) * each), inner));
}
