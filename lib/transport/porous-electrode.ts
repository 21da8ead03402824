/**
 * What the two electrodes share: coefficients from a porosity profile, and the potential of a linear reaction
 *   -(k phi')' = a_s j,  j = k_rn (phi_s - phi - U0),  phi'(0) = 0,  -k phi'(L) = F
 * U0 only shifts phi, so it is left out of the equation and handed to those who ask for the unshifted potential.
 */
import type { Boundary } from "./boundary";
import { Concentration, type HeldEdge } from "./concentration";
import {
  bruggeman,
  bruggemanSlope,
  checkActiveSolid,
  type Material,
  publishedMaterial,
  solidPotential,
} from "./electrolyte";
import type { Axis } from "../fields/grid";
import type { CellValues } from "./conductances";
import type { Contour } from "./contour";
import { checkPorosityProfile } from "./input";
import { Potential } from "./potential";
import type { PorosityDerivatives } from "./potential-sensitivity";

const INSULATED: Boundary = { kind: "flux", outward: 0 };

/** What an electrode's solver asks for, in plain loops (PorousElectrode) or in WebAssembly (electrode-kernel.ts). */
export interface ElectrodeEquations {
  /** a_s, 1/m [cells]; phi - phi(0) of the last potential, V [cells]. */
  readonly surface: Float64Array;
  readonly rise: Float64Array;
  /** Supplies b of salt, and u = c - c_right, [3, cells] each; c of the last `concentration` [cells]. */
  readonly supply: Float64Array;
  readonly u: Float64Array;
  readonly c: Float64Array;
  /** Sets every coefficient that depends on eps [cells], on the rate constant (A/(m2 V)) or on the material. */
  setPorosity(eps: Float64Array, rate: number, material?: Material): void;
  /** Solves for the potential with `outward` A/m2 leaving at L, and `share` times the solid's potential. */
  solvePotential(outward: number, share: number): void;
  /** First supply: charge a_s (phi_s - (phi - phi(0)) - U0). */
  supplyShifted(charge: number, U0: number): void;
  /** First supply: charge a_s (phi_s - phi). */
  supplyUnshifted(charge: number): void;
  /** As Concentration.steady, for the first supply. */
  steady(): void;
  /** As Concentration.atTime, for the first `count` supplies; in WebAssembly contours of up to MOST_NODES. */
  atTime(time: number, contour: Contour, count: number): void;
  /** c = c_right + u of the first row; returns the lowest, NaN where there is one. */
  concentration(c_right: number): number;
}

/** Both equations of an electrode on a grid, with their work space. */
export class PorousElectrode implements ElectrodeEquations {
  readonly potential: Potential;
  readonly salt: Concentration;
  /** a_s, 1/m */
  readonly surface: CellValues;
  readonly supply: Float64Array;
  readonly u: Float64Array;
  readonly c: CellValues;
  /** phi_s, V */
  solid: CellValues;
  material: Material = publishedMaterial;
  readonly separator = { kind: "flux" as const, outward: 0 };
  private rate = 0;

  constructor(
    readonly where: string,
    readonly axis: Axis,
    edge: HeldEdge,
  ) {
    this.potential = new Potential(axis);
    this.salt = new Concentration(axis, edge);
    [this.surface, this.c] = [0, 1].map(() => new Float64Array(axis.cells));
    [this.supply, this.u] = [0, 1].map(() => new Float64Array(3 * axis.cells));
    this.solid = solidPotential(axis.centres, this.material.solidSlope);
  }

  get rise(): CellValues {
    return this.potential.rise;
  }

  /** Refuses what is no porosity. */
  setPorosity(eps: Float64Array, rate: number, material: Material = publishedMaterial): void {
    const { salt, surface } = this;
    const { conductivity, reaction } = this.potential;
    const { diffusivity, porosity } = salt;
    const { cells } = this.axis;
    const { kappa0, D0, a0, share } = material;
    checkPorosityProfile(this.where, eps, cells);
    checkActiveSolid(this.where, eps, material);
    if (material.solidSlope !== this.material.solidSlope)
      this.solid = solidPotential(this.axis.centres, material.solidSlope);
    this.material = material;
    bruggeman(eps, conductivity, material.bruggeman);
    for (let i = 0; i < cells; i++) {
      const power = conductivity[i];
      conductivity[i] = kappa0 * power;
      diffusivity[i] = D0 * power;
    }
    porosity.set(eps);
    for (let i = 0; i < cells; i++) {
      const area = a0 * (share - eps[i]);
      surface[i] = area;
      reaction[i] = rate * area;
    }
    salt.prepare();
    this.rate = rate;
  }

  solvePotential(outward: number, share = 1): void {
    const { potential, solid, separator } = this;
    const { rest } = potential;
    for (let i = 0; i < solid.length; i++) rest[i] = share * solid[i];
    separator.outward = outward;
    potential.solve(INSULATED, separator);
  }

  /** phi_s - phi - U0 of the last potential, V [cells], with U0 in phi: what drives the reaction. */
  drive(): CellValues {
    const { rest, shape, level } = this.potential;
    return rest.map((phi_s, i) => phi_s - level - shape[i]);
  }

  supplyShifted(charge: number, U0: number): void {
    const { surface, solid, rise, supply } = this;
    for (let i = 0; i < surface.length; i++) supply[i] = charge * surface[i] * (solid[i] - rise[i] - U0);
  }

  supplyUnshifted(charge: number): void {
    const { surface, supply } = this;
    const { rest, shape, level } = this.potential;
    for (let i = 0; i < surface.length; i++) supply[i] = charge * surface[i] * (rest[i] - level - shape[i]);
  }

  steady(): void {
    this.salt.steady(this.supply, this.u);
  }

  atTime(time: number, contour: Contour, count: number): void {
    this.salt.atTime(time, contour, this.supply, this.u, count);
  }

  concentration(c_right: number): number {
    const { c, u } = this;
    let lowest = Infinity;
    for (let i = 0; i < c.length; i++) {
      const here = c_right + u[i];
      c[i] = here;
      lowest = Math.min(lowest, here);
    }
    return lowest;
  }

  /** How the potential's coefficients answer to eps. */
  potentialDerivatives(eps: Float64Array): PorosityDerivatives {
    const { kappa0, a0, bruggeman: b } = this.material;
    return {
      conductivity: eps.map((e) => kappa0 * bruggemanSlope(e, b)),
      reaction: eps.map(() => -a0 * this.rate),
      left: INSULATED,
      right: this.separator,
    };
  }

  diffusivityDerivatives(eps: Float64Array): Float64Array {
    const { D0, bruggeman: b } = this.material;
    return eps.map((e) => D0 * bruggemanSlope(e, b));
  }
}
