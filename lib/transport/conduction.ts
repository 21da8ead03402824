/**
 * Conduction in a porous rod, the general form of the study:  div(eps grad phi) = f  on [0, L], L = 1 m,
 *   f(x) = amplitude exp(-((x - centre) / width)^2 / 2)  (A/m3, a sink of current where positive),
 * each end a given potential (Dirichlet), a given current (Neumann) or a film of 1 S/m2 (Robin):
 *   left   phi(0) = 0           |  eps phi'(0) = 0     |  eps phi'(0) = phi(0)
 *   right  phi(L) = load        |  eps phi'(L) = load  |  eps phi'(L) = load - phi(L).
 * The pair of kinds is the condition `boundary`. Eight pairs are drawn; the ninth, two currents, has a solution only
 * where load = integral of f, and then up to a constant (here of zero mean).
 *
 * Two given potentials leave the porosity exactly non-identifiable: every eps = (C + integral of f from 0 to
 * x) / phi'(x) that is positive gives the same phi, for a one-parameter family of C. A given current at an end fixes C.
 */
import { type Grid, onlyAxis } from "../fields/grid";
import type { AffineFunctions } from "./affine";
import { type Boundary, faceValueOf } from "./boundary";
import { InadmissibleInput } from "./errors";
import { type SourceSeries, sourceSeries } from "./gaussian-sources";
import { requireFinite } from "./fields";
import { checkPorosityProfile, valueOf } from "./input";
import { Potential } from "./potential";
import { potentialSensitivity } from "./potential-sensitivity";
import type { Condition, ConditionRange, FieldSolver, Problem, SolverOptions } from "./problem";
import { positive } from "./electrolyte";
import { correlationLength, publishedPorosity } from "./published-conditions";

const NAME = "conduction";
const LENGTH = 1;
/** Conductance of a film, S/m2. */
const FILM = 1;

const kinds = ["Dirichlet", "Neumann", "Robin"] as const;
const pairs = kinds
  .flatMap((left) => kinds.map((right) => [left, right] as const))
  .sort((a, b) => Number(floating(a)) - Number(floating(b))); // the pair without a level comes last, and is not drawn

/** Names of the boundary configurations, left end first; the value of `boundary` is an index into them. */
export const boundaryConfigurations: readonly string[] = pairs.map((pair) => pair.join("-"));

function floating([left, right]: readonly [string, string]): boolean {
  return left === "Neumann" && right === "Neumann";
}

export const configuration: ConditionRange = {
  name: "boundary",
  symbol: "boundary",
  unit: "1",
  meaning: "kinds of the two ends",
  min: 0,
  max: pairs.length - 2,
  scale: "linear",
  default: 0,
  limits: [0, pairs.length - 1],
  choices: boundaryConfigurations,
};
export const load: ConditionRange = {
  name: "load",
  symbol: "load",
  unit: "V or A/m2",
  meaning: "potential at or beyond the right end, or the current that enters there",
  min: -1,
  max: 1,
  scale: "linear",
  default: 1,
};
export const amplitude: ConditionRange = {
  name: "amplitude",
  symbol: "f₀",
  unit: "A/m3",
  meaning: "height of the source",
  min: -2,
  max: 2,
  scale: "linear",
  default: 1,
};
const centre: ConditionRange = {
  name: "centre",
  symbol: "x_f",
  unit: "m",
  meaning: "place of the source",
  min: 0.2,
  max: 0.8,
  scale: "linear",
  default: 0.5,
};
const width: ConditionRange = {
  name: "width",
  symbol: "w_f",
  unit: "m",
  meaning: "width of the source",
  min: 0.05,
  max: 0.3,
  scale: "log",
  default: 0.1,
  limits: positive,
};

export interface Ends {
  readonly left: Boundary;
  readonly right: Boundary;
}

/** The ends that a condition describes; `where` is named in errors. */
export function ends(condition: Condition, where = NAME): Ends {
  const value = valueOf(where, condition, load, true);
  const [left, right] = pairs[valueOf(where, condition, configuration, true)];
  return { left: endOf(left, 0), right: endOf(right, value) };
}

