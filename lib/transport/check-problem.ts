/**
 * What a problem must hold to before ensembles, statistics and training can rely on it. Most mistakes in a new problem file are of
 * a few kinds; each is found here when the file is loaded, with words that say what to mend, instead of as NaN an hour later.
 */
import { covariances } from "../porosity/covariance";
import { checkAffine, checkAffineForm, type Refuse } from "./check-affine";
import { InadmissibleInput } from "./errors";
import { uniformGrid } from "./grid";
import type { Condition, ConditionRange, Problem } from "./problem";

/** Cells of the trial solution. */
const CELLS = 24;

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
  if (!(p.length > 0 && p.length < Infinity)) refuse(`length must be a positive number of metres, got ${p.length}`);
  if (!Number.isSafeInteger(p.defaultCells) || p.defaultCells < 2) {
    refuse(`defaultCells must be a whole number of at least 2, got ${p.defaultCells}`);
  }
  if (!Array.isArray(p.channels) || p.channels.length === 0) refuse("channels must name at least one field");
  if (!Array.isArray(p.conditions) || p.conditions[0]?.name !== "l") {
    refuse('the first of the conditions must be "l", the correlation length of the porosity in m');
  }
  checkWords(refuse, p);
  for (const range of [...p.conditions, ...(p.parameters ?? [])]) checkRange(refuse, range);
  if (!(p.conditions[0].min > 0)) refuse(`l must be positive, its range begins at ${p.conditions[0].min}`);
  checkAffineForm(refuse, p);
  const { law, covariance, nugget } = p.porosity ?? {};
  if (!(law?.epsMin > 0 && law.epsMin < law.epsMax && law.epsMax <= 1)) {
    refuse(`porosity.law needs 0 < epsMin < epsMax <= 1, got ${law?.epsMin} and ${law?.epsMax}`);
  }
  if (!covariances.includes(covariance)) {
    refuse(`porosity.covariance must be one of ${covariances.join(", ")}, got ${String(covariance)}`);
  }
  if (!(nugget >= 0)) refuse(`porosity.nugget must be at least 0, got ${nugget}`);
  if (typeof p.solver !== "function") refuse("solver must be a function from a grid to a solver");
  checkSolver(refuse, p);
}

function checkWords(refuse: Refuse, p: Problem): void {
  const all = [...p.channels, ...p.conditions, ...(p.parameters ?? [])];
  const names = all.map(({ name }) => name);
  for (const [i, { name, symbol, unit }] of all.entries()) {
    if (typeof name !== "string" || !/^[A-Za-z]\w{0,31}$/.test(name)) {
      refuse(`${JSON.stringify(name)} is no name for a channel or condition: letters, digits and _ only`);
    }
    if (names.indexOf(name) !== i || ["x", "eps"].includes(name)) refuse(`two quantities are called "${name}"`);
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

/** A trial on a small grid: finite numbers, in their place and nowhere else, the same twice, and affine where that is claimed. */
function checkSolver(refuse: Refuse, p: Problem): void {
  const grid = uniformGrid(CELLS, p.length);
  const { epsMin, epsMax } = p.porosity.law;
  const eps = grid.centres.map((x) => epsMin + (epsMax - epsMin) * (0.5 + 0.4 * Math.sin((9 * x) / p.length)));
  const solver = p.solver(grid);
  if (typeof solver?.solve !== "function") refuse("solver(grid) must return an object with a function solve");
  const size = p.channels.length * CELLS;
  const usual: Condition = Object.fromEntries(p.conditions.map((range) => [range.name, range.default]));
  const solve = (condition: Condition): Float64Array => {
    const out = new Float64Array(size + 2).fill(NaN);
    solver.solve(eps, condition, out, 1);
    if (!Number.isNaN(out[0]) || !Number.isNaN(out[size + 1])) {
      refuse("solve must write [channels, cells] into out from offset on, and nothing before or after");
    }
    const field = out.slice(1, size + 1);
    const bad = field.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) {
      const channel = p.channels[Math.floor(bad / CELLS)].name;
      refuse(
        `solve left ${channel} at ${field[bad]} in cell ${bad % CELLS} at the condition ${JSON.stringify(condition)}`,
      );
    }
    return field;
  };
  const first = solve(usual);
  checkAffine(refuse, p, { solver, eps, usual, solve });
  // A work space that is not cleared shows when the same is asked again after something else.
  if (solve(usual).some((v, i) => v !== first[i]))
    refuse("solve must give the same numbers for the same input every time");
}
