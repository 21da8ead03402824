/**
 * A porous electrode in the words of a battery model (Doyle, Fuller and Newman 1993), so that drawn porosities can be
 * used in one. Where the electrode's equations and the battery model's are the same:
 *   pores, active and inactive solid fill the volume      active = activeAndPores - eps
 *   spheres of radius R have the surface 3 active / R     a_s = a0 active, so R = 3 / a0
 *   kinetics linear in the overpotential eta              j = j0 F eta / (R_gas T), so j0 = k_rn R_gas T / F
 *   Ohm's law without a diffusion potential               thermodynamic factor 0
 */

/** What a battery model is told of an electrode beside thickness and porosity; SI units. */
export interface BatteryElectrode {
  /** What pores and active solid share of the volume. */
  readonly activeAndPores: number;
  /** m */
  readonly particleRadius: number;
  /** Exponent b of kappa eps^b and D eps^b. */
  readonly bruggeman: number;
  /** S/m, of the free electrolyte. */
  readonly conductivity: number;
  /** m2/s, of the free electrolyte. */
  readonly diffusivity: number;
  readonly transferenceNumber: number;
  /** mol/m3, at the start. */
  readonly concentration: number;
  /** A/(m2 V): current over overpotential. */
  readonly rate: number;
  /** V */
  readonly equilibriumPotential: number;
  /** A/m2, leaving the electrode at the separator. */
  readonly current: number;
  /** V/m, the slope of the solid's potential. A battery model solves for it: with a good conductor it is 0. */
  readonly solidSlope: number;
}
