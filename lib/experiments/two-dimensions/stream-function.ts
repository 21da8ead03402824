/**
 * Porosities of a plane that have one potential. Without sources div(eps grad phi) = 0 says that the current is the
 * curl of a stream function,
 *   eps phi_x = psi_y,   eps phi_y = -psi_x,
 * and then eps' = eps h(psi) has div(eps' grad phi) = h' grad psi . (eps grad phi) = 0 for any positive function h: the
 * potential is that of eps wherever the ends are potentials and the sides are insulated. On a line h is a constant. A
 * given current through an end fixes h.
 */

/**
 * psi [nx][ny] at the centres from the currents through the faces across x; in units of the whole current, from 0 at
 * y = 0.
 */
export function streamFunction(
  eps: Float64Array,
  phi: Float64Array,
  [nx, ny]: readonly [number, number],
  ends: readonly [left: number, right: number],
): Float64Array {
  const hx = 1 / nx;
  /** Current density through face i of row j, as the scheme has it. */
  const current = (i: number, j: number): number => {
    const [a, b] = [(i - 1) * ny + j, i * ny + j];
    if (i === 0) return (eps[b] * (phi[b] - ends[0])) / (hx / 2);
    if (i === nx) return (eps[a] * (ends[1] - phi[a])) / (hx / 2);
    return (2 * eps[a] * eps[b] * (phi[b] - phi[a])) / ((eps[a] + eps[b]) * hx);
  };
  const psi = new Float64Array(nx * ny);
  for (let i = 0; i < nx; i++) {
    let below = 0;
    for (let j = 0; j < ny; j++) {
      const through = (current(i, j) + current(i + 1, j)) / 2;
      psi[i * ny + j] = below + through / 2;
      below += through;
    }
    for (let j = 0; j < ny; j++) psi[i * ny + j] /= below;
  }
  return psi;
}
