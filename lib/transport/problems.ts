/**
 * The data-generating models by name. A new problem is one file that implements `Problem`: built in with its line here, or a file of
 * the user's own, whose path stands wherever a name can stand.
 */
import { conduction } from "./conduction";
import { conduction2d } from "./conduction-2d";
import { electrode } from "./electrode";
import { electrodePublished } from "./electrode-published";
import { InadmissibleInput } from "./errors";
import type { Problem } from "./problem";
import { checkUnchanged, fileOf, isFileName, problemFromFile } from "./problem-file";

export const problems: readonly Problem[] = [electrodePublished, electrode, conduction, conduction2d];
const taken = problems.map(({ name }) => name);

/** The problem of that name, or of the file of that path (".ts"); an error with the list of names otherwise. */
export function problem(reference: string): Problem {
  const found = problems.find((p) => p.name === reference);
  if (found) return found;
  if (isFileName(reference)) return problemFromFile(reference, { taken });
  throw new InadmissibleInput(
    `problem: there is no "${reference}"; there are ${taken.join(", ")}, and files of your own: the path of a .ts file`,
  );
}

/** The same, with a file of the user's loaded again where it was changed: for the beginning of a piece of work. */
export function currentProblem(reference: string): Problem {
  return isFileName(reference) ? problemFromFile(reference, { fresh: true, taken }) : problem(reference);
}

/** How another thread finds the same problem. */
export interface ProblemReference {
  readonly name: string;
  /** Of the file's content. */
  readonly version?: string;
}

/** Undefined for a problem that exists in this thread only. */
export function referenceTo(p: Problem): ProblemReference | undefined {
  if (problems.includes(p)) return { name: p.name };
  const origin = fileOf(p);
  return origin && { name: origin.file, version: origin.version };
}

/** The problem that `referenceTo` described; refuses a file that was changed since. */
export function problemOf({ name, version }: ProblemReference): Problem {
  const found = problem(name);
  if (version === fileOf(found)?.version) return found;
  const fresh = currentProblem(name);
  if (version === fileOf(fresh)?.version) return fresh;
  throw new InadmissibleInput(`${name} was changed while it was in use. Remedy: open the study again.`);
}

/** The file that a problem's results depend on beside the library, if it has one; refuses one that was changed since it was loaded. */
export function ownSource(p: Problem): string | undefined {
  checkUnchanged(p);
  return fileOf(p)?.file;
}
