/**
 * npm's scripts: node scripts/run.mjs COMMAND [ARGUMENTS]. Sets the project up where needed, then runs the command with
 * the caller's terminal; signals go to it, its exit status comes back. Node's built-ins alone.
 */
import process from "process";
import { nodeProblem } from "./setup/node-version.mjs";

const problem = nodeProblem(process.version);
if (problem) {
  process.stderr.write(problem + "\n");
  process.exit(1);
}
// Loaded only now: the rest is written for the Node versions just checked.
const { commands, needsTools, runToTheEnd } = await import("./commands.mjs");
const [name, ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, name ?? "")) {
  process.stderr.write(`run.mjs: expected one of ${Object.keys(commands).join(", ")}, got ${name ?? "nothing"}\n`);
  process.exit(2);
}
const { setUpOrExit } = await import("./setup/main.mjs");
await setUpOrExit([], false, { withTools: needsTools.includes(name) });
process.exit(await runToTheEnd(commands[name](args)));
