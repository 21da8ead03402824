/** `study`: executes every notebook in order, saves them with their outputs, and thereby writes the figures; or sweeps over values. */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { UserError } from "../errors/user-error";
import { configuration, type Overrides, overridesFromText } from "../study/configuration";
import { tableText } from "../notebook/table";
import { dataFolder, projectRoot } from "../cache/root";
import type { Arguments, Command } from "./command";
import { executeNotebook, notebooks } from "./execute-notebook";
import { inWords } from "./progress";
import { runSweep, sweepFolder, sweepOverview, sweepPoints } from "./sweep";

export const study: Command = {
  name: "study",
  summary: "Executes every notebook in order and writes the figures.",
  options: {
    preset: { type: "string", value: "NAME", help: "smoke, quick, full or published", default: "quick" },
    set: { type: "string", value: "KEY=VALUE", help: "another value of a configuration key", multiple: true },
    only: { type: "string", value: "PREFIX", help: "only notebooks whose name begins so, such as 05", multiple: true },
    sweep: {
      type: "string",
      value: "KEY=A,B,..",
      help: "run for each value and collect one table; several keys: every combination",
      multiple: true,
    },
    out: { type: "string", value: "FILE.csv", help: "sweep: where the table goes (default: beside the notebooks)" },
  },
  details: `At the preset quick the notebooks are saved in place. With another preset or --set the executed copies go to
data/notebooks, with the overriding values in a cell of their own. Finished stages are reused from data/.
What each notebook claims, its numbers and bounds, goes to data/notebooks/NAME.claims.json.

--sweep leaves the notebooks as they are: executed copies, figures and the table go to data/sweeps/HASH. The table has a
row for each claim at each value; a claim that does not hold is a row too. Lists: --sweep meanBias.betaMax=[1,3],[20]`,
  run: async (args) => {
    const root = projectRoot();
    const overrides: Overrides = { preset: args.text("preset"), ...overridesFromText(args.list("set")) } as Overrides;
    configuration(overrides); // a wrong key is said before the first kernel starts
    const names = await notebooks(root, args.list("only"));
    if (args.list("sweep").length > 0) return sweep(args, root, overrides, names);
    if (args.optional("out") !== undefined) throw new UserError("sgm study: --out belongs to --sweep");
    const changed = overrides.preset !== "quick" || args.list("set").length > 0;
    const copies = path.join(root, "data/notebooks");
    const folder = changed ? copies : path.join(root, "notebooks");
    await fs.mkdir(folder, { recursive: true });
    const begun = performance.now();
    for (const name of names) {
      const status = await executeNotebook({
        root,
        notebook: path.join(root, "notebooks", name),
        output: path.join(folder, name),
        overrides: changed ? overrides : {},
        claims: path.join(copies, name.replace(/\.ipynb$/, ".claims.json")),
      });
      if (status !== 0) {
        args.terminal.err(
          `study: ${name} did not finish (exit status ${status}); the notebooks after it were not run\n`,
        );
        return status === 130 || status === 143 ? status : 1;
      }
    }
    const seconds = (performance.now() - begun) / 1000;
    args.terminal.err(
      `study: ${names.length} notebooks in ${inWords(seconds)}; saved in ${path.relative(root, folder)}\n`,
    );
    args.terminal.out(
      `${JSON.stringify({ notebooks: names, folder: path.relative(root, folder), seconds: Math.round(seconds) })}\n`,
    );
    return 0;
  },
};

async function sweep(args: Arguments, root: string, overrides: Overrides, names: readonly string[]): Promise<number> {
  const out = args.optional("out");
  if (out !== undefined && !out.endsWith(".csv")) {
    throw new UserError(`sgm study: --out must end in .csv, got ${JSON.stringify(out)}`);
  }
  const points = sweepPoints(args.list("sweep"), overrides);
  const keys = Object.keys(points[0].values);
  const folder = sweepFolder(dataFolder(root), points, names);
  const say = (line: string): void => args.terminal.err(`${line}\n`);
  const paths = names.map((name) => path.join(root, "notebooks", name));
  const { rows, status, table } = await runSweep({ root, notebooks: paths, points, folder, say });
  if (status === 130 || status === 143) {
    say(`study: interrupted; the same command goes on from what is stored (${path.relative(root, table)} so far)`);
    return status;
  }
  if (rows.length === 0) throw new UserError(`sgm study: ${names.join(", ")} made no claims to collect`);
  if (out !== undefined) await fs.copyFile(table, out);
  args.terminal.out(`${tableText(sweepOverview(rows, keys))}\n`);
  const failing = rows.filter((row) => row.holds !== true).length;
  const verdict = failing === 0 ? "all hold" : `${failing} do not hold, marked with "!"`;
  say(
    `study: ${rows.length} claims at ${points.length} points, ${verdict}; the table: ${out ?? path.relative(root, table)}`,
  );
  return status;
}
