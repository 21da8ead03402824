/** npm packages, exactly as the lock file has them. */
import { existsSync, readFileSync } from "node:fs";
import { runCommand } from "./command.mjs";
import { clientProblem, findNpm } from "./prerequisites.mjs";
import { inProject } from "./project.mjs";

const read = (path) => JSON.parse(readFileSync(path, "utf8")).packages;

/** npm writes node_modules/.package-lock.json last: it is the record of what was really installed. */
function installed() {
  try {
    const wanted = read(inProject("package-lock.json"));
    const have = read(inProject("node_modules", ".package-lock.json"));
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === "") return true;
      const there = have[path];
      if (!there) return Boolean(entry.optional || entry.devOptional || entry.peer); // made for another system
      return (
        there.version === entry.version &&
        there.integrity === entry.integrity &&
        existsSync(inProject(path, "package.json"))
      );
    });
  } catch {
    return false;
  }
}

export const packages = {
  title: "npm packages",
  megabytes: 1000,
  done: installed,
  prerequisites: () => ({ npm: findNpm() }),
  async run({ npm: [command, ...first] }, progress) {
    let last = "";
    progress.describe(() => last);
    const args = [
      "ci",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--include=dev",
      "--include=optional",
      "--loglevel=http",
    ];
    const result = await runCommand("npm", command, [...first, ...args], {
      onLine: (line) =>
        (last = line.replace(/^npm (http|info|warn)\s*(fetch|cache)?\s*(GET \d+ )?\S*\//i, "").slice(0, 60)),
    });
    if (result.code !== 0) throw clientProblem("npm", "The npm registry", result);
    if (!installed()) throw new Error("npm ci ended well, but node_modules does not match package-lock.json");
  },
};
