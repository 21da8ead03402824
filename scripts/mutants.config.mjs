/**
 * Which faults would the tests notice? StrykerJS puts small faults into `lib`, one at a time, and runs the tests of the
 * same room until one fails:
 *   npm run mutants [-- [--sample N] [--seed S] [--near] ROOM|FILE ..]
 *   npm run mutants -- --sample 200 --seed 1                         a sample of all rooms of the mathematics
 *   npm run mutants -- numerics lib/training/optimiser.ts            every fault of these; all rooms would take days
 * The score is the share of faults that a test noticed. Below 85 % the exit status is 1. How to read it:
 * - A sample is uniform over all faults that are possible, so a room counts by its size. The brackets are Wilson's 95 %
 *   interval: 85 % is met where it lies above, missed where it lies below, and open where 0.85 is within.
 * - No score reaches 100 %. Some faults change nothing (< for <= where both sides agree), some change only the words of
 *   a message, some cost time only. What matters is the list of survivors, which is printed with their places: every
 *   one that changes a number asks for a sharper test.
 * - With --near only those tests run that import the faulty file, if there are any: faster, and the score is a lower
 *   bound of that of the room.
 * - A fault counts for the tests of its own room only, though the rooms above may notice it.
 * - An endless loop is noticed by the count of its passes or by its processor time. Waiting time that ran out (15
 *   minutes and more) is no notice, and is told apart.
 * A page with every survivor is left in .cache/mutants; tested.jsonl there grows by a line for every fault that was
 * tested, so that a run which is stopped was not for nothing.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { draw, fromRoot, place, possibleFaults, runOnly } from "./mutants/draw.mjs";

const rooms = ["numerics", "porosity", "transport", "gaussian", "diffusion", "network", "training", "inverse", "diagnostics"]; // prettier-ignore
const { values, positionals } = parseArgs({
  args: (process.env.SGM_MUTANTS || "").split(",").filter(Boolean),
  options: { sample: { type: "string" }, seed: { type: "string", default: "1" }, near: { type: "boolean" } },
  allowPositionals: true,
});
const count = values.sample === undefined ? Infinity : Number(values.sample);
if (!(count >= 1)) throw new RangeError(`mutants: --sample expected a number of faults, got ${values.sample}`);
const asked = positionals.length ? positionals : rooms;

const roomOf = (name) => (name.startsWith("lib/") ? name.split("/")[1] : name);
const unknown = asked.find((name) => !rooms.includes(roomOf(name)) || (name !== roomOf(name) && !existsSync(name)));
if (unknown) throw new RangeError(`mutants: expected one of ${rooms.join(", ")} or a file in one, got ${unknown}`);
const filesOf = (name) =>
  name.startsWith("lib/")
    ? [name]
    : readdirSync(`lib/${name}`, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => `lib/${name}/${file}`);
const files = [...new Set(asked.flatMap(filesOf))].sort().map((name) => resolve(name));

const faults = await possibleFaults(files);
const drawn = draw(faults, count, values.seed);
const possible = {};
for (const { fileName } of faults) {
  const room = roomOf(fromRoot(fileName));
  possible[room] = (possible[room] ?? 0) + 1;
}
mkdirSync(".cache/mutants", { recursive: true });
const [plan, passes, tested] = ["plan.json", "passes.jsonl", "tested.jsonl"].map((name) =>
  resolve(".cache/mutants", name),
);
for (const name of [plan, passes, tested]) rmSync(name, { force: true });
runOnly(drawn, plan);
Object.assign(process.env, {
  SGM_MUTANTS_PROJECT: process.cwd(),
  SGM_MUTANTS_PID: String(process.pid),
  SGM_MUTANTS_PLAN: plan,
  SGM_MUTANTS_PASSES: passes,
  SGM_MUTANTS_TESTED: tested,
  SGM_MUTANTS_NEAR: values.near ? "yes" : "",
  SGM_MUTANTS_POSSIBLE: JSON.stringify(possible),
});

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate: drawn.map(place),
  testRunner: "command",
  commandRunner: { command: "node scripts/mutants/run-tests.mjs" },
  coverageAnalysis: "off",
  plugins: ["./scripts/mutants/score.mjs"],
  concurrency: Number(process.env.SGM_MUTANTS_AT_ONCE || 1), // TensorFlow takes all cores by itself
  timeoutMS: 900_000,
  timeoutFactor: 5,
  dryRunTimeoutMinutes: 60,
  disableTypeChecks: "lib/**/*.ts",
  // A sandbox needs none of these; what is compiled and installed is reached through links.
  ignorePatterns: [
    "/data",
    "/figures",
    "/.native",
    "/.venv",
    "/.venv-tools",
    "/.venv-pybamm",
    "/.cache",
    "/bench",
    "/notebooks/*.ipynb",
  ],
  tempDirName: ".cache/mutants/sandbox",
  reporters: ["clear-text", "html", "progress-append-only", "score"],
  htmlReporter: { fileName: ".cache/mutants/survivors.html" },
  clearTextReporter: { reportTests: false, reportScoreTable: false, allowColor: false },
  thresholds: { high: 95, low: 85, break: null }, // the exit status is the score's
  allowEmpty: false,
};
