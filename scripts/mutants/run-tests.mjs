/**
 * Runs the tests that may notice one fault, in StrykerJS's sandbox: first those files of the room that import the
 * faulty file, then the room's others; the first failure ends it. Without a fault all tests of the rooms.
 * Each fault has processes of its own: what is computed once and kept, compiled kernels and the workers' threads
 * among it, is computed with the fault, too.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";

const fault = process.env.__STRYKER_ACTIVE_MUTANT__;
const project = process.env.SGM_MUTANTS_PROJECT;
for (const name of ["node_modules", ".native", ".venv"])
  if (!existsSync(name) && existsSync(join(project, name))) symlinkSync(join(project, name), name, "junction");

const testsOf = (room) =>
  readdirSync(`test/${room}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `test/${room}/${name}`)
    .sort();

function groupsOfTests() {
  if (fault === undefined) return [process.env.SGM_MUTANTS_ROOMS.split(",").flatMap(testsOf)];
  const file = JSON.parse(readFileSync(process.env.SGM_MUTANTS_PLAN, "utf8"))[fault];
  const imported = `/${basename(file, ".ts")}"`;
  const tests = testsOf(file.split("/")[1]);
  const near = tests.filter((name) => readFileSync(name, "utf8").includes(imported));
  return [near, tests.filter((name) => !near.includes(name))];
}

const limits = ["--max-old-space-size=3000", "--require", "./scripts/mutants/endless.cjs"];
const mocha = ["node_modules/mocha/bin/_mocha", "--bail", "--reporter", "dot", "--no-color", "--timeout", "0"];
for (const files of groupsOfTests().filter(({ length }) => length)) {
  const options = { encoding: "utf8", maxBuffer: 1e8 };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...limits, ...mocha, ...files], options);
  if (status === 0) continue;
  process.stdout.write(`${stderr}\n${stdout}`.slice(-8000)); // StrykerJS keeps it as the reason
  process.exit(1);
}
