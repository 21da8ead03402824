/** The JSON files that commands take: lists of records of numbers, checked entry by entry. */
import { checkModelled, completeCondition, isOutside } from "../ensemble/conditions";
import { asObject, describeJson, readJson, type Json } from "../storage/json";
import { UserError, withPlace } from "../errors/user-error";
import type { Cells } from "../fields/grid";
import type { Arguments } from "./command";
import type { Condition, Problem } from "../transport/problem";

/** A non-empty list of JSON objects. */
export async function readRecords(file: string, what: string): Promise<{ readonly [key: string]: Json }[]> {
  const value = await readJson(file);
  if (!Array.isArray(value) || value.length === 0) {
    throw new UserError(`${file}: expected a list of at least one ${what}, got ${describeJson(value)}`);
  }
  return (value as Json[]).map((entry, i) => asObject(entry, file, `${what} ${i}`));
}

/** The numbers of a record as a complete, admissible condition of the problem; what is missing takes its default. */
export function conditionFrom(p: Problem, record: { readonly [key: string]: Json }, place: string): Condition {
  for (const [name, value] of Object.entries(record)) {
    if (typeof value !== "number")
      throw new UserError(`${place}: ${name} must be a number, got ${describeJson(value)}`);
  }
  return withPlace(place, () => completeCondition(p, record as Condition));
}

/** Grid cells that are still a grid and no slip of the keyboard. */
const mostCells = 1_000_000;

/** The cells that --cells asks for: N along every axis, or N,M along two. */
export function cellsOption(args: Arguments): Cells | undefined {
  const text = args.optional("cells");
  if (text === undefined || /^\d+$/.test(text)) return args.optionalWhole("cells", 2, mostCells);
  const along = text.split(/[,x]/).map((word) => (/^\d+$/.test(word) ? Number(word) : NaN));
  if (along.every((n) => n >= 2 && n <= mostCells)) return along;
  const expected = `a whole number of at least 2 and at most ${mostCells}, or one for each axis (64,32)`;
  throw new UserError(`--cells must be ${expected}, got ${JSON.stringify(text)}`);
}

/** Refuses a result of more than 10^12 numbers (8 TB) before anything is made of it. */
export function requireStorable(command: string, shape: readonly number[]): void {
  if (shape.reduce((product, n) => product * n, 1) <= 1e12) return;
  const got = `[${shape.join(", ")}]`;
  throw new UserError(
    `sgm ${command}: ${got} are more than 10^12 numbers (8 TB) in one file. Remedy: a smaller --count, or fewer ` +
      "conditions at a time",
  );
}

/**
 * The conditions of a file for a trained model: parameters that it was not trained for are refused, and what lies
 * outside the box that it was trained in, unless `extrapolate`.
 */
export async function readModelConditions(file: string, p: Problem, extrapolate: boolean): Promise<Condition[]> {
  const known = p.conditions.map((range) => range.name);
  const conditions = (await readRecords(file, "condition")).map((record, i) => {
    const place = `${file}: condition ${i}`;
    const parameters = (p.parameters ?? []).map((range) => range.name);
    const unknown = Object.keys(record).find((name) => !known.includes(name) && !parameters.includes(name));
    if (unknown !== undefined)
      throw new UserError(`${place}: the model has no condition "${unknown}"; it has ${known.join(", ")}`);
    const condition = conditionFrom(p, record, place);
    withPlace(place, () => checkModelled(p, condition));
    return condition;
  });
  const outside = outsideTrainedBox(p, conditions);
  if (outside.length === 0 || extrapolate) return conditions;
  const more = outside.length > 1 ? ` (and ${outside.length - 1} more)` : "";
  throw new UserError(
    `${file}: ${outside[0]} that the model was trained in${more}. Remedy: --extrapolate draws there all the same, ` +
      "and marks the output.",
  );
}

/** The conditions of a file for `generate`. */
export async function readConditions(file: string, p: Problem): Promise<Condition[]> {
  return (await readRecords(file, "condition")).map((record, i) => conditionFrom(p, record, `${file}: condition ${i}`));
}

/**
 * A line for each condition that lies outside the ranges of the problem's ensembles, which is the box that models are
 * trained in.
 */
export function outsideTrainedBox(p: Problem, conditions: readonly Condition[]): string[] {
  return conditions.flatMap((condition, i) => {
    const outside = p.conditions.filter((range) => isOutside(range, condition[range.name]));
    const said = outside.map(
      ({ name, min, max, unit }) => `${name} = ${condition[name]} ${unit} lies outside the range [${min}, ${max}]`,
    );
    return said.length > 0 ? [`condition ${i}: ${said.join(" and ")}`] : [];
  });
}

/** One line on the first of them, or undefined. */
export function outsideRanges(p: Problem, conditions: readonly Condition[]): string | undefined {
  const [first] = outsideTrainedBox(p, conditions);
  return first === undefined ? undefined : `${first} of the study's ensembles`;
}
