/**
 * Runs the tests that may notice one fault, in StrykerJS's sandbox: first those files of the room that import the
 * faulty file, then the room's others; the first failure ends it. Without a fault all these tests of all drawn files.
 * Each fault has processes of its own: what is computed once and kept, compiled kernels and the workers' threads
 * among it, is computed with the fault, too. A loop without end in a compiled kernel ends by the processor time that it
 * takes: ten times that of all these tests without a fault, whatever the machine does besides.
 */
import { spawn } from "node:child_process";
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

/** The tests of a room that import a file of `lib`, and the room's others. */
function nearAndFar(file) {
  const imported = `/${basename(file, ".ts")}"`;
  const tests = testsOf(file.split("/")[1]);
  const near = tests.filter((name) => readFileSync(name, "utf8").includes(imported));
  return [near, tests.filter((name) => !near.includes(name))];
}

function groupsOfTests() {
  const files = JSON.parse(readFileSync(process.env.SGM_MUTANTS_PLAN, "utf8"));
  const groupsOf = (file) => {
    const [near, far] = nearAndFar(file);
    return process.env.SGM_MUTANTS_NEAR && near.length ? [near] : [near, far];
  };
  if (fault !== undefined) return groupsOf(files[fault]);
  return [[...new Set([...new Set(Object.values(files))].flatMap(groupsOf).flat())].sort()];
}

function secondsAllowed() {
  const usual = readFileSync(process.env.SGM_MUTANTS_PASSES, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return Math.ceil(20 + 10 * usual.reduce((sum, { seconds = 0 }) => sum + seconds, 0));
}

/** Runs a group of files; its exit status and the end of what it said. Ends with this process, and with StrykerJS. */
function run(files) {
  const limits = ["--max-old-space-size=3000", "--require", "./scripts/mutants/endless.cjs"];
  const mocha = ["node_modules/mocha/bin/_mocha", "--bail", "--reporter", "dot", "--no-color", "--timeout", "0"];
  const node = [process.execPath, ...limits, ...mocha, ...files];
  const limited = () => ["sh", "-c", 'ulimit -t "$0"; exec "$@"', String(secondsAllowed()), ...node];
  const [command, ...args] = fault === undefined || process.platform === "win32" ? node : limited();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (more) => (said = (said + more).slice(-8000)));
  const end = () => child.kill("SIGKILL"); // an endless loop hears nothing else
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => {
      end();
      process.exit(1);
    });
  const watch = setInterval(() => {
    try {
      process.kill(Number(process.env.SGM_MUTANTS_PID), 0);
    } catch {
      end();
    }
  }, 500);
  return new Promise((resolve) =>
    child.on("close", (status, signal) => {
      clearInterval(watch);
      resolve({ status, said: `${said}${signal ?? ""}\n` });
    }),
  );
}

for (const files of groupsOfTests().filter(({ length }) => length)) {
  const { status, said } = await run(files);
  if (status === 0) continue;
  process.stdout.write(said); // StrykerJS keeps it as the reason
  process.exitCode = 1;
  break;
}
