import * as assert from "node:assert";
import { conductionSource, exactFamily } from "../../lib/inverse/exact-family";
import { familyMember, type FamilyOptions, largest } from "../../lib/inverse/exact-family-error";
import { axisOf, gridOf } from "../../lib/transport/domain";
import { boundaryConfigurations } from "../../lib/transport/conduction";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";

const conduction = problem("conduction");
const bounds = conduction.porosity.law;
const condition = (boundary: string, amplitude: number) => {
  return { l: 0.1, boundary: boundaryConfigurations.indexOf(boundary), load: 1, amplitude, centre: 0.4, width: 0.2 };
};

/**
 * Largest difference of the potentials of a porosity and of the member of its family in the middle of the upper half.
 */
function difference(cells: number, boundary: string, amplitude: number): number {
  const axis = axisOf(conduction, cells);
  const eps = axis.centres.map((x) => 0.33 + 0.05 * Math.sin(5 * x));
  const solve = (e: Float64Array, at: string) => {
    const phi = new Float64Array(cells);
    conduction.solver(gridOf(conduction, cells)).solve(e, condition(at, amplitude), phi);
    return phi;
  };
  const source = conductionSource(axis, condition(boundary, amplitude));
  const family = exactFamily(axis, { eps, phi: solve(eps, "Dirichlet-Dirichlet"), source }, bounds);
  const other = family.member(0.5 * family.shifts[1]);
  assert.ok(Math.max(...other.map((e, i) => Math.abs(e - eps[i]))) > 0.02, "the porosities are far apart");
  const [a, b] = [solve(eps, boundary), solve(other, boundary)];
  return Math.max(...a.map((v, i) => Math.abs(v - b[i])));
}

describe("exact family of porosities with one potential", () => {
  it("has the same potential to rounding where there is no source", () => {
    assertClose("difference", difference(50, "Dirichlet-Dirichlet", 0), 0, { within: 1e-13 });
  });

  it("has the same potential to second order in h with a source", () => {
    const [coarse, fine] = [100, 200].map((n) => difference(n, "Dirichlet-Dirichlet", 0.3));
    assertClose("observed order", Math.log2(coarse / fine), 2, { within: 0.1 });
    assert.ok(fine < 1e-5);
  });

  it("ends where a flux is given: the same two porosities have potentials far apart", () => {
    assert.ok(difference(100, "Dirichlet-Neumann", 0.3) > 0.1);
  });

  it("refuses a flux that changes sign and a shift out of bounds", () => {
    const axis = axisOf(conduction, 50);
    const eps = new Float64Array(50).fill(0.3);
    const phi = new Float64Array(50);
    conduction.solver(gridOf(conduction, 50)).solve(eps, condition("Dirichlet-Dirichlet", 0.1), phi);
    const source = conductionSource(axis, condition("Dirichlet-Dirichlet", 0.1));
    const known = { eps, phi, source };
    assert.throws(() => exactFamily(axis, known, bounds).member(10), /the shift lies in .* got 10/);
    const strong = source.map((f) => -100 * f);
    assert.throws(() => exactFamily(axis, { ...known, source: strong }, bounds), /changes sign/);
  });
});

describe("a member of the family, seen on grids", () => {
  const source = { amplitude: 0.3, centre: 0.4, width: 0.2 };
  const eps = (x: number): number => 0.33 + 0.05 * Math.sin(5 * x);
  const member = (cells: number, given: Partial<FamilyOptions> = {}) => familyMember(cells, { eps, source, ...given });

  it("lies its share of the way to either end of the shifts; by default half way up", () => {
    const axis = axisOf(conduction, 50);
    const own = axis.centres.map(eps);
    const given = condition("Dirichlet-Dirichlet", source.amplitude);
    const phi = new Float64Array(50);
    conduction.solver(gridOf(conduction, 50)).solve(own, given, phi);
    const family = exactFamily(axis, { eps: own, phi, source: conductionSource(axis, given) }, bounds);
    assert.deepStrictEqual(member(50).eps, own);
    assert.deepStrictEqual(member(50).x, axis.centres);
    assert.deepStrictEqual(member(50).member, family.member(0.5 * family.shifts[1]));
    assert.deepStrictEqual(member(50, { share: 0.9 }).member, family.member(0.9 * family.shifts[1]));
    assert.deepStrictEqual(member(50, { share: -0.4 }).member, family.member(0.4 * family.shifts[0]));
    for (const share of [1, -1, NaN]) assert.throws(() => member(50, { share }), /share must lie in \(-1, 1\), got/);
  });

  it("has the same potential to order h^2 between two potentials, and another one with a current", () => {
    const [coarse, fine] = [100, 200].map((cells) => member(cells));
    const order = Math.log2(largest(coarse.twoPotentials) / largest(fine.twoPotentials));
    assertClose("observed order", order, 2, { within: 0.1 });
    assert.strictEqual(largest(coarse.twoPotentials), difference(100, "Dirichlet-Dirichlet", 0.3));
    assert.strictEqual(largest(coarse.potentialAndCurrent), difference(100, "Dirichlet-Neumann", 0.3));
  });

  it("another porosity in its place is found out: the difference stays on finer grids", () => {
    const instead = (e: number, x: number): number => e * (1 + 0.05 * x);
    const [coarse, fine] = [100, 200].map((cells) => largest(member(cells, { instead }).twoPotentials));
    assertClose("ratio", coarse / fine, 1, { within: 0.1 });
    assert.ok(fine > 1e-3);
  });

  it("the largest of values counts their sizes", () => {
    assert.deepStrictEqual([largest(Float64Array.of(1, -3, 2)), largest(new Float64Array(0))], [3, 0]);
  });
});
