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
import { checkPorosityProfile } from "./input";
import { Potential } from "./potential";
import type { PorosityDerivatives } from "./potential-sensitivity";

export const INSULATED: Boundary = { kind: "flux", outward: 0 };

/** Both equations of an electrode on a grid, with their work space. */
export class PorousElectrode {
  readonly potential: Potential;
  readonly salt: Concentration;
  /** a_s, 1/m */
  readonly surface: CellValues;
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
    this.surface = new Float64Array(axis.cells);
    this.solid = solidPotential(axis.centres, this.material.solidSlope);
  }

  /** Checks eps and sets every coefficient that depends on it, on the rate constant (A/(m2 V)) or on the material. */
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

  /** Solves for the potential with `outward` A/m2 leaving at L, and `share` times the solid's potential. */
  solvePotential(outward: number, share = 1): void {
    const { potential, solid, separator } = this;
    const { rest } = potential;
    for (let i = 0; i < solid.length; i++) rest[i] = share * solid[i];
    separator.outward = outward;
    potential.solve(INSULATED, separator);
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
