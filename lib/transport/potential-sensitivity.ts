/**
 * Derivatives of the discrete potential with respect to the porosity of each cell. With the residual of cell i
 *   R_i = sum of g (phi_i - phi_neighbour) + a h (phi_i - s) + G (phi_i - v) + ... = 0,  A = dR/dphi,
 * A dphi/d(eps_q) = -dR/d(eps_q), which has three entries. They are written with the jumps and the distance from rest
 * that the solver found without cancellation, and solved by the elimination that it left behind: N solves, exact.
 */
import { type Boundary, conductanceSlope, outsideValue } from "./boundary";
import { harmonicMeanSlopes } from "./conductances";
import type { Potential } from "./potential";

export interface PorosityDerivatives {
  /** d k_q / d eps_q, [cells] */
  readonly conductivity: Float64Array;
  /** d a_q / d eps_q, [cells] */
  readonly reaction: Float64Array;
  readonly left: Boundary;
  readonly right: Boundary;
}

export interface PotentialSensitivity {
  /** d(phi_i)/d(eps_q) at [i * cells + q] */
  readonly phi: Float64Array;
  /** d(phi_i - phi_0)/d(eps_q), as accurate when the level of phi is hardly fixed. */
  readonly rise: Float64Array;
}

/** For a potential that has just been solved. */
export function potentialSensitivity(p: Potential, d: PorosityDerivatives): PotentialSensitivity {
  const { cells, h } = p.axis;
  const phi = new Float64Array(cells * cells);
  const rise = new Float64Array(cells * cells);
  const b = new Float64Array(cells);
  const jumps = new Float64Array(cells);
  const end = cells - 1;
  for (let q = 0; q < cells; q++) {
    b.fill(0);
    const dk = d.conductivity[q] / h;
    if (q > 0) exchange(b, q - 1, harmonicMeanSlopes(p.conductivity, q - 1)[1] * dk * p.jumps[q - 1]);
    if (q < end) exchange(b, q, harmonicMeanSlopes(p.conductivity, q)[0] * dk * p.jumps[q]);
    b[q] += d.reaction[q] * h * (p.rest[q] - p.level - p.shape[q]);
    if (q === 0) b[q] += throughEnd(d.left, p, 0, d.conductivity[q]);
    if (q === end) b[q] += throughEnd(d.right, p, end, d.conductivity[q]);
    const level = p.respond(b, jumps);
    let sum = 0;
    for (let i = 0; i < cells; i++) {
      phi[i * cells + q] = level + b[i];
      rise[i * cells + q] = sum;
      sum += jumps[i];
    }
  }
  return { phi, rise };
}

/** More flux through a face leaves one cell and enters the other. */
export function exchange(b: Float64Array, face: number, flux: number): void {
  b[face] += flux;
  b[face + 1] -= flux;
}

function throughEnd(end: Boundary, p: Potential, cell: number, dk: number): number {
  const slope = conductanceSlope(end, p.conductivity[cell], p.axis.h) * dk;
  return slope * (outsideValue(end) - p.level - p.shape[cell]);
}
