/** What chapter 11 concludes, as checks. */
import { assertAtLeast, assertClose, measured } from "../../notebook/claims";
import type { TwoDimensions } from "./stage";

/** Least-squares slope of ln(difference) against ln(h). */
export function orderOfFamily({ family }: TwoDimensions): number {
  const points = family.map(({ cells, difference }) => [-Math.log(cells), Math.log(difference["two potentials"])]);
  const middle = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k], 0) / points.length);
  const sums = points.reduce(
    ([xy, xx], [x, y]) => [xy + (x - middle[0]) * (y - middle[1]), xx + (x - middle[0]) ** 2],
    [0, 0],
  );
  return sums[0] / sums[1];
}

/** Singular values above the noise. */
export const resolved = (values: readonly number[]): number => values.filter((value) => value > 1).length;

/**
 * Cells along an axis: of the coarsest grid in the regime of h^2, of a finest one on which h^2 is small, of spectra.
 */
const [coarsest, fineEnough, cellsOfSpectrum] = [16, 64, 8];

/** The sentences about the family of porosities, and about how much a potential tells. */
export function assertTwoDimensions(result: TwoDimensions): void {
  const { family, maps, spectra } = result;
  const grids = family.map(({ cells }) => cells);
  const fine = { of: "twoDimensions.grids up to", least: fineEnough, here: Math.max(...grids) };
  const regime = { of: "twoDimensions.grids from", least: coarsest, here: Math.min(...grids) };
  const finest = family[family.length - 1].difference;
  assertClose(
    "two potentials: the difference of the family's potentials falls as h^2: order",
    orderOfFamily(result),
    2,
    {
      within: 0.3, // the scheme is of second order; the coarsest grids are not yet in that regime
    },
    [regime],
  );
  assertAtLeast(
    "a given current tells the family's members apart: its difference over the other",
    finest["a given current"] / finest["two potentials"],
    100,
    [fine],
  );
  const [eps, other] = maps.eps;
  assertAtLeast("the family's porosities differ: largest ratio", Math.max(...eps.map((e, at) => other[at] / e)), 1.3);
  const [line, plane] = spectra;
  assertAtLeast(
    "directions that a potential tells, plane over line",
    resolved(plane.values) / resolved(line.values),
    2,
    [{ of: "twoDimensions.cells", least: cellsOfSpectrum, here: line.values.length }],
  );
  measured(
    "directions that a potential tells on a plane, over those that hold 99 % of the porosity",
    resolved(plane.values) / plane.porosityModes,
  );
}
