/**
 * What a problem must hold to before ensembles, statistics and training can rely on it. Most mistakes in a new problem file are of
 * a few kinds; each is found here when the file is loaded, with words that say what to mend, instead of as NaN an hour later.
 */
import type { Channel } from "../fields/channel";
import type { Extent } from "../fields/grid";
import { covariances } from "../porosity/covariance";
import { checkAffineForm, type Refuse } from "./check-affine";
import { correlationLengths } from "./domain";
import { InadmissibleInput } from "./errors";
import type { ConditionRange, Problem } from "./problem";
import { checkSolver } from "./trial-solution";

/** Throws `InadmissibleInput` unless `value` is a complete Problem whose solver does what the interface says. */
export function checkProblem(where: string, value: unknown): asserts value is Problem {
  const refuse = (what: string): never => {
    throw new InadmissibleInput(`${where}: ${what}`);
  };
  if (typeof value !== "object" || value === null) return refuse(`a problem must be an object, got ${String(value)}`);
  const p = value as Problem;
  if (typeof p.name !== "string" || !/^[a-z][a-z0-9-]{0,63}$/.test(p.name)) {
    refuse(`name must be a word of small letters, digits and hyphens, got ${JSON.stringify(p.name)}`);
  }
  if (typeof p.title !== "string" || p.title === "") refuse("title must say in words what is solved");
  checkDomain(refuse, p);
  if (!Array.isArray(p.channels) || p.channels.length === 0) refuse("channels must name at least one field");
  if (!Array.isArray(p.conditions) || p.conditions.length === 0) refuse("conditions must name at least one quantity");
  checkWords(refuse, p);
  for (const channel of p.channels) checkDisplay(refuse, channel);
  for (const range of [...p.conditions, ...(p.parameters ?? [])]) checkRange(refuse, range);
  checkReference(refuse, p);
  checkAffineForm(refuse, p);
  checkPorosity(refuse, p);
  if (typeof p.solver !== "function") refuse("solver must be a function from a grid to a solver");
  checkSolver(refuse, p);
}

function checkDomain(refuse: Refuse, { domain }: Problem): void {
  const example = '[{ name: "x", length: 1e-3, cells: 100 }]';
  if (!Array.isArray(domain) || domain.length === 0) {
    refuse(`domain must list its axes, each with name, length (m) and usual number of cells: ${example}`);
  }
  for (const { name, length, cells } of domain as readonly Partial<Extent>[]) {
    if (typeof name !== "string" || !/^[A-Za-z]\w{0,31}$/.test(name)) {
      refuse(`each axis of the domain needs a name of letters, digits and _, got ${JSON.stringify(name)}; ${example}`);
    }
    if (!(typeof length === "number" && length > 0 && length < Infinity)) {
      refuse(`the length of the axis ${name} must be a positive number of metres, got ${String(length)}`);
    }
    if (!Number.isSafeInteger(cells) || !(Number(cells) >= 2)) {
      refuse(`the cells of the axis ${name} must be a whole number of at least 2, got ${String(cells)}`);
    }
  }
}

function checkDisplay(refuse: Refuse, { name, relativeTo }: Channel): void {
  if (relativeTo === undefined) return;
  if (typeof relativeTo?.symbol !== "string" || !Number.isFinite(relativeTo.value)) {
    refuse(`relativeTo of ${name} needs a symbol and a finite value in the channel's unit`);
  }
}

/** A reference names conditions only, each with a number. */
function checkReference(refuse: Refuse, { conditions, reference = {} }: Problem): void {
  for (const [name, value] of Object.entries(reference)) {
    if (!conditions.some((range) => range.name === name)) refuse(`reference names "${name}", which is no condition`);
    if (!Number.isFinite(value)) refuse(`reference needs a finite number for ${name}, got ${String(value)}`);
  }
}

/** The law of the porosity, and its correlation length at both ends and at the default of all conditions. */
function checkPorosity(refuse: Refuse, p: Problem): void {
  const { law, covariance, nugget, correlationLength } = p.porosity ?? {};
  if (!(law?.epsMin > 0 && law.epsMin < law.epsMax && law.epsMax <= 1)) {
    refuse(`porosity.law needs 0 < epsMin < epsMax <= 1, got ${law?.epsMin} and ${law?.epsMax}`);
  }
  if (!covariances.includes(covariance)) {
    refuse(`porosity.covariance must be one of ${covariances.join(", ")}, got ${String(covariance)}`);
  }
  if (!(nugget >= 0)) refuse(`porosity.nugget must be at least 0, got ${nugget}`);
  if (typeof correlationLength !== "function") {
    refuse("porosity.correlationLength must be a function from a condition to metres: ({ l }) => l, or () => 1e-5");
  }
  for (const end of ["min", "default", "max"] as const) {
    const condition = Object.fromEntries(p.conditions.map((range) => [range.name, range[end]]));
    try {
      correlationLengths(p, condition);
    } catch (error) {
      refuse((error as Error).message);
    }
  }
}

function checkWords(refuse: Refuse, p: Problem): void {
  const axes = p.domain.map(({ name }) => name);
  const all = [...p.channels, ...p.conditions, ...(p.parameters ?? [])];
  const names = all.map(({ name }) => name);
  for (const [i, { name, symbol, unit }] of all.entries()) {
    if (typeof name !== "string" || !/^[A-Za-z]\w{0,31}$/.test(name)) {
      refuse(`${JSON.stringify(name)} is no name for a channel or condition: letters, digits and _ only`);
    }
    if (names.indexOf(name) !== i || [...axes, "eps"].includes(name)) refuse(`two quantities are called "${name}"`);
    if (typeof symbol !== "string" || typeof unit !== "string") refuse(`${name} needs a symbol and a unit`);
  }
}

function checkRange(refuse: Refuse, { name, min, max, scale, default: usual, meaning }: ConditionRange): void {
  const numbers = Number.isFinite(min) && Number.isFinite(max) && typeof usual === "number" && !Number.isNaN(usual);
  if (!numbers || min > max) refuse(`${name} needs finite min <= max and a default, got ${min}, ${max}, ${usual}`);
  if (scale !== "linear" && scale !== "log") refuse(`the scale of ${name} must be "linear" or "log", got ${scale}`);
  if (scale === "log" && !(min > 0)) refuse(`${name} has a logarithmic range, so its min must be positive, got ${min}`);
  if (typeof meaning !== "string" || meaning === "") refuse(`${name} needs a meaning in words`);
}
