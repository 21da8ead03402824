/**
 * Conduction in a porous rod, the general form of the study:  div(k grad phi) = f  on [0, L], L = 1 m by default,
 *   k(x) = kappa0 eps^b                                          (S/m; eps itself unless parameters say otherwise),
 *   f(x) = amplitude exp(-((x - centre) / width)^2 / 2)  (A/m3, a sink of current where positive),
 * each end a given potential (Dirichlet), a given current (Neumann) or a film of conductance H, 1 S/m2 (Robin):
 *   left   phi(0) = 0           |  k phi'(0) = 0     |  k phi'(0) = H phi(0)
 *   right  phi(L) = load        |  k phi'(L) = load  |  k phi'(L) = H (load - phi(L)).
 * The pair of kinds is the condition `boundary`. Eight pairs are drawn; the ninth, two currents, has a solution only
 * where load = integral of f, and then up to a constant (here of zero mean).
 *
 * In y = x / L the equation reads  d/dy (k / L dphi/dy) = L f(y),
 * with currents k / L dphi/dy at the ends: a rod of length L with kappa0 and amplitude has the potential of one of 1 m
 * with kappa0 / L and L amplitude. Places and widths of sources, and correlation lengths, are drawn in proportion to L.
 * Load, amplitude and film keep their ranges, which suit k / L of about 1 S/m2.
 *
 * Two given potentials leave the porosity exactly non-identifiable: every k = (C + integral of f from 0 to
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
const LENGTH = 1; // m, published
/** The parameter that sets L. */
const LENGTH_NAME = "length";

const kinds = ["Dirichlet", "Neumann", "Robin"] as const;
const pairs = kinds
  .flatMap((left) => kinds.map((right) => [left, right] as const))
  .sort((a, b) => Number(floating(a)) - Number(floating(b))); // the pair without a level comes last, and is not drawn

/** Names of the boundary configurations, left end first; the value of `boundary` is an index into them. */
export const boundaryConfigurations: readonly string[] = pairs.map((pair) => pair.join("-"));

function floating([left, right]: readonly [string, string]): boolean {
  return left === "Neumann" && right === "Neumann";
}

const kappa0: ConditionRange = {
  name: "kappa0",
  symbol: "κ₀",
  unit: "S/m",
  meaning: "conductivity of what fills the pores",
  min: 0.1,
  max: 10,
  scale: "log",
  default: 1,
  limits: positive,
};
const bruggeman: ConditionRange = {
  name: "bruggeman",
  symbol: "b",
  unit: "1",
  meaning: "exponent b of k = kappa0 eps^b",
  min: 1,
  max: 4,
  scale: "linear",
  default: 1,
  limits: [0, 20],
};
const film: ConditionRange = {
  name: "film",
  symbol: "H",
  unit: "S/m2",
  meaning: "conductance of the film at a Robin end",
  min: 0.1,
  max: 10,
  scale: "log",
  default: 1,
  limits: positive,
};

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
  proportionalTo: LENGTH_NAME,
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
  proportionalTo: LENGTH_NAME,
};

export interface Ends {
  readonly left: Boundary;
  readonly right: Boundary;
}

/** The ends that a condition describes; `where` is named in errors. */
export function ends(condition: Condition, where = NAME): Ends {
  const value = valueOf(where, condition, load, true);
  const [left, right] = pairs[valueOf(where, condition, configuration, true)];
  const transfer = valueOf(where, condition, film, false);
  return { left: endOf(left, 0, transfer), right: endOf(right, value, transfer) };
}

function endOf(kind: (typeof kinds)[number], value: number, transfer: number): Boundary {
  switch (kind) {
    case "Dirichlet":
      return { kind: "value", onFace: value };
    case "Neumann":
      return { kind: "flux", outward: 0 - value };
    case "Robin":
      return { kind: "robin", transfer, outside: value };
  }
}

function material(condition: Condition): { readonly k0: number; readonly b: number } {
  return { k0: valueOf(NAME, condition, kappa0, false), b: valueOf(NAME, condition, bruggeman, false) };
}

function solvePotential(potential: Potential, eps: Float64Array, condition: Condition): Ends {
  const { cells, centres } = potential.axis;
  checkPorosityProfile(NAME, eps, cells);
  const height = valueOf(NAME, condition, amplitude, true);
  const at = valueOf(NAME, condition, centre, true);
  const over = valueOf(NAME, condition, width, true);
  const { k0, b } = material(condition);
  for (let i = 0; i < cells; i++) {
    const s = (centres[i] - at) / over;
    potential.conductivity[i] = k0 * (b === 1 ? eps[i] : Math.pow(eps[i], b));
    potential.source[i] = -height * Math.exp(-0.5 * s * s);
  }
  const both = ends(condition);
  potential.solve(both.left, both.right);
  return both;
}

/**
 * Functions of the series, in x / L, that holds the sources to 1e-4, and the fields, which integrate them twice, to
 * 1e-6.
 */
const SOURCES = 23;
let made: SourceSeries | undefined;
const sources = (): SourceSeries =>
  (made ??= sourceSeries({ length: 1, centre: [centre.min, centre.max], width: [width.min, width.max] }, SOURCES));

/** v = (load, amplitude s_b(centre / L, width / L)). */
const affine: AffineFunctions = {
  conditions: ["load", "amplitude", "centre", "width"],
  count: 1 + SOURCES,
  at: ({ load, amplitude, centre, width, [LENGTH_NAME]: L = LENGTH }) => [
    load,
    ...Array.from(sources().coefficients(centre / L, width / L), (s) => amplitude * s),
  ],
  accuracy: 1e-5,
  holdsWithin: { centre: [centre.min, centre.max], width: [width.min, width.max] },
};

function solver(grid: Grid, { precision = "double" }: SolverOptions = {}): FieldSolver {
  if (precision !== "double") {
    throw new InadmissibleInput(`${NAME}: precision must be "double" (only the published problem imitates single)`);
  }
  const potential = new Potential(onlyAxis(grid, NAME));
  const [jumps, b] = [new Float64Array(grid.cells), new Float64Array(grid.cells)];
  let series: readonly Float64Array[] | undefined; // e_b(x / L) h at the centres, for each x
  return {
    solve(eps, condition, out, offset = 0) {
      solvePotential(potential, eps, condition);
      for (let i = 0; i < grid.cells; i++) out[offset + i] = potential.level + potential.shape[i];
      requireFinite(NAME, "phi", out.subarray(offset, offset + grid.cells));
    },
    solveResponses(eps, condition, out, offset = 0) {
      const { cells, h, centres, length } = onlyAxis(grid, NAME);
      series ??= Array.from(centres, (x) =>
        sources()
          .functions(x / length)
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
  const { k0, b } = material(condition);
  const conductivity = eps.map((e) => k0 * b * Math.pow(e, b - 1));
  return potentialSensitivity(potential, { conductivity, reaction: new Float64Array(grid.cells), ...both }).phi;
}

export const conduction: Problem = {
  name: NAME,
  title: "Conduction between two ends",
  domain: [{ name: "x", length: LENGTH, cells: 100, parameter: LENGTH_NAME }],
  channels: [{ name: "phi", symbol: "φ", unit: "V" }],
  conditions: [correlationLength(LENGTH, LENGTH_NAME), configuration, load, amplitude, centre, width],
  parameters: [kappa0, bruggeman, film],
  affine,
  porosity: publishedPorosity,
  solver,
  faces: (condition) => {
    const { left, right } = ends(condition);
    return [[faceValueOf(left), faceValueOf(right)]];
  },
  jacobian,
};
