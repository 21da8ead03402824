/**
 * Problems that somebody brings: one TypeScript file inside the project that exports `problem`. It is named by its
 * path, so that every thread and every process finds the same one; its content is remembered, so that nobody computes
 * with two versions of it at once.
 */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { placeIn, shown, thrownIn } from "../errors/own-code";
import { sha256 } from "../storage/checksum";
import { checkProblem } from "./check-problem";
import { InadmissibleInput } from "./errors";
import type { Problem } from "./problem";

/** Where a problem came from, as it was when it was loaded. */
export interface ProblemFile {
  /** As given, relative to the working folder. */
  readonly file: string;
  /** SHA-256 of the content. */
  readonly version: string;
}

const byPath = new Map<string, ProblemFile & { readonly problem: Problem }>();
const origins = new WeakMap<Problem, ProblemFile>();

/** Is this the path of a file in the place of a built-in problem's name? */
export const isFileName = (reference: string): reference is `${string}.ts` => reference.endsWith(".ts");

/** The file of a problem that was loaded from one. */
export const fileOf = (p: Problem): ProblemFile | undefined => origins.get(p);

/**
 * The problem that the file exports. A file that was loaded before is loaded again only with `fresh`, and only if its
 * content changed:
 * what is being computed goes on with what it began with. `taken`: names that the file's problem must not have.
 * Throws `InadmissibleInput` for a file that is missing, does not compile or exports no sound problem.
 */
export function problemFromFile(file: string, options: { fresh?: boolean; taken?: readonly string[] } = {}): Problem {
  const full = path.resolve(file);
  const known = byPath.get(full);
  if (known && !options.fresh) return known.problem;
  const version = contentHash(file);
  if (known?.version === version) return known.problem;
  const problem = exportedBy(file, full);
  checkProblem(file, problem);
  if (options.taken?.includes(problem.name)) {
    throw new InadmissibleInput(`${file}: the name "${problem.name}" is taken by a built-in problem; choose another`);
  }
  byPath.set(full, { file, version, problem });
  origins.set(problem, { file, version });
  return problem;
}

/** What the file exports under the name `problem`; an error that its own code throws is told with its place there. */
function exportedBy(file: string, full: string): unknown {
  const during = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new InadmissibleInput(`problem: ${file} could not be loaded: ${thrownIn(file, full, error)}`);
    }
  };
  const exported = during(() => load(full));
  const problem = during(() => exported?.problem);
  if (problem !== undefined) return problem;
  const names = typeof exported === "object" ? Object.keys(exported ?? {}).join(", ") || "nothing" : shown(exported);
  throw new InadmissibleInput(`problem: ${file} must export a constant called problem, it exports ${names}`);
}

/**
 * An error that a problem's file threw while it was at work, in the person's words and with its place there; undefined
 * for any other.
 */
export function errorOfOwnCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const found = [...byPath].find(([full]) => placeIn(full, error)?.atTop);
  if (!found) return undefined;
  const [full, { file, problem }] = found;
  return `${file}: the problem ${problem.name} ended in ${thrownIn(file, full, error)}`;
}

/** Throws unless the file is still what this problem was loaded from. */
export function checkUnchanged(p: Problem): void {
  const origin = origins.get(p);
  if (!origin || contentHash(origin.file) === origin.version) return;
  throw new InadmissibleInput(
    `${origin.file} was changed after the problem ${p.name} had been loaded. Remedy: open the study again.`,
  );
}

/** SHA-256 of the content of a problem's file, which is not loaded. */
export function contentHash(file: string): string {
  try {
    return sha256(fs.readFileSync(path.resolve(file)));
  } catch (error) {
    throw new InadmissibleInput(
      `problem: ${file} cannot be read (${(error as Error).message}). Remedy: the path of a TypeScript file, from ` +
        "the project's folder.",
    );
  }
}

/**
 * By the compiler that runs this very file (command line, tests, worker threads). The notebooks' kernel has compiled it
 * to .js and compiles what cells import, nothing else: there the command line's compiler is asked for this one file.
 */
function load(full: string): { readonly problem?: unknown } | null | undefined {
  const require = createRequire(full);
  if (__filename.endsWith(".ts")) {
    Reflect.deleteProperty(require.cache, full); // what was loaded before is an older version
    return require(full) as { problem?: unknown };
  }
  const fromProject = createRequire(path.join(process.cwd(), "package.json"));
  const compiler = fromProject("tsx/cjs/api") as { require: (id: string, from: string) => { problem?: unknown } };
  return compiler.require(full, full);
}
