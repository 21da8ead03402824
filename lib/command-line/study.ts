/**
 * `study`: executes every notebook in order, saves them with their outputs, and thereby writes the figures; or sweeps
 * over values.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { UserError } from "../errors/user-error";
import { checkCombinations, checkWholeScore } from "../study/combinations";
import { configuration, type Overrides, overridesFromText } from "../study/configuration";
import { tableText } from "../notebook/table";
import { dataFolder, projectRoot } from "../cache/root";
import type { Arguments, Command } from "./command";
import { knownDurations, rememberDurations, secondsLeft } from "./course";
import { executeNotebook, notebooks } from "./execute-notebook";
import { leafKeys, requireSamplerOfChapters } from "./keys-with-effect";
import { withProblemOfPerson } from "./problem-option";
import { duration } from "../notebook/progress";
import { runSweep, sweepFolder, sweepOverview, sweepPoints } from "./sweep";

/** What the study is for: the chapters that lead to its two questions. */
const mainLine: readonly string[] = ["01", "02", "03", "04", "05", "06"];

export const study: Command = {
  name: "study",
  summary: "Executes the notebooks of the main line (01 to 06) in order and writes the figures.",
  options: {
    preset: { type: "string", value: "NAME", help: "smoke, quick, full or published", default: "quick" },
    set: { type: "string", value: "KEY=VALUE", help: "another value of a configuration key", multiple: true },
    all: { type: "boolean", help: "the other chapters too" },
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
data/notebooks, with the overriding values in a cell of their own, and figures to data/figures/PRESET-HASH. Finished \
stages are reused from data/.
What each notebook claims, its numbers and bounds, goes to data/notebooks/NAME.claims.json.

--sweep leaves the notebooks as they are: executed copies, figures and the table go to data/sweeps/HASH. The table has a
row for each claim at each value; a claim that does not hold is a row too. Lists: --sweep meanBias.betaMax=[1,3],[20]`,
  run: async (args) => {
    const root = projectRoot();
    const overrides: Overrides = {
      preset: args.text("preset"),
      ...withProblemOfPerson(args, overridesFromText(args.list("set"))),
    } as Overrides;
    const whole = configuration(overrides);
    checkCombinations(whole); // a wrong key is said before the first kernel starts
    const only = args.list("only");
    const swept = args.list("sweep").length > 0;
    if (args.flag("all") && only.length > 0) throw new UserError("sgm study: --all and --only contradict each other");
    const part = only.length === 0 && !swept && !args.flag("all");
    const names = await notebooks(root, part ? mainLine : only);
    if (swept) return sweep(args, root, overrides, names);
    requireSamplerOfChapters(leafKeys(overrides), [whole]);
    checkWholeScore(whole, numbersOf(names));
    if (args.optional("out") !== undefined) throw new UserError("sgm study: --out belongs to --sweep");
    const changed = overrides.preset !== "quick" || args.list("set").length > 0;
    const copies = path.join(dataFolder(root), "notebooks");
    const folder = changed ? copies : path.join(root, "notebooks");
    await fs.mkdir(folder, { recursive: true });
    const { status, seconds } = await runChapters({ args, root, names, folder, copies, overrides, changed });
    if (status !== 0) return status;
    const saved = path.relative(root, folder);
    args.terminal.err(`study: ${names.length} notebooks in ${duration(seconds)}; saved in ${saved}\n`);
    if (part) args.terminal.err("study: npm start -- --all runs the other chapters too\n");
    args.terminal.out(`${JSON.stringify({ notebooks: names, folder: saved, seconds: Math.round(seconds) })}\n`);
    return 0;
  },
};

/** "09" of "09-boundary-configurations.ipynb". */
const numbersOf = (names: readonly string[]): string[] => names.map((name) => name.slice(0, 2));

interface Chapters {
  readonly args: Arguments;
  readonly root: string;
  /** Notebooks in order. */
  readonly names: readonly string[];
  /** Where the executed notebooks go, and where copies and claims do. */
  readonly folder: string;
  readonly copies: string;
  readonly overrides: Overrides;
  readonly changed: boolean;
}

/** One after the other, saying which, what is next and how long it may take; ends with the first that fails. */
async function runChapters(c: Chapters): Promise<{ readonly status: number; readonly seconds: number }> {
  const say = (line: string): void => c.args.terminal.err(`study: ${line}\n`);
  const preset = String(c.overrides.preset);
  const file = path.join(c.copies, "durations.json");
  const chapters = c.names.map((name) => name.replace(/\.ipynb$/, ""));
  const known = knownDurations(file, preset);
  const taken: number[] = [];
  const total = (): number => taken.reduce((a, b) => a + b, 0);
  for (const [k, chapter] of chapters.entries()) {
    const left = secondsLeft(chapters, known, taken);
    const next = k + 1 < chapters.length ? `; next ${chapters[k + 1]}` : "";
    const time = left === undefined ? "" : `; at most about ${duration(left)} left`;
    say(`chapter ${k + 1} of ${chapters.length}, ${chapter}${next}${time}`);
    const begun = performance.now();
    const status = await executeNotebook({
      root: c.root,
      notebook: path.join(c.root, "notebooks", c.names[k]),
      output: path.join(c.folder, c.names[k]),
      overrides: c.changed ? c.overrides : {},
      claims: path.join(c.copies, `${chapter}.claims.json`),
      environment: { SGM_RECORD: c.changed ? "" : "1" }, // the figures of record are those of the unchanged study
    });
    if (status !== 0) {
      say(`${c.names[k]} did not finish (exit status ${status}); the notebooks after it were not run`);
      return { status: status === 130 || status === 143 ? status : 1, seconds: total() };
    }
    taken.push((performance.now() - begun) / 1000);
    await rememberDurations(file, preset, { [chapter]: taken[k] });
  }
  return { status: 0, seconds: total() };
}

async function sweep(args: Arguments, root: string, overrides: Overrides, names: readonly string[]): Promise<number> {
  const out = args.optionalOutput("out", { endings: [".csv"] });
  const points = sweepPoints(args.list("sweep"), overrides);
  const all = points.map((point) => configuration(point.overrides));
  requireSamplerOfChapters(points.flatMap((point) => leafKeys(point.overrides)), all); // prettier-ignore
  all.forEach((whole) => checkWholeScore(whole, numbersOf(names)));
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
    `study: ${rows.length} claims at ${points.length} points, ${verdict}; the table: ` +
      `${out ?? path.relative(root, table)}`,
  );
  return status;
}
