/** A problem that a person names: a built-in one, or the path of a file of their own, from where they stand. */
import * as path from "node:path";
import { projectRoot } from "../cache/root";
import { UserError } from "../errors/user-error";
import { problemSettings } from "../experiments/common-settings";
import type { Overrides } from "../study/configuration";
import { porosityFromFile } from "../study/porosity-file";
import { overridesFromText } from "../study/setting-texts";
import type { Problem } from "../transport/problem";
import { problemAs, problems } from "../transport/problems";
import type { Arguments, Option } from "./command";

/**
 * The reference as the library takes it: a file's path from the project's folder, so that it is the same wherever the
 * person stands.
 */
export function problemOfPerson(args: Arguments, reference: string): string {
  if (!reference.endsWith(".ts")) return reference;
  const inside = path.relative(projectRoot(), path.resolve(args.fromThePerson(reference)));
  return inside.startsWith("..") ? path.resolve(args.fromThePerson(reference)) : inside.split(path.sep).join("/");
}

/** The same for problem.name among the changes of a configuration, and for the file of a porosity law. */
export function withProblemOfPerson(args: Arguments, changes: Overrides): Overrides {
  const { name, porosity }: { readonly name?: unknown; readonly porosity?: unknown } = changes.problem ?? {};
  const own = {
    ...(typeof name === "string" && { name: problemOfPerson(args, name) }),
    ...(typeof porosity === "string" && { porosity: args.fromThePerson(porosity) }),
  };
  return Object.keys(own).length === 0
    ? changes
    : ({ ...changes, problem: { ...changes.problem, ...own } } as Overrides);
}

/** What commands that name a problem take beside its name. */
export const problemOptions: Readonly<Record<string, Option>> = {
  problem: {
    type: "string",
    value: "NAME",
    help: `one of ${problems.map((p) => p.name).join(", ")}, or the path of a .ts file of your own`,
    required: true,
  },
  set: {
    type: "string",
    value: "KEY=VALUE",
    help: "its physics: problem.parameters.kappa0=0.5, problem.porosity=law.json",
    multiple: true,
  },
};

/** The problem of `problemOptions`. @throws UserError for a key that is none of its physics */
export function problemFromOptions(args: Arguments): Problem {
  const name = problemOfPerson(args, args.text("problem"));
  const { problem: given = {}, ...others } = withProblemOfPerson(args, overridesFromText(args.list("set")));
  const [idle] = [
    ...Object.keys(others),
    ...Object.keys(given).filter((key) => !(key in physics.shape)).map((key) => `problem.${key}`),
  ]; // prettier-ignore
  if (idle !== undefined) {
    const remedy = "Remedy: keys of problem.parameters, problem.ranges and problem.porosity";
    throw new UserError(`--set ${idle} has no effect here. ${remedy}`);
  }
  const { porosity } = given;
  const law = typeof porosity === "string" ? porosityFromFile(porosity) : porosity;
  const result = physics.safeParse({ ...given, ...(law && { porosity: law }) });
  if (result.success) return problemAs({ name, ...result.data });
  const [issue] = result.error.issues;
  throw new UserError(`--set ${["problem", ...issue.path].join(".")}: ${issue.message}`);
}

const physics = problemSettings.schema.pick({ parameters: true, ranges: true, porosity: true });
