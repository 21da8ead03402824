/**
 * The data-generating models by name. A new problem is one file that implements `Problem`: built in with its line here,
 * or a file of the user's own, whose path stands wherever a name can stand.
 */
import { conduction } from "./conduction";
import { conduction2d } from "./conduction-2d";
import { electrode } from "./electrode";
import { electrodePublished } from "./electrode-published";
import { InadmissibleInput } from "./errors";
import type { Physics } from "./physics";
import type { Problem } from "./problem";
import { checkUnchanged, fileOf, isFileName, problemFromFile } from "./problem-file";
import { originOf, ownPhysics, withPhysics } from "./with-physics";

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

/** A problem as a configuration describes it: its name or its file, and what of its physics is not its own. */
export interface ProblemSettings extends Omit<Physics, "parameters"> {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, number | undefined>>;
}

/** The problem of a configuration. Throws `InadmissibleInput`. */
export const problemAs = (settings: ProblemSettings): Problem =>
  withPhysics(problem(settings.name), physicsOf(settings));

/** The same with a file of the user's loaded again where it was changed. */
export const currentProblemAs = (settings: ProblemSettings): Problem =>
  withPhysics(currentProblem(settings.name), physicsOf(settings));

function physicsOf({ parameters = {}, ranges, porosity }: ProblemSettings): Physics {
  const given = Object.entries(parameters).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return { parameters: Object.fromEntries(given), ranges, porosity };
}

/** The settings with what differs from the problem's own and nothing else: equal problems in equal words. */
export function ownSettings<S extends ProblemSettings>(settings: S): S {
  const { parameters, ranges, porosity, ...rest } = settings;
  if (parameters === undefined && ranges === undefined && porosity === undefined) return settings;
  return { ...rest, ...ownPhysics(problem(settings.name), physicsOf(settings)) } as S;
}

/** How another thread finds the same problem. */
export interface ProblemReference extends ProblemSettings {
  /** Of the file's content. */
  readonly version?: string;
}

/** Undefined for a problem that exists in this thread only. */
export function referenceTo(p: Problem): ProblemReference | undefined {
  const { base, physics } = originOf(p);
  if (problems.includes(base)) return { name: base.name, ...physics };
  const origin = fileOf(base);
  return origin && { name: origin.file, version: origin.version, ...physics };
}

/** The problem that `referenceTo` described; refuses a file that was changed since. */
export function problemOf({ version, ...settings }: ProblemReference): Problem {
  const { name } = settings;
  for (const found of [problem, currentProblem]) {
    const base = found(name);
    if (version === fileOf(base)?.version) return withPhysics(base, physicsOf(settings));
  }
  throw new InadmissibleInput(`${name} was changed while it was in use. Remedy: open the study again.`);
}

/**
 * The file that a problem's results depend on beside the library, if it has one; refuses one that was changed since it
 * was loaded.
 */
export function ownSource(p: Problem): string | undefined {
  const { base } = originOf(p);
  checkUnchanged(base);
  return fileOf(base)?.file;
}
