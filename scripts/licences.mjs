/**
 * Licences of everything that is installed: node scripts/licences.mjs [--write]. npm packages by package-lock.json,
 * Python packages by the environment's metadata. --write renews the tables in notebooks/pages/supply-chain.md; without
 * it they go to standard output.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
export const page = path.join(root, "notebooks", "pages", "supply-chain.md");

/** A package without the field may still say so in its licence file. */
function licenceFromText(folder) {
  try {
    const name = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    const text = name ? readFileSync(path.join(folder, name), "utf8") : "";
    return /\bMIT License\b|Permission is hereby granted, free of charge/.test(text)
      ? "MIT"
      : /Apache License/.test(text)
        ? "Apache-2.0"
        : undefined;
  } catch {
    return undefined;
  }
}

/** Name, version and licence ("unknown" where none is told) of each npm package of the lock file. */
export function npmPackages() {
  const { packages } = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));
  return Object.entries(packages)
    .filter(([place]) => place !== "")
    .map(([place, { version, license }]) => ({
      name: place.split("node_modules/").pop(),
      version,
      licence: license ?? licenceFromText(path.join(root, place)) ?? "unknown",
    }));
}

const program = `
import importlib.metadata as m, json
def licence(d):
    if d.get("License-Expression"): return d["License-Expression"]
    named = [c.split(" :: ")[-1] for c in d.get_all("Classifier") or [] if c.startswith("License :: ") and c.count(" :: ") > 1]
    return " AND ".join(named) or (d.get("License") or "unknown").split("\\n")[0][:60] or "unknown"
print(json.dumps([{"name": d.metadata["Name"], "version": d.version, "licence": licence(d.metadata)} for d in m.distributions()]))`;

/** The same of the Python environment, or nothing where there is none yet. */
export function pythonPackages() {
  try {
    return JSON.parse(execFileSync(path.join(root, ".venv", "bin", "python"), ["-c", program], { encoding: "utf8" }));
  } catch {
    return [];
  }
}

/** Rows of a Markdown table: licence, number of packages, their names and versions. */
export function table(packages) {
  const byLicence = new Map();
  for (const { name, version, licence } of packages) {
    byLicence.set(licence, [...(byLicence.get(licence) ?? []), `${name} ${version}`]);
  }
  const rows = [...byLicence].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  return [
    "| licence | packages | which |",
    "| --- | --- | --- |",
    ...rows.map(([licence, names]) => {
      const sorted = [...new Set(names)].sort();
      return `| ${licence} | ${sorted.length} | ${sorted.join(", ")} |`;
    }),
  ].join("\n");
}

/** The page's text with the part between two markers renewed. */
export function withTable(text, marker, rows) {
  const [begin, end] = [`<!-- ${marker} -->`, `<!-- end of ${marker} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`licences.mjs: the page lacks the markers of "${marker}"`);
  return `${text.slice(0, from + begin.length)}\n\n${rows}\n\n${text.slice(to)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tables = { "npm packages": table(npmPackages()), "Python packages": table(pythonPackages()) };
  if (process.argv.includes("--write")) {
    let text = readFileSync(page, "utf8");
    for (const [marker, rows] of Object.entries(tables)) text = withTable(text, marker, rows);
    writeFileSync(page, text);
  } else process.stdout.write(`${Object.values(tables).join("\n\n")}\n`);
}
