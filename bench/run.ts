/**
 * npm run bench [-- --json] [--only GROUP[,GROUP]]: speed and memory, each figure beside its reference measured in the
 * same run. A group is a file beside this one that exports `measure`. Figures go to stdout, or with --json one object
 * goes there and the figures to stderr.
 */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { runBenchmarks } from "./command";
import type { Group } from "./report";

const load = createRequire(__filename); // import() would bypass the hook that compiles TypeScript
const helpers = ["run", "command", "report", "timing"];

const groups = fs
  .readdirSync(__dirname)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => path.basename(file, ".ts"))
  .filter((name) => !helpers.includes(name))
  .sort();

runBenchmarks(process.argv.slice(2), groups, (name) => load(path.join(__dirname, name)) as Group, {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
}).then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
