/**
 * The material of both electrodes: Bruggeman's law for conductivity and diffusivity, a surface that shrinks with porosity.
 *   k = kappa0 eps^b,  D = D0 eps^b,  a_s = a0 (1 - eps),  b = 3/2.
 */
import type { CellValues } from "./conductances";

/** C/mol (SI 2019). */
export const FARADAY = 96485.33212;
/** Conductivity of the free electrolyte, S/m. */
export const KAPPA_0 = 1;
/** Diffusivity of salt in the free electrolyte, m2/s. */
export const D_0 = 3e-11;
/** Surface of the solid per volume of the solid, 1/m. */
export const A_0 = 5e5;
/** Share of the current that cations carry. */
export const T_PLUS = 0.4;
/** Salt concentration at the separator and at the start, mol/m3. */
export const C_RIGHT = 1000;
/** Salt released per charge that the reaction draws, mol/C. */
export const SALT_PER_CHARGE = (1 - T_PLUS) / FARADAY;

/** phi_s, the potential of the solid, V: it falls by 1000 V/m from the insulated end. */
export function solidPotential(x: CellValues): CellValues {
  return x.map((xi) => -1000 * xi);
}

/** eps^(3/2) into `out`, both [cells]. */
export function bruggeman(eps: CellValues, out: CellValues): void {
  for (let i = 0; i < out.length; i++) out[i] = eps[i] * Math.sqrt(eps[i]);
}

/** d(eps^(3/2)) / d(eps) */
export function bruggemanSlope(eps: number): number {
  return 1.5 * Math.sqrt(eps);
}
