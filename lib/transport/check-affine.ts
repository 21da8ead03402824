/** What a problem claims of its affine functions (affine.ts), tried on its solver. */
import { shown } from "../errors/own-code";
import { type Affine, affineOf, isList } from "./affine";
import type { Condition, FieldSolver, Problem } from "./problem";

export type Refuse = (what: string) => never;

/** How a check speaks. */
export interface Check {
  /** Throws: what was expected, what came, the remedy. */
  readonly refuse: Refuse;
  /**
   * Does a piece of work that runs the file's own code; refuses what that throws, with the part and its place in the
   * file.
   */
  readonly during: <T>(part: string, work: () => T) => T;
}

/** Relative deviation from an affine function that round-off and a well-conditioned solver leave room for. */
const AFFINE = 1e-6;

/** A trial on a small grid: the solver, a porosity, the usual condition, and what solves and checks the result. */
export interface Trial {
  readonly solver: FieldSolver;
  readonly eps: Float64Array;
  readonly usual: Condition;
  /** For `eps`, or another porosity. */
  readonly solve: (condition: Condition, eps?: Float64Array) => Float64Array;
}

/** A list of conditions, or functions of conditions with the solver's own responses. */
export function checkAffineForm(refuse: Refuse, p: Problem): void {
  if ("affineIn" in p) refuse("affineIn is called affine now. Remedy: rename it");
  const affine = p.affine as Affine | undefined | null;
  const functions =
    typeof affine === "object" && affine !== null && !isList(affine) && typeof affine.at === "function"
      ? affine
      : undefined;
  if (!(functions || (affine !== undefined && affine !== null && isList(affine)))) {
    refuse(
      "affine must be a list of conditions, empty where the fields are affine in none, or functions of conditions: " +
        "{ conditions, count, at(z) }",
    );
  }
  if (functions && !(Number.isSafeInteger(functions.count) && functions.count >= 1)) {
    refuse(`affine.count must be the number of functions that at(z) returns, got ${shown(functions.count)}`);
  }
  if (functions && !Array.isArray(functions.conditions)) {
    refuse(`affine.conditions must be a list of names of conditions, got ${shown(functions.conditions)}`);
  }
  for (const name of affineOf(p).conditions) {
    const range = p.conditions.find((r) => r.name === name);
    if (!range) return refuse(`affine names ${shown(name)}, which is no condition`);
    if (range.choices) refuse(`affine names "${name}", which is a choice; a choice has no values in between`);
  }
}

/** The fields are what the claim says, at a point inside the box of its conditions. */
export function checkAffine(check: Check, p: Problem, trial: Trial): void {
  const { refuse } = check;
  const { affine } = p;
  const { found, expected, scale, accuracy } = isList(affine)
    ? throughTheCorner(affine, p, trial)
    : fromResponses(check, p, trial);
  const worst = found.reduce((a, v, i) => Math.max(a, Math.abs(v - expected[i])), 0);
  if (worst <= accuracy * scale) return;
  const claim = isList(affine) ? affine.join(" and ") : `functions of ${affine.conditions.join(" and ")}`;
  refuse(
    `affine claims that the fields are affine in ${claim}; they deviate from it by ` +
      `${((100 * worst) / scale).toPrecision(2)} %. Remedy: leave out what is not affine; an empty list is always ` +
      "right",
  );
}

interface Comparison {
  readonly found: Float64Array;
  readonly expected: Float64Array;
  /** The largest magnitude that took part. */
  readonly scale: number;
  readonly accuracy: number;
}

/**
 * A point inside the box against the corner and the edges: also sees a product of two conditions that are affine one by
 * one.
 */
function throughTheCorner(names: readonly string[], p: Problem, { usual, solve }: Trial): Comparison {
  const ranges = p.conditions.filter(({ name }) => names.includes(name));
  const ends = ranges.map(({ name, min, max }) => ({ name, min, max: max > min ? max : min + 1 }));
  const corner: Condition = { ...usual, ...Object.fromEntries(ends.map(({ name, min }) => [name, min])) };
  const origin = solve(corner);
  const expected = origin.slice();
  let scale = largest(origin);
  for (const [k, { name, max }] of ends.entries()) {
    const edge = solve({ ...corner, [name]: max });
    for (let i = 0; i < edge.length; i++) expected[i] += share(k) * (edge[i] - origin[i]);
    scale = Math.max(scale, largest(edge));
  }
  const inside = ends.map(({ name, min, max }, k) => [name, min + share(k) * (max - min)]);
  return { found: solve({ ...corner, ...Object.fromEntries(inside) }), expected, scale, accuracy: AFFINE };
}

/** The solver's responses, put together by the functions, against the field. */
function fromResponses({ refuse, during }: Check, p: Problem, { solver, eps, usual, solve }: Trial): Comparison {
  const { conditions, count, at, accuracy = AFFINE } = affineOf(p);
  const { solveResponses } = solver;
  if (typeof solveResponses !== "function")
    return refuse("affine functions need a solver with solveResponses, which writes the r_a");
  const ranges = p.conditions.filter(({ name }) => conditions.includes(name));
  const inside = {
    ...usual,
    ...Object.fromEntries(ranges.map(({ name, min, max }, k) => [name, min + share(k) * (max - min)])),
  };
  const found = solve(inside);
  const v = during("affine.at", () => at(inside));
  if (!Array.isArray(v)) refuse(`affine.at(z) must return a list of numbers, got ${shown(v)}`);
  if (v.length !== count) refuse(`affine.at(z) must return ${count} numbers, as affine.count says, got ${v.length}`);
  const responses = new Float64Array(count * found.length).fill(NaN);
  during(`solveResponses at the condition ${JSON.stringify(usual)}`, () =>
    solveResponses.call(solver, eps, usual, responses, 0),
  );
  const expected = new Float64Array(found.length);
  v.forEach((va, a) => {
    for (let i = 0; i < found.length; i++) expected[i] += va * responses[a * found.length + i];
  });
  const bad = expected.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) refuse(`solveResponses must write [functions, channels, cells]; together they give ${expected[bad]}`);
  return { found, expected, scale: largest(found), accuracy };
}

const share = (k: number): number => (0.37 + 0.61 * k) % 1;
const largest = (x: Float64Array): number => x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
