/**
 * A random sample of the faults that StrykerJS can put into files. Every fault has a mark, the hash of the seed and of
 * what it is (file, place, kind, replacement); drawn are those with the smallest marks. That is a uniform sample
 * without replacement, a larger sample of the same seed holds the smaller one, and a change in one file leaves the
 * marks of all others as they were.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { relative, sep } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

// The very one that StrykerJS uses: what it lists is what will be run.
const core = createRequire(createRequire(import.meta.url).resolve("@stryker-mutator/core"));
const { Instrumenter } = await import(pathToFileURL(core.resolve("@stryker-mutator/instrumenter")).href);

const silent = { isDebugEnabled: () => false, debug() {}, info() {}, warn() {} };

/** A file's path from the project's folder, with slashes. */
export const fromRoot = (name) => relative(process.cwd(), name).split(sep).join("/");

/** What a fault is: lines and columns count from 0, as the instrumenter's do. */
const identity = ({ fileName, location: { start, end }, mutatorName, replacement }) =>
  [fromRoot(fileName), start.line, start.column, end.line, end.column, mutatorName, replacement].join("\0");

/** All faults that can be put into `files`, in the order of the files. */
export async function possibleFaults(files) {
  const given = files.map((name) => ({ name, mutate: true, content: readFileSync(name, "utf8") }));
  const options = { ignorers: [], excludedMutations: [], plugins: null, noHeader: false };
  const { mutants } = await new Instrumenter(silent).instrument(given, options);
  return mutants
    .filter(({ status }) => status === undefined)
    .map(({ fileName, location, mutatorName, replacement }) => ({ fileName, location, mutatorName, replacement }));
}

/** `count` of the faults, or all of them where there are fewer; the same for the same seed. */
export function draw(faults, count, seed) {
  const mark = (fault) =>
    createHash("sha256")
      .update(`${seed}\0${identity(fault)}`)
      .digest("hex");
  return faults
    .map((fault) => ({ fault, mark: mark(fault) }))
    .sort((a, b) => (a.mark < b.mark ? -1 : a.mark > b.mark ? 1 : 0))
    .slice(0, count)
    .map(({ fault }) => fault);
}

/** StrykerJS's pattern for the place of a fault. Lines count from 1 there, columns from 0. */
export const place = ({ fileName, location: { start, end } }) =>
  `${fromRoot(fileName)}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`;

/**
 * From now on StrykerJS runs the drawn faults only, though other faults lie within their places, and `plan` (a path)
 * tells the tests' command which file the fault of an identifier is in.
 */
export function runOnly(drawn, plan) {
  const wanted = new Set(drawn.map(identity));
  const all = Instrumenter.prototype.instrument;
  Instrumenter.prototype.instrument = async function instrument(files, options) {
    const result = await all.call(this, files, options);
    for (const mutant of result.mutants)
      if (mutant.status === undefined && !wanted.has(identity(mutant)))
        Object.assign(mutant, { status: "Ignored", statusReason: "not drawn" });
    writeFileSync(plan, JSON.stringify(Object.fromEntries(result.mutants.map((m) => [m.id, fromRoot(m.fileName)]))));
    return result;
  };
}
