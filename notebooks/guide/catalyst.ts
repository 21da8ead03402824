/**
 * A problem of one's own, in one file: a reactant diffuses into a porous catalyst and is used up on its way,
 *   (D c')' = r (1 - eps) c  on [0, L],   D = D0 eps^1.5,   c'(0) = 0,   c(L) = c_surface.
 * The catalyst is the solid, so there is less of it where the porosity is high. x = 0 is the middle of a symmetric slab.
 *
 * Cell-centred finite volumes, second order in h. Conservation holds exactly for the discrete solution: what enters at x = L is used up
 * inside. The fields are linear in c_surface, so one solution serves all its values; they are not affine in r.
 */
import { type Grid, onlyAxis } from "../../lib/fields/grid";
import { conductances } from "../../lib/transport/conductances";
import { checkPorosityProfile, valueOf } from "../../lib/transport/input";
import type { ConditionRange, FieldSolver, Problem } from "../../lib/transport/problem";
import { eliminate, elimination, substitute } from "../../lib/transport/tridiagonal";

const length = 1e-3; // m
const freeDiffusivity = 1e-9; // m2/s

/** D(eps), m2/s. */
const diffusivity = (eps: number): number => freeDiffusivity * eps ** 1.5;

const correlationLength: ConditionRange = {
  name: "l",
  symbol: "ℓ",
  unit: "m",
  meaning: "correlation length of the porosity",
  min: length / 20,
  max: length / 4,
  scale: "log",
  default: length / 10,
  limits: [1e-9, 1e3],
};

const rate: ConditionRange = {
  name: "r",
  symbol: "r",
  unit: "1/s",
  meaning: "rate constant of the reaction in the solid",
  min: 2e-4,
  max: 2e-3,
  scale: "log",
  default: 6e-4,
  limits: [0, 1e9],
};

const surfaceConcentration: ConditionRange = {
  name: "c_surface",
  symbol: "c_s",
  unit: "mol/m3",
  meaning: "concentration at the surface",
  min: 1,
  max: 10,
  scale: "linear",
  default: 5,
};

/** Allocates once; `solve` is called for every porosity of an ensemble. */
function solver(grid: Grid): FieldSolver {
  const { cells, h } = onlyAxis(grid, "catalyst");
  const k = new Float64Array(cells);
  const between = new Float64Array(cells);
  const loss = new Float64Array(cells);
  const c = new Float64Array(cells);
  const matrix = elimination(cells);
  return {
    solve(eps, condition, out, offset = 0) {
      checkPorosityProfile("catalyst", eps, cells);
      const r = valueOf("catalyst", condition, rate, true);
      const outside = valueOf("catalyst", condition, surfaceConcentration, true);
      for (let i = 0; i < cells; i++) {
        k[i] = diffusivity(eps[i]);
        loss[i] = r * (1 - eps[i]) * h;
        c[i] = 0;
      }
      const toSurface = (2 * k[cells - 1]) / h; // half a cell from the last centre to the surface
      loss[cells - 1] += toSurface;
      c[cells - 1] = toSurface * outside;
      eliminate(matrix, conductances(k, h, between), loss);
      substitute(matrix, c);
      for (let i = 0; i < cells; i++) out[offset + i] = c[i];
    },
  };
}

export const problem: Problem = {
  name: "catalyst",
  title: "Diffusion and reaction in a porous catalyst",
  domain: [{ name: "x", length, cells: 100 }],
  channels: [{ name: "c", symbol: "c", unit: "mol/m3" }],
  conditions: [correlationLength, rate, surfaceConcentration],
  affine: ["c_surface"],
  porosity: {
    law: { epsMin: 0.3, epsMax: 0.6 },
    covariance: "matern-5/2",
    nugget: 1e-4,
    correlationLength: ({ l }) => l,
  },
  solver,
};
