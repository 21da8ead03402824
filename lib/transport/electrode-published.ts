/**
 * The electrode of the study "SGM-for-porous-media" (OpenNumerics, H. Vandecasteele 2026) to the letter:
 *   potential      -(k phi')' = a_s j,  j = k_rn (phi_s - phi - U0),  phi'(0) = 0,  k phi'(L) = F_right,
 *                  phi_s = -1000 x
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
import { rowAt } from "../numerics/rows";
import { concentrationSensitivity } from "./concentration-sensitivity";
import { type Contour, implicitEulerContour } from "./contour";
import { electrodeKernel, type ElectrodeKernel, equationsAt } from "./electrode-kernel";
import { electrodeChannels, materialAt, materialParameters, solidPotential } from "./electrolyte";
import { InadmissibleInput } from "./errors";
import { writeFields } from "./fields";
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

/** In plain loops, and for want of a contour in the implicit Euler steps that were published. */
class Stepping extends PorousElectrode {
  override atTime(time: number, _: Contour, count: number): void {
    const { cells } = this.axis;
    this.u.fill(0);
    for (let q = 0; q < count; q++) {
      const row = (all: Float64Array) => rowAt(all, q, cells);
      this.salt.implicitEuler(row(this.supply), row(this.u), time / PUBLISHED.steps, PUBLISHED.steps);
    }
  }
}

/** The same with or without the WebAssembly kernel, to the bit; what the kernel declines is solved without it. */
export function solverOn(axis: Axis, contour: Contour | null, kernel: ElectrodeKernel | undefined): FieldSolver {
  const { cells, h } = axis;
  const Plain = contour ? PorousElectrode : Stepping;
  const withPorosity = equationsAt(kernel, () => new Plain(NAME, axis, "in the last cell"));
  const steps = contour ?? implicitEulerContour(PUBLISHED.steps);
  const phiBase = new Float64Array(cells);
  return {
    solve(eps, condition, out, offset = 0) {
      const { U0, F_right, k_rn, duration } = readPublished(condition);
      const material = materialAt(NAME, condition);
      const electrode = withPorosity(eps, k_rn, material);
      electrode.solvePotential(-F_right, 1); // +k phi'(L) = F_right is a current that enters
      electrode.supplyShifted(material.saltPerCharge * h * k_rn, U0);
      electrode.atTime(duration, steps, 1);
      const lowest = electrode.concentration(material.c_right);
      writeFields(NAME, axis, { c: electrode.c, lowest, phi: electrode.rise }, out, offset);
    },
    solveResponses(eps, condition, out, offset = 0) {
      const { k_rn, duration } = readPublished({ ...condition, U0: 0, F_right: 0 });
      const material = materialAt(NAME, condition);
      const electrode = withPorosity(eps, k_rn, material);
      const { surface, rise: phi, supply, u } = electrode;
      const charge = material.saltPerCharge * h * k_rn;
      const solid = solidPotential(axis.centres, material.solidSlope);
      electrode.solvePotential(0, 1);
      phiBase.set(phi);
      electrode.solvePotential(-1, 0);
      for (let i = 0; i < cells; i++) {
        const perVolt = charge * surface[i];
        supply[i] = perVolt * (solid[i] - phiBase[i]);
        supply[cells + i] = -perVolt;
        supply[2 * cells + i] = -perVolt * phi[i];
      }
      electrode.atTime(duration, steps, 3);
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
