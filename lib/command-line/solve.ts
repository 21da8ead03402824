/** `solve`: the fields for porosity profiles that the user gives. */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { describeJson, type Json } from "../storage/json";
import { writeAtomically } from "../storage/atomic";
import { readNpy } from "../storage/npy";
import { explainReadError, UserError } from "../errors/user-error";
import { axisOf, gridOf } from "../transport/domain";
import { namesRead } from "../transport/names-read";
import type { Condition, FieldSolver, Problem } from "../transport/problem";
import { porosityProfile, profileTable } from "../transport/profile";
import { problem, problems } from "../transport/problems";
import type { Arguments, Command } from "./command";
import { problemOfPerson } from "./problem-option";
import { atPlace, conditionFrom, mostCells, readRecords } from "./input-files";

export const solve: Command = {
  name: "solve",
  summary: "Solves a problem for given porosity profiles.",
  options: {
    problem: {
      type: "string",
      value: "NAME",
      help: `one of ${problems.map((p) => p.name).join(", ")}`,
      required: true,
    },
    cases: { type: "string", value: "FILE", help: "the profiles and conditions, JSON", required: true },
    out: { type: "string", value: "FILE", help: "the fields, JSON; without it they go to standard output" },
    cells: {
      type: "string",
      value: "N",
      help: "grid cells: without it a table is brought to the problem's own number, and a list has one value per cell",
    },
    precision: {
      type: "string",
      value: "WORD",
      help: "double, or single to imitate round-off in float32",
      default: "double",
    },
  },
  details: `cases  [{"eps": [0.31, 0.35, ..], "U0": 0.1, "F_right": 20}, ..]  any number of cells; a condition that is left
       out takes the problem's default; what shapes a random porosity alone, its correlation length, has no place here;
       "eps": "profile.csv" names a table of x (m, increasing) and eps beside the cases file, "eps": "profile.npy" an array
       with one value per cell
out    [{"phi": [..], "c": [..]}, ..]  one value per cell, SI units`,
  run: async (args: Arguments): Promise<number> => {
    const p = problem(problemOfPerson(args, args.text("problem")));
    const file = args.path("cases");
    const out = args.optionalOutput("out", { inputs: [file] });
    const solved: string[] = [];
    const solvers = new Map<number, FieldSolver>();
    for (const [i, { eps, ...rest }] of (await readRecords(file, "case")).entries()) {
      const place = `${file}: case ${i}`;
      const cells = args.optionalWhole("cells", 2, mostCells);
      const profile =
        typeof eps === "string"
          ? await profileFromFile(path.resolve(path.dirname(file), eps), p, cells)
          : numbers(eps, `${place}: eps`);
      if (cells !== undefined && profile.length !== cells) {
        throw new UserError(`${place}: eps must have ${cells} values, as --cells says, got ${profile.length}`);
      }
      const condition = conditionFrom(p, rest, place);
      const fields = atPlace(place, () => {
        const solver = solvers.get(profile.length) ?? solverFor(p, profile.length, args.text("precision"));
        solvers.set(profile.length, solver);
        const out = new Float64Array(p.channels.length * profile.length);
        const { names } = namesRead(condition, (watched) => solver.solve(profile, watched, out));
        refusePorosityAlone(p, condition, Object.keys(rest), names);
        return out;
      });
      solved.push(JSON.stringify(byChannel(p, fields, profile.length)));
    }
    const text = `[\n${solved.join(",\n")}\n]\n`;
    if (out === undefined) args.terminal.out(text);
    else await writeAtomically(out, text);
    return 0;
  },
};

/** A table of x and eps, brought to the cell centres, or an array from NumPy with one value per cell. */
async function profileFromFile(file: string, p: Problem, cells?: number): Promise<Float64Array> {
  if (file.endsWith(".npy")) {
    const { shape, dtype, data } = await readNpy(file);
    if (shape.length === 1 && shape[0] > 0 && (dtype === "float64" || dtype === "float32"))
      return Float64Array.from(data);
    throw new UserError(`${file}: eps must be float64 or float32 [cells], got ${dtype} [${shape.join(", ")}]`);
  }
  const text = await fs.readFile(file, "utf8").catch((error: unknown) => {
    throw explainReadError(error, file);
  });
  return porosityProfile(profileTable(text, file), axisOf(p, cells));
}

/** Refuses what shapes a random porosity and nothing else: here the porosity is given. `given`: names in the file; `read`: by the solver. */
function refusePorosityAlone(p: Problem, condition: Condition, given: readonly string[], read: Set<string>): void {
  const { names } = namesRead(condition, (watched) => p.porosity.correlationLength(watched));
  const idle = given.find((name) => names.has(name) && !read.has(name));
  if (idle === undefined) return;
  throw new UserError(
    `${idle} has no effect where eps is given: in ${p.name} it shapes the random porosity alone. Remedy: leave it out, ` +
      "or draw porosities with it: sgm generate",
  );
}

function solverFor(p: Problem, cells: number, precision: string): FieldSolver {
  if (precision !== "double" && precision !== "single") {
    throw new UserError(`--precision must be double or single, got ${JSON.stringify(precision)}`);
  }
  return p.solver(gridOf(p, cells), precision === "single" ? { precision } : undefined);
}

function numbers(value: Json | undefined, place: string): Float64Array {
  if (!Array.isArray(value) || value.length === 0) {
    throw new UserError(`${place} must be a list of numbers, one per cell, got ${describeJson(value)}`);
  }
  const bad = (value as Json[]).findIndex((v) => typeof v !== "number");
  if (bad >= 0)
    throw new UserError(`${place} must be a list of numbers, got ${describeJson(value[bad] as Json)} in cell ${bad}`);
  return Float64Array.from(value as number[]);
}

/** phi before c, as the format has it. */
function byChannel(p: Problem, fields: Float64Array, cells: number): Record<string, number[]> {
  const entries = p.channels.map(({ name }, a): [string, number[]] => {
    const values = Array.from(fields.subarray(a * cells, (a + 1) * cells));
    const bad = values.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) throw new Error(`solve: ${p.name} gave ${name} = ${values[bad]} in cell ${bad}`);
    return [name, values];
  });
  return Object.fromEntries(entries.reverse());
}
