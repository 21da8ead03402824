/**
 * How problems hand over their fields: a concentration below zero, or a number that is none, is reported and never
 * passed on.
 */
import { DepletionError, InadmissibleInput } from "./errors";
import type { Axis } from "../fields/grid";

/**
 * Writes both channels [cells] to `out` from `offset`. DepletionError where the lowest concentration is negative,
 * InadmissibleInput where a number is not finite. phi is a sum from the first cell on and c one from the last, so that
 * what is lost anywhere is lost in their last terms too.
 */
export function writeFields(
  where: string,
  axis: Axis,
  { c, lowest, phi }: { readonly c: Float64Array; readonly lowest: number; readonly phi: Float64Array },
  out: Float64Array,
  offset: number,
): void {
  if (!(lowest >= 0 && c[0] < Infinity && Math.abs(phi[axis.cells - 1]) < Infinity)) {
    requireFinite(where, "c", c);
    requireFinite(where, "phi", phi);
    const i = c.findIndex((value) => value < 0);
    throw new DepletionError(where, axis.centres[i], c[i]);
  }
  out.set(c, offset);
  out.set(phi, offset + axis.cells);
}

/** Refuses a field [cells] that is not finite: what led to it lies too far outside the model for double precision. */
export function requireFinite(where: string, name: string, values: Float64Array): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new InadmissibleInput(
    `${where}: the numbers leave the range of double precision (${name} would be ${values[bad]} in cell ${bad}). ` +
      `Remedy: a porosity, a condition or a parameter of another order of magnitude.`,
  );
}
