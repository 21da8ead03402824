/**
 * npm run workflow [-- --config-file FILE] [--results FOLDER] [options of Snakemake]: see workflow/Snakefile. What is
 * there is not computed again, also after a kill: Snakemake's own lock, which a kill would leave behind, is replaced by
 * one that dies with its owner.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { runToTheEnd } from "./commands.mjs";
import { takeLock } from "./setup/lock.mjs";
import { inProject, toolsPython } from "./setup/project.mjs";

const args = process.argv.slice(2);
const caller = process.env.SGM_CALLER ?? process.cwd(); // paths are meant from where the person stands
const option = (name, otherwise) =>
  resolve(caller, args.includes(name) ? args.splice(args.indexOf(name), 2)[1] : otherwise);
const results = option("--results", join(process.env.SGM_DATA || inProject("data"), "workflow"));
const config = option("--config-file", inProject("scripts", "workflow", "config.yaml"));
const profile = args.indexOf("--profile");
if (profile >= 0 && args[profile + 1] !== undefined) args[profile + 1] = resolve(caller, args[profile + 1]);

const libraries = join(dirname(dirname(toolsPython)), "lib");
if (!readdirSync(libraries).some((name) => existsSync(join(libraries, name, "site-packages", "snakemake")))) {
  process.stderr.write(
    "npm run workflow: Snakemake needs Python 3.11 or newer. Remedy: PYTHON=python3.12 npm run workflow\n",
  );
  process.exit(1);
}
mkdirSync(results, { recursive: true });
const release = await takeLock(join(results, "workflow-lock"), (pid) =>
  process.stderr.write(`Another workflow (process ${pid}) is at work in ${results}; waiting for it.\n`),
);
const jobs = ["--cores", "-c", "--jobs", "-j", "--profile"].some((name) => args.includes(name))
  ? []
  : ["--cores", "all"];
const code = await runToTheEnd({
  command: toolsPython,
  args: [
    ...["-m", "snakemake", "--snakefile", inProject("scripts", "workflow", "Snakefile"), "--directory", results],
    ...["--configfile", config, "--rerun-incomplete", "--nolock", ...jobs, ...args],
  ],
  environment: { XDG_CACHE_HOME: inProject(".cache", "snakemake") },
});
release();
process.exit(code);
