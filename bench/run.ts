/**
 * npm run bench [-- --json] [--only GROUP[,GROUP]]: speed and memory, each figure beside its reference measured in the same run.
 * A group is a file beside this one that exports `measure`. Figures go to stdout, or with --json one object goes there
 * and the figures to stderr.
 */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { type Group, report } from "./report";

const load = createRequire(__filename); // import() would bypass the hook that compiles TypeScript
const helpers = ["run", "report", "timing"];

function groups(): string[] {
  return fs
    .readdirSync(__dirname)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.basename(file, ".ts"))
    .filter((name) => !helpers.includes(name))
    .sort();
}

async function main(args: string[]): Promise<number> {
  const all = groups();
  let only = all;
  let json = false;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--json") json = true;
    else if (args[i] === "--only" && i + 1 < args.length) only = args[++i].split(",");
    else if (args[i].startsWith("--only=")) only = args[i].slice(7).split(",");
    else return refuse(`expected --json or --only GROUP, got "${args[i]}"`);
  }
  const unknown = only.find((name) => !all.includes(name));
  if (unknown !== undefined) return refuse(`there is no group "${unknown}"; there are ${all.join(", ")}`);

  const results = report((line) => (json ? console.error(line) : console.log(line)));
  for (const name of only) {
    const group = load(path.join(__dirname, name)) as Group;
    await group.measure(results);
  }
  if (json) console.log(JSON.stringify(results.figures, null, 2));
  return 0;
}

function refuse(message: string): number {
  console.error(`bench: ${message}`);
  return 2;
}

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
