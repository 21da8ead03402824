/**
 * `compare`: generated fields against a solver's ensemble at the same conditions, each figure with its null or error.
 */
import { fieldSample } from "../diagnostics/field-sample";
import type { Fields } from "../fields/fields";
import { writeJson } from "../storage/json";
import { openEnsemble } from "../storage/ensemble";
import { readNpy } from "../storage/npy";
import { UserError, withPlace } from "../errors/user-error";
import { rowAt } from "../numerics/rows";
import { problem } from "../transport/problems";
import type { Arguments, Command } from "./command";
import { problemOfPerson } from "./problem-option";
import { progressOn } from "./progress";

export const compare: Command = {
  name: "compare",
  summary: "Compares generated fields with a solver's ensemble.",
  options: {
    generated: { type: "string", value: "PATH", help: "fields to judge, .npy or .zarr", required: true },
    reference: { type: "string", value: "PATH", help: "the solver's fields at the same conditions", required: true },
    problem: {
      type: "string",
      value: "NAME",
      help: "whose channels a .npy holds: a problem's name or file (default electrode-published where it has as many)",
    },
    out: { type: "string", value: "FILE", help: "the diagnostics, JSON; without it they go to standard output" },
    seed: { type: "string", value: "N", help: "of the random splits that give the nulls", default: "0" },
  },
  details: `Both hold [conditions, count, channels, cells]; the counts may differ. The table goes to standard
error, or to standard output where the JSON goes to a file. One entry per condition and channel:
bias      |mean difference| / |std| over the profile, corrected for the noise of both samples (may be below 0)
std       ratio of spreads
spectrum  ratio of variances in the principal modes of the reference
energy    energy distance, z in standard deviations of its null`,
  run: async (args: Arguments): Promise<number> => {
    const seed = args.whole("seed", 0);
    const inputs = [args.path("generated"), args.path("reference")];
    const out = args.optionalOutput("out", { inputs });
    const named = args.optional("problem");
    const channels = channelsOf(named && problemOfPerson(args, named));
    const [generated, reference] = [await readFields(inputs[0], channels), await readFields(inputs[1], channels)];
    checkPair(generated, reference);
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- when it is needed: it takes a second to load
    const { comparison, table } = require("./comparison") as typeof import("./comparison");
    const progress = progressOn(args.terminal, "compare", "conditions");
    try {
      const entries = [];
      for (let i = 0; i < reference.conditions; i++) {
        progress.update(i, reference.conditions);
        const pair = [generated, reference].map((f) => withPlace(`${f.path}: condition ${i}`, () => sampleOf(f, i)));
        entries.push(comparison(pair[0], pair[1], reference.channelNames, seed, i));
      }
      progress.end();
      const result = { generated: generated.path, reference: reference.path, conditions: entries };
      if (out === undefined) {
        args.terminal.out(`${JSON.stringify(result, null, 2)}\n`);
        args.terminal.err(table(entries));
      } else {
        await writeJson(out, result);
        args.terminal.out(table(entries));
      }
      return 0;
    } finally {
      progress.end();
    }
  },
};

interface FieldsFile {
  readonly path: string;
  readonly data: Float64Array | Float32Array;
  readonly conditions: number;
  readonly count: number;
  readonly channels: number;
  /** Cells along each axis. */
  readonly along: readonly number[];
  readonly channelNames: readonly string[];
}

/** Names for the channels of a file that has none, given how many. */
type ChannelNames = (path: string, count: number) => readonly string[];

/**
 * Those of the problem that is named, which has to have so many; of the study's own where it has; numbers otherwise.
 */
function channelsOf(named: string | undefined): ChannelNames {
  const own = problem(named ?? "electrode-published").channels.map(({ name }) => name);
  return (path, count) => {
    if (own.length === count) return own;
    if (named === undefined) return Array.from({ length: count }, (_, k) => `channel ${k}`);
    throw new UserError(`${path}: expected the ${own.length} channels of ${named} (${own.join(", ")}), got ${count}`);
  };
}

async function readFields(path: string, namesOf: ChannelNames): Promise<FieldsFile> {
  if (/\.zarr[/\\]?$/.test(path)) {
    const { description: d, read } = await openEnsemble(path);
    const { fields } = await read(0, d.conditions.length * d.count);
    const channelNames = d.channels.map((q) => q.name);
    const { count } = d;
    return {
      path,
      data: fields,
      conditions: d.conditions.length,
      count,
      channels: channelNames.length,
      along: d.axes.map(({ cells }) => cells),
      channelNames,
    };
  }
  const { dtype, shape, data } = await readNpy(path);
  if (shape.length < 4 || dtype === "int32") {
    const got = `${dtype} [${shape.join(", ")}]`;
    throw new UserError(`${path}: expected float64 or float32 [conditions, count, channels, cells], got ${got}`);
  }
  const [conditions, count, channels, ...along] = shape;
  const channelNames = namesOf(path, channels);
  return { path, data: data as Float64Array | Float32Array, conditions, count, channels, along, channelNames };
}

function checkPair(a: FieldsFile, b: FieldsFile): void {
  for (const { path, conditions, count } of [a, b]) {
    if (conditions < 1) throw new UserError(`${path}: expected at least one condition, got none`);
    if (count < 4) throw new UserError(`${path}: expected at least 4 fields per condition, got ${count}`);
  }
  const sizes = ({ conditions, channels, along }: FieldsFile) => ({ conditions, channels, cells: along.join(" x ") });
  const [ofA, ofB] = [sizes(a), sizes(b)];
  for (const what of ["conditions", "channels", "cells"] as const) {
    if (ofA[what] === ofB[what]) continue;
    throw new UserError(`compare: ${a.path} has ${ofA[what]} ${what}, ${b.path} has ${ofB[what]}; they must agree`);
  }
}

function sampleOf({ data, count, channels, along }: FieldsFile, condition: number): Fields {
  const cells = along.reduce((product, n) => product * n, 1);
  const size = count * channels * cells;
  try {
    return fieldSample(rowAt(data, condition, size), { channels, cells });
  } catch (error) {
    if (error instanceof RangeError) throw new UserError(error.message); // not finite
    throw error;
  }
}
