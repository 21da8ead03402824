/**
 * What a problem must hold to before ensembles, statistics and training can rely on it. Most mistakes in a new problem
 * file are of a few kinds; each is found here when the file is loaded, with words that say what to mend, instead of as
 * NaN an hour later.
 */
import * as path from "node:path";
import { shown, thrownIn } from "../errors/own-code";
import type { Channel } from "../fields/channel";
import type { Extent } from "../fields/grid";
import { covariances } from "../porosity/covariance";
import { type Check, checkAffineForm, type Refuse } from "./check-affine";
import { correlationLengths } from "./domain";
import { InadmissibleInput } from "./errors";
import type { ConditionRange, Problem } from "./problem";
import { checkSolver } from "./trial-solution";

/** Refused by a check: says the file and the part already. */
class Refused extends InadmissibleInput {}

/**
 * Throws `InadmissibleInput` unless `value` is a complete Problem whose solver does what the interface says. `where`:
 * the problem's file, or its name. What the file's own code throws while it is looked at is told with its place in the
 * file.
 */
export function checkProblem(where: string, value: unknown): asserts value is Problem {
  const refuse = (what: string): never => {
    throw new Refused(`${where}: ${what}`);
  };
  const during: Check["during"] = (part, work) => {
    try {
      return work();
    } catch (error) {
      if (error instanceof Refused) throw error;
      return refuse(`${part} ended in ${thrownIn(where, path.resolve(where), error)}`);
    }
  };
  if (typeof value !== "object" || value === null) return refuse(`problem must be an object, got ${shown(value)}`);
  const p = value as Problem;
  const check = { refuse, during };
  for (const [part, look] of parts) during(`reading ${part}`, () => look(check, p));
}

/** In the order in which they are relied upon. */
const parts: readonly (readonly [part: string, look: (check: Check, p: Problem) => void])[] = [
  ["name and title", ({ refuse }, p) => checkTitle(refuse, p)],
  ["domain", ({ refuse }, p) => checkDomain(refuse, p)],
  ["channels", ({ refuse }, p) => checkChannels(refuse, p)],
  ["conditions", ({ refuse }, { conditions }) => checkRanges(refuse, "conditions", conditions)],
  ["parameters", ({ refuse }, { parameters = [] }) => checkRanges(refuse, "parameters", parameters)],
  ["names", ({ refuse }, p) => checkWords(refuse, p)],
  ["reference", ({ refuse }, p) => checkReference(refuse, p)],
  ["affine", ({ refuse }, p) => checkAffineForm(refuse, p)],
  ["porosity", (check, p) => checkPorosity(check, p)],
  ["faces, jacobian and battery", ({ refuse }, p) => checkOptionalFunctions(refuse, p)],
  ["solver", checkSolver],
];

/** Refuses what is no list of objects, or an empty one; an entry that is none is named by its number. */
function checkObjects(refuse: Refuse, part: string, list: unknown, each: string): void {
  if (!Array.isArray(list)) refuse(`${part} must be a list of objects, each with ${each}, got ${shown(list)}`);
  for (const [i, entry] of (list as readonly unknown[]).entries()) {
    if (typeof entry === "object" && entry !== null) continue;
    refuse(`${part}[${i}] must be an object with ${each}, got ${shown(entry)}`);
  }
}

function checkTitle(refuse: Refuse, { name, title }: Problem): void {
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
    refuse(`name must be a word of small letters, digits and hyphens, got ${shown(name)}`);
  }
  if (typeof title !== "string" || title === "") refuse(`title must say in words what is solved, got ${shown(title)}`);
}

function checkOptionalFunctions(refuse: Refuse, { faces, jacobian, battery }: Problem): void {
  for (const [name, value] of Object.entries({ faces, jacobian, battery })) {
    if (value === undefined || typeof value === "function") continue;
    refuse(`${name} must be a function, or be left out, got ${shown(value)}`);
  }
}

function checkDomain(refuse: Refuse, { domain }: Problem): void {
  const example = '[{ name: "x", length: 1e-3, cells: 100 }]';
  if (!Array.isArray(domain) || domain.length === 0) {
    refuse(`domain must list its axes, each with name, length (m) and usual number of cells: ${example}`);
  }
  checkObjects(refuse, "domain", domain, "name, length and cells");
  for (const { name, length, cells } of domain as readonly Partial<Extent>[]) {
    if (typeof name !== "string" || !/^[A-Za-z]\w{0,31}$/.test(name)) {
      refuse(`each axis of the domain needs a name of letters, digits and _, got ${shown(name)}; ${example}`);
    }
    if (!(typeof length === "number" && length > 0 && length < Infinity)) {
      refuse(`the length of the axis ${name} must be a positive number of metres, got ${shown(length)}`);
    }
    if (!Number.isSafeInteger(cells) || !(Number(cells) >= 2)) {
      refuse(`the cells of the axis ${name} must be a whole number of at least 2, got ${shown(cells)}`);
    }
  }
}

function checkChannels(refuse: Refuse, { channels }: Problem): void {
  checkObjects(refuse, "channels", channels, "name, symbol and unit");
  if (channels.length === 0) refuse("channels must name at least one field");
  for (const { name, relativeTo } of channels) {
    checkDisplay(refuse, typeof name === "string" ? name : shown(name), relativeTo);
  }
}

