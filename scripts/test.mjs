/**
 * npm test: style, lint, types, mocha, every notebook at the preset `smoke`, and notebooks in a real browser where there is one. Goes on
 * after a failure, so that one run shows all; closes with "N passed, N failed" (mocha's tests, notebooks, browser; a failed check
 * counts as one).
 *   npm test [-- --only checks|mocha|notebooks|browser] [--grep PATTERN]
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
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
const say = (text) => process.stdout.write(text + "\n");
const bin = (name) => inProject("node_modules", ...name.split("/"));

/** Runs a Node program of the project; an interrupted one ends the whole run. */
async function run(command, commandArgs, environment = {}) {
  const code = await runToTheEnd({ command, args: commandArgs, environment });
  if (code === 130 || code === 143) process.exit(code);
  return code;
}
const node = (commandArgs, environment) => run(process.execPath, commandArgs, environment);
const fail = (what) => {
  total.failed++;
  failures.push(what);
};

async function checks() {
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

async function mocha() {
  say("\n== tests (mocha)");
  const counts = `${work}/mocha.json`;
  const reporter = ["--reporter", inProject("scripts", "test", "counting-reporter.cjs")];
  const code = await node(
    [bin("mocha/bin/mocha.js"), "test/**/*.test.ts", ...reporter, ...(grep ? ["--grep", grep] : [])],
    {
      TEST_COUNTS: counts,
    },
  );
  add(counts, code, "mocha");
}

async function notebooks() {
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
  const now = contentsOf("notebooks", "notebooks/guide", "figures");
  const changed = [...new Set([...kept.keys(), ...now.keys()])].filter((file) => kept.get(file) !== now.get(file));
  if (changed.length > 0) fail(`the notebooks' test run changed ${changed.join(", ")}`);
}

async function browser() {
  say("\n== notebooks in JupyterLab in a headless browser");
  const chromium = findChromium();
  if (!chromium) {
    say("  skipped: no Chromium or Chrome found (looked at $CHROMIUM, the PATH and the usual places)");
    return;
  }
  const counts = `${work}/browser.json`;
  const code = await node(
    ["--require", "tsx/cjs", inProject("test", "browser", "run.ts"), chromium, "--counts", counts],
    smokeEnvironment(work),
  );
  add(counts, code, "browser");
}

for (const [name, group] of Object.entries({ checks, mocha, notebooks, browser })) {
  if (only === undefined || only === name) await group();
}
if (failures.length > 0) say(`\nFailed:\n${failures.map((what) => `  ${what}`).join("\n")}`);
say(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
