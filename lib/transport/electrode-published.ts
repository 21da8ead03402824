/**
 * The electrode of the study "SGM-for-porous-media" (OpenNumerics, H. Vandecasteele 2026) to the letter:
 *   potential      -(k phi')' = a_s j,  j = k_rn (phi_s - phi - U0),  phi'(0) = 0,  k phi'(L) = F_right,  phi_s = -1000 x
 *   concentration  eps c_t = (D c_x)_x + (1 - t+)/F a_s j,  c_x(0) = 0,  c = 1000 mol/m3 at L and at the start
 * on 100 cells of 1 um, harmonic face means, 1000 implicit Euler steps of 0.1 s (to T = 100 s).
 *
 * Its slips are kept, since its published figures contain them:
 *   - the sign at the separator: phi rises towards L, and the reaction draws -F_right in all, not F_right;
 *   - the current that feeds the salt, j, is evaluated with the potential already shifted to phi(0) = 0, so that it no
 *     longer sums to -F_right: the salt sees a reaction about a hundred times weaker;
 *   - c is held in the last cell, half a cell inside the domain, which costs an order of accuracy;
 *   - the state at T is called steady; the slowest mode takes about 230 s;
 *   - its stored data were computed in float32 (precision "single", published-single.ts).
 * `electrode` is the same physics without them.
 *
 * For a given porosity both fields are affine in (U0, F_right), and phi - phi(0) does not depend on U0.
 */
import { type Axis, type Grid, onlyAxis } from "../fields/grid";
import { concentrationSensitivity } from "./concentration-sensitivity";
import { type Contour, implicitEulerContour } from "./contour";
import { electrodeKernel, type ElectrodeKernel } from "./electrode-kernel";
import { electrodeChannels, materialAt, materialParameters, type Material, solidPotential } from "./electrolyte";
import { InadmissibleInput } from "./errors";
import { concentrations, writeFields } from "./fields";
import { PorousElectrode } from "./porous-electrode";
import { potentialSensitivity } from "./potential-sensitivity";
import type { Condition, FieldSolver, Problem, SolverOptions } from "./problem";
import {
  PUBLISHED,
  correlationLength,
  duration,
  equilibriumPotential,
  publishedCondition,
  publishedPorosity,
  publishedRate,
  readPublished,
  separatorCurrent,
} from "./published-conditions";
import { publishedInSinglePrecision } from "./published-single";
import { MOST_NODES } from "./resolvent-kernel";
import { stacked } from "./sensitivity";

const NAME = PUBLISHED.name;

/** The published model with its own route through time: `contour` null steps 1000 times. For tests and benchmarks. */
export function publishedSolver(
  axis: Axis,
  contour: Contour | null = implicitEulerContour(PUBLISHED.steps),
): FieldSolver {
  const kernel = contour && contour.nodes <= MOST_NODES ? electrodeKernel(axis, "in the last cell") : undefined;
  return solverOn(axis, contour, kernel);
}