function checkDisplay(refuse: Refuse, name: string, relativeTo: Channel["relativeTo"] | null): void {
  if (relativeTo === undefined) return;
  if (typeof relativeTo?.symbol !== "string" || !Number.isFinite(relativeTo.value)) {
    refuse(`relativeTo of ${name} needs a symbol and a finite value in the channel's unit, got ${shown(relativeTo)}`);
  }
}

/** A reference names conditions only, each with a number. */
function checkReference(refuse: Refuse, { conditions, reference = {} }: Problem): void {
  if (typeof reference !== "object" || reference === null) {
    refuse(`reference must be an object of conditions and their values, got ${shown(reference)}`);
  }
  for (const [name, value] of Object.entries(reference)) {
    if (!conditions.some((range) => range.name === name)) refuse(`reference names "${name}", which is no condition`);
    if (!Number.isFinite(value)) refuse(`reference needs a finite number for ${name}, got ${shown(value)}`);
  }
}

/** The law of the porosity, and its correlation length at both ends and at the default of all conditions. */
function checkPorosity({ refuse, during }: Check, p: Problem): void {
  const { law, covariance, nugget, correlationLength } = p.porosity ?? {};
  const bounds = [law?.epsMin, law?.epsMax].every(Number.isFinite);
  if (!(bounds && law.epsMin > 0 && law.epsMin < law.epsMax && law.epsMax <= 1)) {
    refuse(`porosity.law needs 0 < epsMin < epsMax <= 1, got ${shown(law?.epsMin)} and ${shown(law?.epsMax)}`);
  }
  if (!covariances.includes(covariance)) {
    refuse(`porosity.covariance must be one of ${covariances.join(", ")}, got ${shown(covariance)}`);
  }
  if (!(Number.isFinite(nugget) && nugget >= 0)) refuse(`porosity.nugget must be at least 0, got ${shown(nugget)}`);
  if (typeof correlationLength !== "function") {
    refuse("porosity.correlationLength must be a function from a condition to metres: ({ l }) => l, or () => 1e-5");
  }
  for (const end of ["min", "default", "max"] as const) {
    const condition = Object.fromEntries(p.conditions.map((range) => [range.name, range[end]]));
    during("porosity.correlationLength", () => {
      try {
        correlationLengths(p, condition);
      } catch (error) {
        if (error instanceof InadmissibleInput) refuse(error.message);
        throw error;
      }
    });
  }
}

function checkWords(refuse: Refuse, p: Problem): void {
  const axes = p.domain.map(({ name }) => name);
  const all = [...p.channels, ...p.conditions, ...(p.parameters ?? [])];
  const names = all.map(({ name }) => name);
  for (const [i, { name, symbol, unit }] of all.entries()) {
    if (typeof name !== "string" || !/^[A-Za-z]\w{0,31}$/.test(name)) {
      refuse(`${shown(name)} is no name for a channel or condition: letters, digits and _ only`);
    }
    if (names.indexOf(name) !== i || [...axes, "eps"].includes(name)) refuse(`two quantities are called "${name}"`);
    if (typeof symbol !== "string" || typeof unit !== "string") refuse(`${name} needs a symbol and a unit in words`);
  }
}

function checkRanges(refuse: Refuse, part: "conditions" | "parameters", ranges: readonly ConditionRange[]): void {
  checkObjects(refuse, part, ranges, "name, symbol, unit, meaning, min, max, scale and default");
  if (part === "conditions" && ranges.length === 0) refuse("conditions must name at least one quantity");
  for (const range of ranges) checkRange(refuse, range);
}

function checkRange(refuse: Refuse, range: ConditionRange): void {
  const { min, max, scale, default: usual, meaning, limits, choices } = range;
  const name = typeof range.name === "string" ? range.name : shown(range.name);
  const numbers = Number.isFinite(min) && Number.isFinite(max) && typeof usual === "number" && !Number.isNaN(usual);
  if (!numbers || min > max) {
    refuse(`${name} needs finite min <= max and a default, got ${shown(min)}, ${shown(max)}, ${shown(usual)}`);
  }
  if (scale !== "linear" && scale !== "log") {
    refuse(`the scale of ${name} must be "linear" or "log", got ${shown(scale)}`);
  }
  if (scale === "log" && !(min > 0)) refuse(`${name} has a logarithmic range, so its min must be positive, got ${min}`);
  if (typeof meaning !== "string" || meaning === "") refuse(`${name} needs a meaning in words, got ${shown(meaning)}`);
  if (
    limits !== undefined &&
    !(
      Array.isArray(limits) &&
      limits.length === 2 &&
      limits.every((v) => typeof v === "number") &&
      limits[0] <= limits[1]
    )
  ) {
    refuse(`the limits of ${name} must be two numbers, the lowest and the highest, got ${shown(limits)}`);
  }
  const words = Array.isArray(choices) && choices.length > 0 && choices.every((word) => typeof word === "string");
  if (choices !== undefined && !words) refuse(`the choices of ${name} must be a list of words, got ${shown(choices)}`);
}
