/** A problem that a person names: a built-in one, or the path of a file of their own, from where they stand. */
import * as path from "node:path";
import { projectRoot } from "../cache/root";
import type { Overrides } from "../study/configuration";
import type { Arguments } from "./command";

/** The reference as the library takes it: a file's path from the project's folder, so that it is the same wherever the person stands. */
export function problemOfPerson(args: Arguments, reference: string): string {
  if (!reference.endsWith(".ts")) return reference;
  const inside = path.relative(projectRoot(), path.resolve(args.fromThePerson(reference)));
  return inside.startsWith("..") ? path.resolve(args.fromThePerson(reference)) : inside.split(path.sep).join("/");
}

/** The same for problem.name among the changes of a configuration. */
export function withProblemOfPerson(args: Arguments, changes: Overrides): Overrides {
  const name: unknown = changes.problem?.name;
  if (typeof name !== "string") return changes;
  return { ...changes, problem: { ...changes.problem, name: problemOfPerson(args, name) } } as Overrides;
}
