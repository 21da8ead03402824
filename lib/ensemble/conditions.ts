/**
 * Operating conditions z: drawing them from a problem's ranges, checking those that a user brings, and scaling them to
 * the features that a network sees: u in [-1, 1], affine in z, or in ln z where the range is logarithmic.
 */
import { UserError } from "../errors/user-error";
import type { Stream } from "../random/stream";
import type { Condition, ConditionRange, Problem } from "../transport/problem";

/**
 * `count` conditions, each quantity uniform (or log-uniform) over its range, a choice uniform over those from its
 * least to its greatest.
 * Condition i does not depend on `count`.
 */
export function drawConditions(p: Problem, count: number, s: Stream): Condition[] {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new UserError(`drawConditions: the number of conditions must be a positive whole number, got ${count}`);
  }
  const n = p.conditions.length;
  const u = s.uniforms(count * n);
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(p.conditions.map((range, a) => [range.name, valueAt(range, u[i * n + a])])),
  );
}

/**
 * How far the feature of a quantity may go beyond [-1, 1]: 1 + margin, or 1 where that would cross its limits or the
 * quantity is a choice.
 */
export function reachOf(range: ConditionRange, margin: number): number {
  if (range.choices) return 1;
  const [lowest, highest] = range.limits ?? [-Infinity, Infinity];
  const [below, above] = [valueAt(range, -margin / 2), valueAt(range, 1 + margin / 2)];
  return below >= lowest && above <= highest ? 1 + margin : 1;
}

/** The condition as features in [-1, 1], in the order of `p.conditions`; outside its ranges they go beyond. */
export function conditionFeatures(p: Problem, c: Condition): number[] {
  return p.conditions.map((range) => {
    const value = c[range.name];
    if (!(typeof value === "number") || !(range.scale === "log" ? value > 0 : Number.isFinite(value))) {
      throw new UserError(`conditionFeatures: ${expectation(p, range)}, got ${String(value)}`);
    }
    const at = range.scale === "log" ? Math.log : (v: number) => v;
    return (2 * (at(value) - at(range.min))) / (at(range.max) - at(range.min)) - 1;
  });
}

/**
 * Features of a condition for a network: a choice as one number for each of its values, 1 for the chosen one and 0 for
 * the others.
 */
export function encodedCondition(p: Problem, c: Condition): number[] {
  const scaled = conditionFeatures(p, c);
  return p.conditions.flatMap((range, a) =>
    range.choices ? valuesOf(range).map((value) => Number(c[range.name] === value)) : [scaled[a]],
  );
}

/** The length of `encodedCondition`. */
export function encodedCount(p: Problem): number {
  return p.conditions.reduce((sum, range) => sum + (range.choices ? valuesOf(range).length : 1), 0);
}

/** The values of a choice that ensembles draw. */
export function valuesOf(range: ConditionRange): number[] {
  return Array.from({ length: range.max - range.min + 1 }, (_, k) => range.min + k);
}

/**
 * Throws a UserError for a quantity that is missing, unknown, not a number or inadmissible, and for one outside the
 * range that ensembles are drawn from unless `allowOutside`.
 */
export function checkCondition(p: Problem, c: Condition, o: { allowOutside?: boolean } = {}): void {
  const parameters = p.parameters ?? [];
  const known = [...p.conditions, ...parameters].map((range) => range.name);
  for (const name of Object.keys(c)) {
    if (!known.includes(name)) {
      throw new UserError(`checkCondition: ${p.name} has no condition "${name}"; it has ${known.join(", ")}`);
    }
  }
  for (const range of p.conditions) check(p, range, c[range.name], o.allowOutside ?? false);
  for (const range of parameters) if (range.name in c) check(p, range, c[range.name], true);
}

/**
 * Refuses a value of a parameter other than the one at which all fields were solved that a model or its statistics were
 * made from: it would be ignored. Conditions are what they may be asked for.
 */
export function checkModelled(p: Problem, c: Condition): void {
  for (const { name, meaning, default: usual } of p.parameters ?? []) {
    if (!(name in c) || c[name] === usual) continue;
    const fixed = Number.isFinite(usual) ? `${name} = ${usual}` : `no ${name}`;
    throw new UserError(
      `${p.name}: the model was made with ${fixed} (${meaning}) and knows no other, got ${name} = ${c[name]}; ` +
        `it may be asked for ${p.conditions.map((range) => range.name).join(", ")}`,
    );
  }
}

/**
 * Does a value lie outside the range that ensembles draw from? One that went through a file or a logarithm may be a
 * rounding away from its end.
 */
export function isOutside({ min, max }: ConditionRange, value: number): boolean {
  const slack = 1e-12 * Math.max(Math.abs(min), Math.abs(max));
  return !(value >= min - slack && value <= max + slack);
}

/** The condition with what is left out at its default, checked; quantities may lie outside their ranges. */
export function completeCondition(p: Problem, c: Condition): Condition {
  const complete = { ...Object.fromEntries(p.conditions.map((range) => [range.name, range.default])), ...c };
  checkCondition(p, complete, { allowOutside: true });
  return complete;
}

function check(p: Problem, range: ConditionRange, value: number | undefined, allowOutside: boolean): void {
  const refuse = (why: string) => {
    throw new UserError(`checkCondition: ${expectation(p, range)}${why}, got ${String(value)}`);
  };
  if (typeof value !== "number" || !Number.isFinite(value)) return refuse("");
  if (range.choices && !(Number.isInteger(value) && value >= 0 && value < range.choices.length)) refuse("");
  const [lowest, highest] = range.limits ?? [-Infinity, Infinity];
  if (!(value >= lowest && value <= highest)) refuse(` within the limits [${lowest}, ${highest}]`);
  // A parameter's limits say whether it may be zero; a condition is a feature of networks by its logarithm.
  const positive = range.scale === "log" && (range.limits === undefined || p.conditions.includes(range));
  if (positive && !(value > 0)) refuse(" above zero");
  if (!allowOutside && isOutside(range, value)) {
    refuse(` within [${range.min}, ${range.max}]; outside it is extrapolation, which must be allowed explicitly`);
  }
}

function expectation(p: Problem, range: ConditionRange): string {
  const unit = range.unit === "" || range.unit === "1" ? "" : ` in ${range.unit}`;
  const what = range.choices
    ? `the number of a choice (${range.choices.map((name, i) => `${i} ${name}`).join(", ")})`
    : `a finite number${unit}`;
  return `${p.name} needs ${range.name} (${range.meaning}), ${what}`;
}

function valueAt(range: ConditionRange, u: number): number {
  if (range.choices) return range.min + Math.floor(u * (range.max - range.min + 1));
  if (range.scale === "log") return Math.exp(Math.log(range.min) + u * Math.log(range.max / range.min));
  return range.min + u * (range.max - range.min);
}
