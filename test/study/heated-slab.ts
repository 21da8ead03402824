/**
 * A problem of one's own that shares no name, unit, length or number of cells with those of the study: a gas is drawn
 * through a heated porous slab,
 *   -(k T')' = q (1 - eps) on [0, L],  T'(0) = 0,  T(L) = T_L,   k = k0 (1 - eps)^1.5,
 *   u = G R T / (p eps): the velocity in the pores (m/s) of a mass flow G of ideal gas.
 * Both are affine in the heating q for a given porosity.
 */
import { type Grid, onlyAxis } from "../../lib/fields/grid";
import { conductances } from "../../lib/transport/conductances";
import { checkPorosityProfile, valueOf } from "../../lib/transport/input";
import type { ConditionRange, FieldSolver, Problem } from "../../lib/transport/problem";
import { eliminate, elimination, substitute } from "../../lib/transport/tridiagonal";

const name = "heated-slab";
const length = 0.02; // m
const outside = 300; // K
const gas = 287 / 1e5; // R / p of air, m3/(kg K)

const common = { scale: "linear" } as const;
const grain: ConditionRange = {
  ...common,
  name: "grain",
  symbol: "d",
  unit: "m",
  meaning: "correlation length of the porosity",
  min: length / 15,
  max: length / 4,
  scale: "log",
  default: length / 8,
  limits: [1e-12, 1e12],
};
const heating: ConditionRange = {
  ...common,
  name: "heating",
  symbol: "q",
  unit: "W/m3",
  meaning: "heating",
  min: 1e5,
  max: 1e6,
  default: 5e5,
};
const flow: ConditionRange = {
  ...common,
  name: "flow",
  symbol: "G",
  unit: "kg/(m2 s)",
  meaning: "mass flow of the gas",
  min: 0.1,
  max: 0.4,
  default: 0.2,
};

function solver(grid: Grid): FieldSolver {
  const { cells, h } = onlyAxis(grid, name);
  const [k, between, loss, T] = Array.from({ length: 4 }, () => new Float64Array(cells));
  const matrix = elimination(cells);
  return {
    solve(eps, condition, out, offset = 0) {
      checkPorosityProfile(name, eps, cells);
      const q = valueOf(name, condition, heating, true);
      const G = valueOf(name, condition, flow, true);
      for (let i = 0; i < cells; i++) {
        k[i] = 2 * (1 - eps[i]) ** 1.5;
        T[i] = q * (1 - eps[i]) * h;
      }
      loss.fill(0);
      loss[cells - 1] = (2 * k[cells - 1]) / h; // half a cell to the face; T counts from there
      eliminate(matrix, conductances(k, h, between), loss);
      substitute(matrix, T);
      for (let i = 0; i < cells; i++) {
        out[offset + i] = outside + T[i];
        out[offset + cells + i] = (G * gas * (outside + T[i])) / eps[i];
      }
    },
  };
}

export const problem: Problem = {
  name,
  title: "Gas through a heated porous slab",
  domain: [{ name: "y", length, cells: 24 }],
  channels: [
    { name: "T", symbol: "T", unit: "K", relativeTo: { symbol: "T_L", value: outside } },
    { name: "u", symbol: "u", unit: "m/s" },
  ],
  conditions: [heating, grain, flow],
  affine: ["heating"],
  porosity: {
    law: { epsMin: 0.3, epsMax: 0.7 },
    covariance: "squared-exponential",
    nugget: 1e-4,
    correlationLength: (condition) => condition.grain,
  },
  solver,
};
