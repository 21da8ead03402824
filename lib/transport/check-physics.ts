/**
 * What a configured physics must hold to before a problem takes it: names that the problem declares, values that its
 * equations admit.
 */
import { covariances } from "../porosity/covariance";
import { affineBounds, lengthFactor } from "./domain";
import { InadmissibleInput } from "./errors";
import { admissible } from "./input";
import type { Physics } from "./physics";
import type { Condition, ConditionRange, Problem } from "./problem";

/** Throws `InadmissibleInput` that names the key of the configuration, what was expected and what came. */
export function checkPhysics(problem: Problem, { parameters = {}, ranges = {}, porosity }: Physics): void {
  for (const [name, value] of Object.entries(parameters)) checkParameter(problem, name, value);
  for (const [name, range] of Object.entries(ranges)) {
    if (name in parameters)
      refuse(
        `problem.ranges.${name}`,
        `is drawn from its range, and problem.parameters.${name} fixes it`,
        "one of them only",
      );
    checkRange(problem, name, range, parameters);
  }
  if (porosity !== undefined) checkLaw(problem, porosity, { parameters, ranges });
}

function refuse(key: string, what: string, remedy: string): never {
  throw new InadmissibleInput(`configuration: ${key} ${what}. Remedy: ${remedy}`);
}

/** "thickness (m; electrode), kappa0 (S/m; conductivity of ..)" */
const listed = (ranges: readonly Pick<ConditionRange, "name" | "unit" | "meaning">[]): string =>
  ranges.map(({ name, unit, meaning }) => `${name} (${unit}; ${meaning})`).join(", ") || "none";

function checkParameter(problem: Problem, name: string, value: number): void {
  const key = `problem.parameters.${name}`;
  const extent = problem.domain.find(({ parameter }) => parameter === name);
  if (extent) {
    if (value > 0 && value < Infinity) return;
    return refuse(
      key,
      `is the length of the ${extent.name} axis, a positive number of metres, got ${value}`,
      "a length such as 1e-4",
    );
  }
  const range = problem.parameters?.find((r) => r.name === name);
  if (range) return void admissible("configuration", value, { ...range, name: key }, true);
  if (problem.conditions.some((r) => r.name === name))
    return refuse(
      key,
      `is a condition of ${problem.name}, which ensembles draw`,
      `problem.ranges.${name}=[least,greatest]`,
    );
  const names = new Set(problem.domain.flatMap(({ parameter = [] }) => parameter)); // axes may share one
  const lengths = [...names].map((parameter) => ({
    name: parameter,
    unit: "m",
    meaning: `length of ${problem.domain
      .filter((axis) => axis.parameter === parameter)
      .map((axis) => axis.name)
      .join(" and ")}`,
  }));
  refuse(key, `is no parameter of ${problem.name}`, `one of ${listed([...lengths, ...(problem.parameters ?? [])])}`);
}

function checkRange(
  problem: Problem,
  name: string,
  [min, max]: readonly [number, number],
  parameters: Condition,
): void {
  const key = `problem.ranges.${name}`;
  const range = [...problem.conditions, ...(problem.parameters ?? [])].find((r) => r.name === name);
  if (!range) return refuse(key, `is no condition of ${problem.name}`, `one of ${listed(problem.conditions)}`);
  const factor = lengthFactor(problem, range, parameters);
  const usual = `for instance [${factor * range.min}, ${factor * range.max}]`;
  for (const end of [min, max]) admissible("configuration", end, { ...range, name: key }, true);
  if (!(min < max)) refuse(key, `must grow from least to greatest, got [${min}, ${max}]`, usual);
  if (range.scale === "log" && !(min > 0))
    refuse(key, `is logarithmic, so it begins above zero, got [${min}, ${max}]`, usual);
  const [lowest, highest] = affineBounds(problem, parameters)[name] ?? [-Infinity, Infinity];
  if (min < lowest || max > highest) {
    refuse(
      key,
      `lies beyond [${lowest}, ${highest}], where the problem's affine functions hold, got [${min}, ${max}]`,
      "a narrower range",
    );
  }
}

function checkLaw(
  problem: Problem,
  change: NonNullable<Physics["porosity"]>,
  { parameters = {}, ranges = {} }: Physics,
): void {
  const { bounds, mean = 0, scale = 1, covariance, nugget = 0, correlationLength: length } = change;
  const { lengthCondition } = problem.porosity;
  const key = "problem.porosity";
  if (bounds && !(bounds[0] > 0 && bounds[0] < bounds[1] && bounds[1] <= 1))
    refuse(`${key}.bounds`, `must be 0 < least < greatest <= 1, got [${bounds.join(", ")}]`, "for instance [0.2, 0.5]");
  if (!Number.isFinite(mean))
    refuse(`${key}.mean`, `of the log-odds must be finite, got ${mean}`, "0 for the middle of the bounds");
  if (!(scale > 0 && scale < Infinity))
    refuse(`${key}.scale`, `of the log-odds must be positive, got ${scale}`, "for instance 1");
  if (covariance !== undefined && !covariances.includes(covariance))
    refuse(`${key}.covariance`, `must be one of ${covariances.join(", ")}, got ${String(covariance)}`, "one of them");
  if (!(nugget >= 0 && nugget < Infinity))
    refuse(`${key}.nugget`, `must be a variance, zero or positive, got ${nugget}`, "for instance 1e-4");
  if (length === undefined) return;
  if (typeof length === "number") {
    if (!(length > 0 && length < Infinity))
      refuse(`${key}.correlationLength`, `must be a positive number of metres, got ${length}`, "for instance 1e-5");
    if (lengthCondition !== undefined && lengthCondition in ranges)
      refuse(
        `${key}.correlationLength`,
        `is one number, and problem.ranges.${lengthCondition} is its range`,
        "one of them only",
      );
    if (lengthCondition !== undefined && problem.conditions.length === 1)
      refuse(`${key}.correlationLength`, `is the only condition of ${problem.name}`, "a range [least,greatest] of it");
    return;
  }
  if (lengthCondition === undefined)
    return refuse(
      `${key}.correlationLength`,
      `is no condition of ${problem.name} that could have a range`,
      "one number of metres",
    );
  checkRange(problem, lengthCondition, length, parameters);
}
