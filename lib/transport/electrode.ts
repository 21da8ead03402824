/**
 * A porous electrode whose balances close:
 *   potential      -(k phi')' = a_s j,  j = k_rn (phi_s - phi - U0),  phi'(0) = 0,  -k phi'(L) = F_right,
 *                  phi_s = -1000 x
 *   concentration  eps c_t = (D c_x)_x + (1 - t+)/F a_s j,  c_x(0) = 0,  c = c_right on the face at L and at the start.
 * A current F_right > 0 leaves at the separator, so the reaction draws sum a_s j h = F_right and releases salt.
 * The potential is reported relative to phi(0), the one in the first cell. U0 shifts phi and changes nothing else, so
 * no channel depends on it: a measured field of this kind cannot tell an equilibrium potential.
 * In the steady state D c' = -(1 - t+)/F i and k phi' = -i with the same current i and D/k = D0/kappa0, hence
 *   c - c_right = (1 - t+) kappa0 / (F D0) (phi - phi(L)),  phi(L) on the face, cell by cell in the discrete
 *   equations too.
 * With the published sign of the current that is a negative concentration (depletion) at ordinary currents.
 *
 * `time` (s) is a parameter: left out, the steady state; otherwise the state that long after the current was switched
 * on, exact in time.
 */
import { type Axis, type Grid, onlyAxis } from "../fields/grid";
import { concentrationSensitivity } from "./concentration-sensitivity";
import type { BatteryElectrode } from "./battery-electrode";
import { exponentialContour } from "./contour";
import { electrodeChannels, materialAt, materialParameters, type Material } from "./electrolyte";
import { electrodeKernel, type ElectrodeKernel, equationsAt } from "./electrode-kernel";
import { InadmissibleInput } from "./errors";
import { writeFields } from "./fields";
import { admissible } from "./input";
import { type ElectrodeEquations, PorousElectrode } from "./porous-electrode";
import { potentialSensitivity } from "./potential-sensitivity";
import type { Condition, ConditionRange, FieldSolver, Problem, SolverOptions } from "./problem";
import {
  correlationLength,
  equilibriumPotential,
  publishedPorosity,
  rateConstant,
  separatorCurrent,
} from "./published-conditions";
import { stacked } from "./sensitivity";

const NAME = "electrode";
const LENGTH = 1e-4;

const rate = rateConstant(0.01, 100);
const time: ConditionRange = {
  name: "time",
  symbol: "t",
  unit: "s",
  meaning: "time since the current was switched on; without it, the steady state",
  min: 1,
  max: 1e4,
  scale: "log",
  default: Infinity,
  limits: [0, Infinity],
};

const contour = exponentialContour();

/** Everything that a balance needs, all [cells]: the caller owns it. */
export interface ElectrodeState {
  /** mol/m3 */
  readonly c: Float64Array;
  /** V, relative to the first cell. */
  readonly phi: Float64Array;
  /** phi itself, V. */
  readonly unshifted: Float64Array;
  /** Reaction current j, A/m2 of solid surface. */
  readonly reactionCurrent: Float64Array;
  /** a_s, 1/m */
  readonly surface: Float64Array;
  /** phi(L) - phi(0), V, with phi(L) on the face. */
  readonly riseToFace: number;
  /** Salt that leaves through the separator now, mol/(m2 s). */
  readonly saltOutflow: number;
  /** (1 - t+) / F, mol/C. */
  readonly saltPerCharge: number;
}

/** What a condition says, checked; `time` Infinity means the steady state. */
interface Given {
  readonly U0: number;
  readonly F_right: number;
  readonly k_rn: number;
  readonly time: number;
  readonly material: Material;
}

function read(condition: Condition): Given {
  return {
    material: materialAt(NAME, condition),
    U0: admissible(NAME, condition.U0, equilibriumPotential, false),
    F_right: admissible(NAME, condition.F_right, separatorCurrent, true),
    k_rn: admissible(NAME, condition.k_rn, rate, false),
    time: admissible(NAME, condition.time, time, false),
  };
}

/** Potential, and u at time t, for a current and `share` times the solid's potential. */
function respond(electrode: ElectrodeEquations, h: number, outward: number, share: number, given: Given): void {
  const { material, k_rn, time: t } = given;
  electrode.solvePotential(outward, share);
  electrode.supplyUnshifted(material.saltPerCharge * h * k_rn);
  if (t === Infinity) electrode.steady();
  else if (t === 0) electrode.u.fill(0);
  else electrode.atTime(t, contour, 1);
}

/** The equations solved in plain loops, with all that they yield. */
function solved(axis: Axis, eps: Float64Array, given: Given): PorousElectrode {
  const electrode = new PorousElectrode(NAME, axis, "on the face");
  electrode.setPorosity(eps, given.k_rn, given.material);
  respond(electrode, axis.h, given.F_right, 1, given);
  return electrode;
}

