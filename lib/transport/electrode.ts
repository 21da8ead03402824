/**
 * A porous electrode whose balances close:
 *   potential      -(k phi')' = a_s j,  j = k_rn (phi_s - phi - U0),  phi'(0) = 0,  -k phi'(L) = F_right,  phi_s = -1000 x
 *   concentration  eps c_t = (D c_x)_x + (1 - t+)/F a_s j,  c_x(0) = 0,  c = c_right on the face at L and at the start.
 * A current F_right > 0 leaves at the separator, so the reaction draws sum a_s j h = F_right and releases salt.
 * The potential is reported relative to phi(0), the one in the first cell. U0 shifts phi and changes nothing else, so no
 * channel depends on it: a measured field of this kind cannot tell an equilibrium potential.
 * In the steady state D c' = -(1 - t+)/F i and k phi' = -i with the same current i and D/k = D0/kappa0, hence
 *   c - c_right = (1 - t+) kappa0 / (F D0) (phi - phi(L)),  phi(L) on the face, cell by cell in the discrete equations too.
 * With the published sign of the current that is a negative concentration (depletion) at ordinary currents.
 *
 * `time` (s) is a parameter: left out, the steady state; otherwise the state that long after the current was switched on,
 * exact in time.
 */
import { concentrationSensitivity, type Moment } from "./concentration-sensitivity";
import { exponentialContour } from "./contour";
import { A_0, C_RIGHT, SALT_PER_CHARGE } from "./electrolyte";
import { DepletionError, InadmissibleInput } from "./errors";
import type { Grid } from "./grid";
import { valueOf } from "./input";
import { PorousElectrode } from "./porous-electrode";
import { potentialSensitivity } from "./potential-sensitivity";
import type { Condition, ConditionRange, FieldSolver, Problem, SolverOptions } from "./problem";
import { correlationLength, equilibriumPotential, rateConstant, separatorCurrent } from "./published-conditions";
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
}

class Electrode {
  readonly model: PorousElectrode;
  readonly supply: Float64Array;
  readonly u: Float64Array;
  readonly drive: Float64Array;
  private readonly contour = exponentialContour();

  constructor(readonly grid: Grid) {
    this.model = new PorousElectrode(NAME, grid, "on the face");
    this.supply = new Float64Array(grid.cells);
    this.u = new Float64Array(grid.cells);
    this.drive = new Float64Array(grid.cells);
  }

  solve(eps: Float64Array, condition: Condition): Moment {
    const { model, supply, u, drive, grid } = this;
    valueOf(NAME, condition, equilibriumPotential, false);
    const F = valueOf(NAME, condition, separatorCurrent, true);
    const k_rn = valueOf(NAME, condition, rate, false);
    const t = valueOf(NAME, condition, time, false);
    model.setPorosity(eps, k_rn);
    model.solvePotential(F);
    const { potential, solid, surface, salt } = model;
    const charge = SALT_PER_CHARGE * grid.h * k_rn;
    for (let i = 0; i < grid.cells; i++) {
      drive[i] = solid[i] - potential.level - potential.shape[i];
      supply[i] = charge * surface[i] * drive[i];
    }
    if (t === Infinity) salt.steady(supply, u);
    else if (t === 0) u.fill(0);
    else salt.atTime(t, this.contour, supply, u);
    return t === Infinity ? "steady" : { time: t, contour: this.contour };
  }
}

function solver(grid: Grid, { precision = "double" }: SolverOptions = {}): FieldSolver {
  if (precision !== "double") {
    throw new InadmissibleInput(`${NAME}: precision must be "double" (only the published problem imitates single)`);
  }
  const { cells, centres } = grid;
  const electrode = new Electrode(grid);
  const { rise } = electrode.model.potential;
  const c_right = C_RIGHT; // an imported name costs a call in a hot loop
  return {
    solve(eps, condition, out, offset = 0) {
      electrode.solve(eps, condition);
      for (let i = 0; i < cells; i++) {
        const c = c_right + electrode.u[i];
        if (!(c >= 0)) throw new DepletionError(NAME, centres[i], c);
        out[offset + i] = c;
        out[offset + cells + i] = rise[i];
      }
    },
  };
}

/** One solution with its currents, for balances and figures. */
export function electrodeState(grid: Grid, eps: Float64Array, condition: Condition): ElectrodeState {
  const electrode = new Electrode(grid);
  electrode.solve(eps, condition);
  const { potential, salt, surface } = electrode.model;
  const U0 = valueOf(NAME, condition, equilibriumPotential, false);
  const k_rn = valueOf(NAME, condition, rate, false);
  const F = valueOf(NAME, condition, separatorCurrent, true);
  const end = grid.cells - 1;
  return {
    c: electrode.u.map((u) => C_RIGHT + u),
    phi: potential.rise.slice(),
    unshifted: potential.shape.map((w) => w + potential.level - U0),
    reactionCurrent: electrode.drive.map((volts) => k_rn * volts),
    surface: surface.slice(),
    riseToFace: potential.rise[end] - (F * grid.h) / (2 * potential.conductivity[end]),
    saltOutflow: salt.outlet * electrode.u[end],
  };
}

/** d(c, phi)/d(eps): the salt sees the reaction of the unshifted potential. */
function jacobian(grid: Grid, eps: Float64Array, condition: Condition): Float64Array {
  const { cells, h } = grid;
  const electrode = new Electrode(grid);
  const moment = electrode.solve(eps, condition);
  const { model, supply, drive } = electrode;
  const { phi, rise } = potentialSensitivity(model.potential, model.potentialDerivatives(eps));
  if (moment !== "steady" && moment.time === 0) return stacked(new Float64Array(cells * cells), rise);
  const charge = SALT_PER_CHARGE * h * valueOf(NAME, condition, rate, false);
  const change = phi.map((slope, at) => -charge * model.surface[Math.floor(at / cells)] * slope);
  for (let q = 0; q < cells; q++) change[q * cells + q] -= charge * A_0 * drive[q];
  const c = concentrationSensitivity(model.salt, supply, change, model.diffusivityDerivatives(eps), moment);
  return stacked(c, rise);
}

export const electrode: Problem = {
  name: NAME,
  title: "Porous electrode with closed balances",
  length: LENGTH,
  defaultCells: 100,
  channels: [
    { name: "c", symbol: "c", unit: "mol/m3" },
    { name: "phi", symbol: "φ", unit: "V" },
  ],
  conditions: [correlationLength(LENGTH), separatorCurrent, rate],
  parameters: [equilibriumPotential, time],
  affineIn: ["F_right"],
  porosity: { law: { epsMin: 0.2, epsMax: 0.5 }, covariance: "squared-exponential", nugget: 1e-4 },
  solver,
  jacobian,
};
