/**
 * `pybamm`: drawn porosities as parameter sets of PyBaMM, in one Python file that needs nothing of this project. The
 * porosities are those of `generate` with the same conditions and seed, so that fields and battery model can be laid
 * side by side.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { drawPorosities } from "../ensemble/draw";
import { UserError, withPlace } from "../errors/user-error";
import { onlyAxis } from "../fields/grid";
import { stream } from "../random/stream";
import { writeAtomically } from "../storage/atomic";
import type { BatteryElectrode } from "../transport/battery-electrode";
import { gridOf } from "../transport/domain";
import { problems } from "../transport/problems";
import type { Arguments, Command } from "./command";
import { cellsOption, readConditions } from "./input-files";
import { problemFromOptions, problemOptions } from "./problem-option";

/** What is written as text a person still opens. */
const most = 2_000_000;

const template = path.join(__dirname, "../transport/pybamm-parameters.py");
const empty = /^DATA = \{\}.*$/m;

export const pybamm: Command = {
  name: "pybamm",
  summary: "Writes drawn porosities as parameter sets of PyBaMM.",
  options: {
    ...problemOptions,
    conditions: { type: "string", value: "FILE", help: "the operating conditions, JSON", required: true },
    count: { type: "string", value: "N", help: "porosities per condition", required: true },
    out: { type: "string", value: "FILE", help: "NAME.py, which Python imports", required: true },
    seed: { type: "string", value: "N", help: "the porosities that `generate` solves with this seed", default: "0" },
    cells: { type: "string", value: "N", help: "grid cells; without it the problem's own" },
  },
  details: `out.py  get_parameter_values(condition, draw): a half-cell for pybamm.ParameterValues; \
electrode_parameters(condition, draw):
        porosity and active solid as functions of x, thickness, Bruggeman exponent and electrolyte, to update a set of \
your own`,
  run: async (args: Arguments): Promise<number> => {
    const p = problemFromOptions(args);
    const file = args.path("conditions");
    const out = args.output("out", { endings: [".py"], inputs: [file] });
    if (!/^[A-Za-z_]\w*\.py$/.test(path.basename(out)))
      throw new UserError(
        `sgm pybamm: --out must be a name that Python imports, such as electrode.py, got "${path.basename(out)}"`,
      );
    const { battery } = p;
    if (battery === undefined) throw new UserError(`sgm pybamm: ${p.name} ${noElectrode}`);
    const conditions = await readConditions(file, p);
    const count = args.whole("count", 1);
    const seed = args.whole("seed", 0);
    const axis = onlyAxis(gridOf(p, cellsOption(args)), "sgm pybamm");
    const numbers = conditions.length * count * axis.cells;
    if (numbers > most)
      throw new UserError(
        `sgm pybamm: ${numbers} porosities are more than ${most} in one file of text. Remedy: a smaller --count`,
      );
    const electrodes = conditions.map((z, i) => withPlace(`${file}: condition ${i}`, () => battery(z)));
    const data = {
      problem: p.name,
      seed,
      thickness: axis.length,
      x: [...axis.centres],
      conditions,
      electrodes,
      porosities: conditions.map((z, number) => {
        const eps = drawPorosities(p, z, count, stream(seed), { cells: axis.cells, number });
        return Array.from({ length: count }, (_, k) => [...eps.field(k)]);
      }),
    };
    const program = await fs.readFile(template, "utf8");
    await writeAtomically(
      out,
      program.replace(empty, () => `DATA = ${JSON.stringify(data)}`),
    );
    const sets = `${conditions.length * count} parameter sets`;
    args.terminal.err(`${args.shown(out)}: ${sets}. ${agreement(electrodes)}\n`);
    return 0;
  },
};

const noElectrode =
  "does not say what it is to a battery model. Remedy: " +
  `${problems
    .filter((p) => p.battery)
    .map((p) => p.name)
    .join(", ")}, or the function battery in a problem of your own`;

/** What a person must know who lays PyBaMM's fields beside those of `generate`. */
function agreement(electrodes: readonly BatteryElectrode[]): string {
  const tilted = electrodes.find(({ solidSlope }) => solidSlope !== 0);
  return tilted === undefined
    ? "PyBaMM's DFN with linear kinetics obeys the electrolyte's equations that generate solves."
    : `generate takes the solid's potential as a line of ${tilted.solidSlope} V/m, where PyBaMM solves for it: the ` +
        "are to be compared at --set problem.parameters.solid_slope=0.";
}
