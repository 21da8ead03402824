/**
 * npm test: style, lint, types, mocha, and every notebook at the preset `smoke`: in JupyterLab in a real browser where
 * there is one, which also changes parameters, interrupts and resumes; with nbclient where there is none. Goes on after
 * a failure, so that one run shows all; closes with "N passed, N failed" (mocha's tests, notebooks, what the browser
 * does in them; a failed check counts as one).
 *   npm test [-- --only checks|mocha|notebooks|browser] [--grep PATTERN]
 *
 * Two lanes go side by side where there are two cores, since each leaves much of one idle; the second one's lines begin
 * with a bar. Each takes the next piece of work when it is done with its last: all notebooks are one, and begin first;
 * mocha's files are divided into several.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";
import { runToTheEnd } from "./commands.mjs";
import { inProject, venvPython } from "./setup/project.mjs";
import { findChromium } from "./test/chromium.mjs";
import { contentsOf, notebookNames, smokeEnvironment } from "./test/notebooks.mjs";

const groups = ["checks", "mocha", "notebooks", "browser"];
const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args.splice(args.indexOf(name), 2)[1] : undefined);
const only = option("--only");
const grep = option("--grep");
if (args.length > 0 || (only !== undefined && !groups.includes(only))) {
  process.stderr.write(
    `npm test: expected --only ${groups.join("|")} or --grep PATTERN, got ${[...process.argv].slice(2).join(" ")}\n`,
  );
  process.exit(2);
}

const work = inProject(".cache", "test");
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const total = { passed: 0, failed: 0 };
const failures = [];
const bin = (name) => inProject("node_modules", ...name.split("/"));

let interrupted = 0; // the exit status of a child that was

/** A lane: programs one after the other, every line that they write behind the lane's mark. */
function lane(mark) {
  const say = (text) => {
    for (const line of text.split("\n")) process.stdout.write(`${mark}${line}`.trimEnd() + "\n");
  };
  /** Runs a program of the project to its end; once one was interrupted none is begun. */
  async function run(command, commandArgs, environment = {}) {
    if (interrupted) return interrupted;
    const code = await runToTheEnd({ command, args: commandArgs, environment, onLine: say });
    if (code === 130 || code === 143) interrupted = code;
    return code;
  }
  return { say, run, node: (commandArgs, environment) => run(process.execPath, commandArgs, environment) };
}
const fail = (what) => {
  total.failed++;
  failures.push(what);
};

async function checks({ say, node }) {
  const each = {
    "style (prettier)": [bin("prettier/bin/prettier.cjs"), "--check", "--log-level", "warn", "."],
    "lint (eslint)": [bin("eslint/bin/eslint.js"), "--max-warnings", "0", "."],
    "types (tsc)": [bin("typescript/bin/tsc"), "--noEmit"],
    // The notebooks' kernel checks without strict nulls, under which some types of a schema turn out differently.
    "types as the kernel sees them": [
      bin("typescript/bin/tsc"),
      "-p",
      inProject("scripts", "test", "tsconfig.kernel.json"),
    ],
  };
  for (const [name, command] of Object.entries(each)) {
    say(`\n== ${name}`);
    if ((await node(command)) === 0) say("  ok");
    else fail(name);
  }
}

/** Adds what a child counted; a child that crashed before it could write its counts is one failure. */
function add(file, code, what) {
  try {
    const { passed, failed } = JSON.parse(readFileSync(file, "utf8"));
    total.passed += passed;
    total.failed += failed;
    if (failed > 0) failures.push(`${what} (${failed})`);
    else if (code !== 0) fail(`${what}: exit code ${code}`);
  } catch {
    fail(`${what}: exit code ${code}`);
  }
}

const mochaParts = 4;

/** Every so many-th file of tests, so that the folders with slow tests are shared out. */
function mochaPart(part) {
  const files = readdirSync(inProject("test"), { recursive: true })
    .filter((file) => file.endsWith(".test.ts"))
    .sort()
    .filter((_, k) => k % mochaParts === part);
  return async ({ say, node }) => {
    say(`\n== tests (mocha), part ${part + 1} of ${mochaParts}`);
    const counts = `${work}/mocha-${part + 1}.json`;
    const reporter = ["--reporter", inProject("scripts", "test", "counting-reporter.cjs")];
    const paths = files.map((file) => inProject("test", file));
    const code = await node([bin("mocha/bin/mocha.js"), ...paths, ...reporter, ...(grep ? ["--grep", grep] : [])], {
      TEST_COUNTS: counts,
    });
    add(counts, code, `mocha, part ${part + 1}`);
  };
}

async function notebooks({ say, run }) {
  say("\n== notebooks, at the preset smoke, in copies");
  const kept = contentsOf("notebooks", "notebooks/guide", "figures");
  for (const name of notebookNames()) {
    const execute = [inProject("scripts", "notebooks", "execute.py"), inProject("notebooks", `${name}.ipynb`)];
    const output = ["--output", `${work}/notebooks/${name}.ipynb`, "--cell-timeout", "600"];
    if ((await run(venvPython, [...execute, ...output], smokeEnvironment(work))) !== 0) fail(`notebook ${name}`);
    else {
      total.passed++;
      say(`  ok  ${name}`);
    }
  }
  unchangedSince(kept);
}

/** What is committed must be as it was. */
function unchangedSince(kept) {
  const now = contentsOf("notebooks", "notebooks/guide", "figures");
  const changed = [...new Set([...kept.keys(), ...now.keys()])].filter((file) => kept.get(file) !== now.get(file));
  if (changed.length > 0) fail(`the notebooks' test run changed ${changed.join(", ")}`);
}

async function browser({ say, node }) {
  say("\n== notebooks in JupyterLab in a headless browser, at the preset smoke, in copies");
  const chromium = findChromium();
  if (!chromium) {
    say("  skipped: no Chromium or Chrome found (looked at $CHROMIUM, the PATH and the usual places)");
    return;
  }
  const kept = contentsOf("notebooks", "notebooks/guide", "figures");
  const counts = `${work}/browser.json`;
  const code = await node(
    ["--require", "tsx/cjs", inProject("test", "browser", "run.ts"), chromium, "--counts", counts],
    smokeEnvironment(work),
  );
  add(counts, code, "browser");
  unchangedSince(kept);
}

/** The browser's run executes every notebook; without a browser nbclient does. */
async function executed(its) {
  if (findChromium()) return browser(its);
  its.say(
    "\n== no Chromium or Chrome found (looked at $CHROMIUM, the PATH and the usual places): JupyterLab is not tested",
  );
  return notebooks(its);
}

const mocha = Array.from({ length: mochaParts }, (_, part) => mochaPart(part));
const pieces = { checks: [checks], mocha, notebooks: [notebooks], browser: [browser] };
const waiting = only ? pieces[only] : [executed, ...mocha, checks];
const began = Date.now();
async function inTurn(its) {
  for (let next = waiting.shift(); next && !interrupted; next = waiting.shift()) await next(its);
}
await Promise.all((availableParallelism() > 1 ? ["| ", ""] : [""]).map((mark) => inTurn(lane(mark))));

const say = (text) => process.stdout.write(text + "\n");
const seconds = Math.round((Date.now() - began) / 1000);
say(`\nin ${Math.floor(seconds / 60)} min ${seconds % 60} s`);
if (failures.length > 0) say(`\nFailed:\n${failures.map((what) => `  ${what}`).join("\n")}`);
say(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(interrupted || (total.failed > 0 ? 1 : 0));
