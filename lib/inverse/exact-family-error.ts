/**
 * Exact non-identifiability, seen on grids. For each number of cells a porosity, the middle member of its family
 * (exact-family.ts) and both potentials under two given potentials; then both again with a given current at the right
 * end. If the member is one, the first difference vanishes with h^2, the order of the scheme, and the second does not
 * vanish: the current fixes the constant that was free.
 */
import { boundaryConfigurations } from "../transport/conduction";
import { axisOf, gridOf } from "../transport/domain";
import type { Condition } from "../transport/problem";
import { problem } from "../transport/problems";
import { conductionSource, exactFamily } from "./exact-family";

export interface FamilyMember {
  readonly cells: number;
  readonly x: Float64Array; // cell centres, m
  readonly eps: Float64Array;
  readonly member: Float64Array;
  /** phi of the member minus phi of eps, V: two potentials given, or a potential and a current. */
  readonly twoPotentials: Float64Array;
  readonly potentialAndCurrent: Float64Array;
}

export interface FamilyOptions {
  /** Porosity at a place, m. */
  readonly eps: (x: number) => number;
  readonly source: { readonly amplitude: number; readonly centre: number; readonly width: number };
  readonly load?: number;
  /** Which member: a share of the way from eps to the end of the interval of shifts, in (-1, 1). Default 1/2. */
  readonly share?: number;
  /** Put in place of the member, to see that another porosity would be found out. */
  readonly instead?: (member: number, x: number) => number;
}

export function familyMember(
  cells: number,
  { eps: at, source, load = 1, share = 0.5, instead }: FamilyOptions,
): FamilyMember {
  if (!(share > -1 && share < 1)) throw new RangeError(`familyMember: share must lie in (-1, 1), got ${share}`);
  const p = problem("conduction");
  const axis = axisOf(p, cells);
  const solver = p.solver(gridOf(p, cells));
  const condition = (boundary: string): Condition => {
    return { l: 0.1 * p.domain[0].length, boundary: boundaryConfigurations.indexOf(boundary), load, ...source };
  };
  const solve = (of: Float64Array, boundary: string): Float64Array => {
    const phi = new Float64Array(cells);
    solver.solve(of, condition(boundary), phi);
    return phi;
  };
  const eps = axis.centres.map(at);
  const phi = solve(eps, "Dirichlet-Dirichlet");
  const sink = conductionSource(axis, condition("Dirichlet-Dirichlet"));
  const family = exactFamily(axis, { eps, phi, source: sink }, p.porosity.law);
  const exact = family.member(share < 0 ? -share * family.shifts[0] : share * family.shifts[1]);
  const member = instead ? exact.map((e, i) => instead(e, axis.centres[i])) : exact;
  const difference = (boundary: string): Float64Array => {
    const own = solve(eps, boundary);
    return solve(member, boundary).map((v, i) => v - own[i]);
  };
  return {
    cells,
    x: axis.centres,
    eps,
    member,
    twoPotentials: difference("Dirichlet-Dirichlet"),
    potentialAndCurrent: difference("Dirichlet-Neumann"),
  };
}

export const largest = (values: Float64Array): number => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
