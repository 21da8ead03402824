/**
 * Porosity profiles from outside, brought to the cells of a grid: an array (one value per cell), a function of x in m, or
 * a table of x (m, increasing) and eps that is interpolated linearly and must cover every cell centre.
 */
import { InadmissibleInput } from "./errors";
import type { Axis } from "../fields/grid";
import type { CellValues } from "./conductances";
import { checkPorosityProfile } from "./input";

export type ProfileSource =
  ArrayLike<number> | ((x: number) => number) | { readonly x: ArrayLike<number>; readonly eps: ArrayLike<number> };

/** eps [cells]; the caller owns it. Throws `InadmissibleInput`. */
export function porosityProfile(source: ProfileSource, axis: Axis): CellValues {
  const eps =
    typeof source === "function"
      ? axis.centres.map((x) => source(x))
      : "x" in source
        ? interpolated(source.x, source.eps, axis)
        : Float64Array.from(source);
  checkPorosityProfile("porosityProfile", eps, axis.cells);
  return eps;
}

/**
 * A table from the text of a CSV file: one line per point, x (m) and eps separated by a comma, a semicolon or blanks; a
 * first line of column names and lines that begin with # are passed over. `name` is used in messages.
 */
export function profileTable(text: string, name: string): { x: Float64Array; eps: Float64Array } {
  const x: number[] = [];
  const eps: number[] = [];
  let first = true;
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return;
    const numbers = line
      .trim()
      .split(/\s*[,;]\s*|\s+/)
      .map((word) => (word === "" ? NaN : Number(word)));
    const header = first && numbers.every(Number.isNaN);
    first = false;
    if (header) return;
    if (numbers.length !== 2 || !numbers.every(Number.isFinite)) {
      throw new InadmissibleInput(
        `${name}, line ${index + 1}: expected two numbers, x and eps, got "${line.trim().slice(0, 80)}"`,
      );
    }
    x.push(numbers[0]);
    eps.push(numbers[1]);
  });
  if (x.length < 2) throw new InadmissibleInput(`${name}: expected at least two lines of x and eps, got ${x.length}`);
  checkIncreasing(name, x);
  return { x: Float64Array.from(x), eps: Float64Array.from(eps) };
}

function interpolated(x: ArrayLike<number>, eps: ArrayLike<number>, axis: Axis): Float64Array {
  const count = x.length;
  if (count !== eps.length || count < 2) {
    throw new InadmissibleInput(
      `porosityProfile: x and eps must be equally long, at least 2, got ${count} and ${eps.length}`,
    );
  }
  checkIncreasing("porosityProfile", x);
  const [from, to] = [axis.centres[0], axis.centres[axis.cells - 1]];
  if (!(x[0] <= from && x[count - 1] >= to)) {
    throw new InadmissibleInput(
      `porosityProfile: x must cover the cell centres from ${from} to ${to} m, got ${x[0]} to ${x[count - 1]} m`,
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