/** The same with or without the WebAssembly kernel, to the bit; what the kernel declines is solved without it. */
export function solverOn(axis: Axis, contour: Contour | null, kernel: ElectrodeKernel | undefined): FieldSolver {
  const { cells, h } = axis;
  const electrode = new PorousElectrode(NAME, axis, "in the last cell");
  const { salt } = electrode;
  const surface = kernel ? kernel.surface : electrode.surface;
  const phi = kernel ? kernel.rise : electrode.potential.rise;
  const c = kernel ? kernel.c : new Float64Array(cells);
  const supply = kernel ? kernel.supply : new Float64Array(3 * cells);
  const u = kernel ? kernel.u : new Float64Array(3 * cells);
  const phiBase = new Float64Array(cells);

  let plain: FieldSolver | undefined;
  const plainly = (): FieldSolver => (plain ??= solverOn(axis, contour, undefined));

  /** False where the kernel declines. */
  function setPorosity(eps: Float64Array, rate: number, material: Material): boolean {
    if (kernel) return kernel.setPorosity(eps, rate, material);
    electrode.setPorosity(eps, rate, material);
    return true;
  }

  function solvePotential(outward: number, share = 1): void {
    if (kernel) kernel.solvePotential(outward, share);
    else electrode.solvePotential(outward, share);
  }

  function evolve(count: number, duration: number): void {
    if (kernel && contour) {
      kernel.atTime(duration, contour, count);
    } else if (contour) {
      salt.atTime(duration, contour, supply, u, count);
    } else {
      u.fill(0);
      for (let q = 0; q < count; q++) {
        const row = q * cells;
        salt.implicitEuler(
          supply.subarray(row, row + cells),
          u.subarray(row, row + cells),
          duration / PUBLISHED.steps,
          PUBLISHED.steps,
        );
      }
    }
  }

  return {
    solve(eps, condition, out, offset = 0) {
      const { U0, F_right, k_rn, duration } = readPublished(condition);
      const material = materialAt(NAME, condition);
      const { c_right } = material;
      if (!setPorosity(eps, k_rn, material)) return plainly().solve(eps, condition, out, offset);
      solvePotential(-F_right); // +k phi'(L) = F_right is a current that enters
      const charge = material.saltPerCharge * h * k_rn;
      const { solid } = electrode;
      if (kernel) kernel.supplyShifted(charge, U0);
      else for (let i = 0; i < cells; i++) supply[i] = charge * surface[i] * (solid[i] - phi[i] - U0);
      evolve(1, duration);
      const lowest = kernel ? kernel.concentration(c_right) : concentrations(u, c_right, c);
      writeFields(NAME, axis, { c, lowest, phi }, out, offset);
    },
    solveResponses(eps, condition, out, offset = 0) {
      const { k_rn: rate, duration } = readPublished({ ...condition, U0: 0, F_right: 0 });
      const material = materialAt(NAME, condition);
      if (!setPorosity(eps, rate, material)) return plainly().solveResponses!(eps, condition, out, offset);
      const charge = material.saltPerCharge * h * rate;
      const solid = solidPotential(axis.centres, material.solidSlope);
      solvePotential(0);
      phiBase.set(phi);
      solvePotential(-1, 0);
      for (let i = 0; i < cells; i++) {
        const perVolt = charge * surface[i];
        supply[i] = perVolt * (solid[i] - phiBase[i]);
        supply[cells + i] = -perVolt;
        supply[2 * cells + i] = -perVolt * phi[i];
      }
      evolve(3, duration);
      for (let q = 0; q < 3; q++) {
        const at = offset + 2 * q * cells;
        for (let i = 0; i < cells; i++) {
          out[at + i] = u[q * cells + i] + (q === 0 ? material.c_right : 0);
          out[at + cells + i] = q === 0 ? phiBase[i] : q === 1 ? 0 : phi[i];
        }
      }
    },
  };
}

function solver(grid: Grid, { precision = "double" }: SolverOptions = {}): FieldSolver {
  switch (precision) {
    case "double":
      return publishedSolver(onlyAxis(grid, NAME));
    case "single":
      return publishedInSinglePrecision(onlyAxis(grid, NAME));
    default:
      throw new InadmissibleInput(`${NAME}: precision must be "double" or "single", got ${String(precision)}`);
  }
}

/** d(c, phi)/d(eps): both channels see the shifted potential. */
function jacobian(grid: Grid, eps: Float64Array, condition: Condition): Float64Array {
  const axis = onlyAxis(grid, NAME);
  const { cells, h } = axis;
  const { U0, F_right, k_rn, duration } = readPublished(condition);
  const material = materialAt(NAME, condition);
  const electrode = new PorousElectrode(NAME, axis, "in the last cell");
  electrode.setPorosity(eps, k_rn, material);
  electrode.solvePotential(-F_right);
  const { salt, solid, surface, potential } = electrode;
  const { rise } = potentialSensitivity(potential, electrode.potentialDerivatives(eps));
  const charge = material.saltPerCharge * h * k_rn;
  const drive = solid.map((phi_s, i) => phi_s - potential.rise[i] - U0);
  const supply = drive.map((volts, i) => charge * surface[i] * volts);
  const change = rise.map((slope, at) => -charge * surface[Math.floor(at / cells)] * slope);
  for (let q = 0; q < cells; q++) change[q * cells + q] -= charge * material.a0 * drive[q];
  const c = concentrationSensitivity(salt, supply, change, electrode.diffusivityDerivatives(eps), {
    time: duration,
    contour: implicitEulerContour(PUBLISHED.steps),
  });
  return stacked(c, rise);
}

export const electrodePublished: Problem = {
  name: NAME,
  title: "Porous electrode as published",
  domain: [{ name: "x", length: PUBLISHED.length, cells: 100, parameter: "thickness" }],
  channels: electrodeChannels,
  conditions: [correlationLength(PUBLISHED.length), equilibriumPotential, separatorCurrent],
  parameters: [publishedRate, duration, ...materialParameters],
  affine: ["U0", "F_right"],
  porosity: publishedPorosity,
  reference: publishedCondition,
  solver,
  /** c is held in the last cell, k phi'(L) is given. */
  faces: () => [
    ["of the cell", "of the cell"],
    ["of the cell", "extrapolated"],
  ],
  jacobian,
};
