/** How both electrodes hand over their fields [2, cells], c before phi: a concentration below zero is reported, never passed on. */
import { DepletionError } from "./errors";
import type { Grid } from "./grid";

/** c = c_right + u, [cells]; returns the lowest, NaN where there is one. */
export function concentrations(u: Float64Array, c_right: number, c: Float64Array): number {
  let lowest = Infinity;
  for (let i = 0; i < c.length; i++) {
    const here = c_right + u[i];
    c[i] = here;
    lowest = Math.min(lowest, here);
  }
  return lowest;
}

/** Writes both channels [cells] to `out` from `offset`; DepletionError where the lowest concentration is negative or NaN. */
export function writeFields(
  where: string,
  grid: Grid,
  { c, lowest, phi }: { readonly c: Float64Array; readonly lowest: number; readonly phi: Float64Array },
  out: Float64Array,
  offset: number,
): void {
  if (!(lowest >= 0)) {
    const i = c.findIndex((value) => !(value >= 0));
    throw new DepletionError(where, grid.centres[i], c[i]);
  }
  out.set(c, offset);
  out.set(phi, offset + grid.cells);
}