function endOf(kind: (typeof kinds)[number], value: number): Boundary {
  switch (kind) {
    case "Dirichlet":
      return { kind: "value", onFace: value };
    case "Neumann":
      return { kind: "flux", outward: 0 - value };
    case "Robin":
      return { kind: "robin", transfer: FILM, outside: value };
  }
}

function solvePotential(potential: Potential, eps: Float64Array, condition: Condition): Ends {
  const { cells, centres } = potential.axis;
  checkPorosityProfile(NAME, eps, cells);
  const height = valueOf(NAME, condition, amplitude, true);
  const at = valueOf(NAME, condition, centre, true);
  const over = valueOf(NAME, condition, width, true);
  for (let i = 0; i < cells; i++) {
    const s = (centres[i] - at) / over;
    potential.conductivity[i] = eps[i];
    potential.source[i] = -height * Math.exp(-0.5 * s * s);
  }
  const both = ends(condition);
  potential.solve(both.left, both.right);
  return both;
}

/** Functions of the series that holds the sources to 1e-4, and the fields, which integrate them twice, to 1e-6. */
const SOURCES = 23;
let made: SourceSeries | undefined;
const sources = (): SourceSeries =>
  (made ??= sourceSeries({ length: LENGTH, centre: [centre.min, centre.max], width: [width.min, width.max] }, SOURCES));

/** v = (load, amplitude s_b(centre, width)). */
const affine: AffineFunctions = {
  conditions: ["load", "amplitude", "centre", "width"],
  count: 1 + SOURCES,
  at: (z) => [z.load, ...Array.from(sources().coefficients(z.centre, z.width), (s) => z.amplitude * s)],
  accuracy: 1e-5,
  holdsWithin: { centre: [centre.min, centre.max], width: [width.min, width.max] },
};

function solver(grid: Grid, { precision = "double" }: SolverOptions = {}): FieldSolver {
  if (precision !== "double") {
    throw new InadmissibleInput(`${NAME}: precision must be "double" (only the published problem imitates single)`);
  }
  const potential = new Potential(onlyAxis(grid, NAME));
  const [jumps, b] = [new Float64Array(grid.cells), new Float64Array(grid.cells)];
  let series: readonly Float64Array[] | undefined; // e_b(x) h at the centres, for each x
  return {
    solve(eps, condition, out, offset = 0) {
      solvePotential(potential, eps, condition);
      for (let i = 0; i < grid.cells; i++) out[offset + i] = potential.level + potential.shape[i];
      requireFinite(NAME, "phi", out.subarray(offset, offset + grid.cells));
    },
    solveResponses(eps, condition, out, offset = 0) {
      const { cells, h, centres } = onlyAxis(grid, NAME);
      series ??= Array.from(centres, (x) =>
        sources()
          .functions(x)
          .map((e) => e * h),
      );
      solvePotential(potential, eps, { ...condition, load: 1, amplitude: 0 });
      for (let i = 0; i < cells; i++) out[offset + i] = potential.level + potential.shape[i];
      for (let s = 0; s < SOURCES; s++) {
        for (let i = 0; i < cells; i++) b[i] = -series[i][s];
        const level = potential.respond(b, jumps);
        const at = offset + (1 + s) * cells;
        for (let i = 0; i < cells; i++) out[at + i] = level + b[i];
      }
    },
  };
}

function jacobian(grid: Grid, eps: Float64Array, condition: Condition): Float64Array {
  const potential = new Potential(onlyAxis(grid, NAME));
  const both = solvePotential(potential, eps, condition);
  const conductivity = new Float64Array(grid.cells).fill(1);
  return potentialSensitivity(potential, { conductivity, reaction: new Float64Array(grid.cells), ...both }).phi;
}

export const conduction: Problem = {
  name: NAME,
  title: "Conduction between two ends",
  domain: [{ name: "x", length: LENGTH, cells: 100 }],
  channels: [{ name: "phi", symbol: "φ", unit: "V" }],
  conditions: [correlationLength(LENGTH), configuration, load, amplitude, centre, width],
  affine,
  porosity: publishedPorosity,
  solver,
  faces: (condition) => {
    const { left, right } = ends(condition);
    return [[faceValueOf(left), faceValueOf(right)]];
  },
  jacobian,
};
