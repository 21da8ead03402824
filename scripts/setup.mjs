/**
 * Set-up: everything that the project needs, inside its own folder, from public package registries.
 * Node's built-ins alone, since it runs before node_modules exists. Running it again costs a fraction of a second.
 *   npm run setup [-- --device auto|cpu|cuda|webgpu]
 */
import process from "process";
import { nodeProblem } from "./setup/node-version.mjs";

const problem = nodeProblem(process.version);
if (problem) {
  process.stderr.write(problem + "\n");
  process.exit(1);
}
// Loaded only now: the rest is written for the Node versions just checked.
const { setUpOrExit } = await import("./setup/main.mjs");
await setUpOrExit(process.argv.slice(2), true);
