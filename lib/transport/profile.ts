/**
 * Porosity profiles from outside, brought to the cells of a grid: an array (one value per cell), a function of x in m,
 * or a table of x (m, increasing) and eps that is interpolated linearly and must cover every cell centre.
 */
import { InadmissibleInput } from "./errors";
import type { Axis } from "../fields/grid";
import type { CellValues } from "./conductances";
import { readProfileTable } from "../porosity/profile-table";
import { checkPorosityProfile } from "./input";

export interface TabulatedProfile {
  /** Increasing; m, or shares of the thickness. */
  readonly x: ArrayLike<number>;
  readonly eps: ArrayLike<number>;
  /** Of x; undefined where nobody said one, and metres are taken. */
  readonly unit?: "m" | "x/L" | undefined;
  /** What messages call it. */
  readonly name?: string;
}

export type ProfileSource = ArrayLike<number> | ((x: number) => number) | TabulatedProfile;

/** eps [cells]; the caller owns it. Throws `InadmissibleInput`. */
export function porosityProfile(source: ProfileSource, axis: Axis): CellValues {
  const eps =
    typeof source === "function"
      ? axis.centres.map((x) => source(x))
      : "x" in source
        ? interpolated(source, axis)
        : Float64Array.from(source);
  checkPorosityProfile("porosityProfile", eps, axis.cells);
  return eps;
}

/**
 * A table from a CSV file, given as its text or its bytes: x and eps, a line for each point; the header's unit of x is
 * converted (lib/porosity/profile-table.ts). `name` is used in messages. @throws UserError
 */
export function profileTable(text: string | Uint8Array, name: string): TabulatedProfile {
  const { x, unit, profiles } = readProfileTable(text, name);
  if (profiles.length === 1) return { x, eps: profiles[0], unit, name };
  throw new InadmissibleInput(`${name}: expected two columns, x and eps, got ${1 + profiles.length}`);
}

function interpolated({ x: given, eps, unit, name = "porosityProfile" }: TabulatedProfile, axis: Axis): Float64Array {
  const count = given.length;
  if (count !== eps.length || count < 2) {
    throw new InadmissibleInput(`${name}: x and eps must be equally long, at least 2, got ${count} and ${eps.length}`);
  }
  const x = unit === "x/L" ? Float64Array.from(given, (share) => share * axis.length) : given;
  checkIncreasing(name, x);
  const [from, to] = [axis.centres[0], axis.centres[axis.cells - 1]];
  if (!(x[0] <= from && x[count - 1] >= to)) {
    throw new InadmissibleInput(
      `${name}: x must cover the cell centres from ${from} to ${to} m, got ${x[0]} to ${x[count - 1]} m`,
    );
  }
  // Places without a unit that go far beyond the electrode are no metres.
  if (unit === undefined && x[count - 1] > 2 * axis.length) {
    throw new InadmissibleInput(
      `${name}: x goes to ${x[count - 1]}, which in metres is beyond the electrode of ${axis.length} m. ` +
        'Remedy: the unit in the header, as in "x_um,eps" or "x/L,eps"',
    );
  }
  let k = 0;
  return axis.centres.map((at) => {
    while (k + 2 < count && x[k + 1] < at) k++;
    const share = (at - x[k]) / (x[k + 1] - x[k]);
    return (1 - share) * eps[k] + share * eps[k + 1];
  });
}

function checkIncreasing(where: string, x: ArrayLike<number>): void {
  for (let i = 0; i + 1 < x.length; i++) {
    if (x[i + 1] > x[i]) continue;
    throw new InadmissibleInput(
      `${where}: x must increase from point to point, got ${x[i]} and then ${x[i + 1]} (point ${i + 2})`,
    );
  }
}