function solver(grid: Grid, { precision = "double" }: SolverOptions = {}): FieldSolver {
  if (precision !== "double") {
    throw new InadmissibleInput(`${NAME}: precision must be "double" (only the published problem imitates single)`);
  }
  const axis = onlyAxis(grid, NAME);
  return electrodeSolverOn(axis, electrodeKernel(axis, "on the face"));
}

/** The solver with or without the WebAssembly kernel, to the bit; what the kernel declines is solved without it. */
export function electrodeSolverOn(axis: Axis, kernel: ElectrodeKernel | undefined): FieldSolver {
  const { cells, h } = axis;
  const withPorosity = equationsAt(kernel, () => new PorousElectrode(NAME, axis, "on the face"));
  return {
    solve(eps, condition, out, offset = 0) {
      const given = read(condition);
      const electrode = withPorosity(eps, given.k_rn, given.material);
      respond(electrode, h, given.F_right, 1, given);
      const lowest = electrode.concentration(given.material.c_right);
      writeFields(NAME, axis, { c: electrode.c, lowest, phi: electrode.rise }, out, offset);
    },
    solveResponses(eps, condition, out, offset = 0) {
      const given = read({ ...condition, F_right: 0 });
      const { c_right } = given.material;
      const electrode = withPorosity(eps, given.k_rn, given.material);
      [0, 1].forEach((current) => {
        respond(electrode, h, current, 1 - current, given);
        const at = offset + 2 * current * cells;
        for (let i = 0; i < cells; i++) out[at + i] = electrode.u[i] + (current === 0 ? c_right : 0);
        out.set(electrode.rise, at + cells);
      });
    },
  };
}

/** One solution with its currents, for balances and figures. */
export function electrodeState(axis: Axis, eps: Float64Array, condition: Condition): ElectrodeState {
  const given = read(condition);
  const { U0, k_rn, F_right: F, material } = given;
  const electrode = solved(axis, eps, given);
  const { potential, salt, surface } = electrode;
  const end = axis.cells - 1;
  return {
    c: electrode.u.slice(0, axis.cells).map((u) => material.c_right + u),
    phi: potential.rise.slice(),
    unshifted: potential.shape.map((w) => w + potential.level - U0),
    reactionCurrent: electrode.drive().map((volts) => k_rn * volts),
    surface: surface.slice(),
    riseToFace: potential.rise[end] - (F * axis.h) / (2 * potential.conductivity[end]),
    saltOutflow: salt.outlet * electrode.u[end],
    saltPerCharge: material.saltPerCharge,
  };
}

/** d(c, phi)/d(eps): the salt sees the reaction of the unshifted potential. */
function jacobian(grid: Grid, eps: Float64Array, condition: Condition): Float64Array {
  const axis = onlyAxis(grid, NAME);
  const { cells, h } = axis;
  const given = read(condition);
  const { k_rn, material, time: t } = given;
  const electrode = solved(axis, eps, given);
  const { salt, surface, supply, potential } = electrode;
  const { phi, rise } = potentialSensitivity(potential, electrode.potentialDerivatives(eps));
  if (t === 0) return stacked(new Float64Array(cells * cells), rise);
  const charge = material.saltPerCharge * h * k_rn;
  const drive = electrode.drive();
  const change = phi.map((slope, at) => -charge * surface[Math.floor(at / cells)] * slope);
  for (let q = 0; q < cells; q++) change[q * cells + q] -= charge * material.a0 * drive[q];
  const moment = t === Infinity ? "steady" : { time: t, contour };
  const c = concentrationSensitivity(
    salt,
    supply.subarray(0, cells),
    change,
    electrode.diffusivityDerivatives(eps),
    moment,
  );
  return stacked(c, rise);
}

/** See battery-electrode.ts for what corresponds to what. */
function battery(condition: Condition): BatteryElectrode {
  const { material, k_rn, U0, F_right } = read(condition);
  return {
    activeAndPores: material.share,
    particleRadius: 3 / material.a0,
    bruggeman: material.bruggeman,
    conductivity: material.kappa0,
    diffusivity: material.D0,
    transferenceNumber: material.t_plus,
    concentration: material.c_right,
    rate: k_rn,
    equilibriumPotential: U0,
    current: F_right,
    solidSlope: material.solidSlope,
  };
}

export const electrode: Problem = {
  name: NAME,
  title: "Porous electrode with closed balances",
  domain: [{ name: "x", length: LENGTH, cells: 100, parameter: "thickness" }],
  channels: electrodeChannels,
  conditions: [correlationLength(LENGTH), separatorCurrent, rate],
  parameters: [equilibriumPotential, time, ...materialParameters],
  affine: ["F_right"],
  porosity: publishedPorosity,
  solver,
  faces: (condition) => [
    ["of the cell", { held: materialAt(NAME, condition).c_right }],
    ["of the cell", "extrapolated"],
  ],
  jacobian,
  battery,
};
