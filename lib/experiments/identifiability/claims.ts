/**
 * What chapter 6 checks beside its spectra: derivatives, the sampled posterior, the exact family, pairs, residuals; and
 * the sentences that it concludes with, as one function, so that a test can hand it results that are wrong on purpose.
 */
import type { FieldMap } from "../../inverse/field-map";
import { familyMember, type FamilyMember, type FamilyOptions, largest } from "../../inverse/exact-family-error";
import { assertAtLeast, assertAtMost, assertClose, type Size } from "../../notebook/claims";
import { sumOfSquares } from "../../numerics/statistics";
import type { IdentifiabilityResult } from "./stage";
import type { PosteriorResult } from "../posterior/stage";

/** A correlation length, given as a fraction of the electrode, as figures and tables write it. */
export const lengthLabel = (fraction: number): string => `ℓ = L/${Math.round(1 / fraction)}`;

/**
 * Largest |J v - difference| over the largest difference, channel by channel, for the derivative along v at xi:
 * fourth-order central differences with a step t of a prior standard deviation err by t^4 = 1e-8 of it and by rounding.
 */
export function jacobianError(map: FieldMap, xi: Float64Array, v: Float64Array): number {
  const t = 1e-2 / Math.sqrt(sumOfSquares(v) / v.length);
  const at = (steps: number): Float64Array => map.fields(xi.map((x, i) => x + steps * t * v[i]));
  const [a, b, c, d] = [at(-2), at(-1), at(1), at(2)];
  const J = map.jacobian(xi);
  let worst = 0;
  for (let first = 0; first < a.length; first += map.cells) {
    let [most, error] = [0, 0];
    for (let i = first; i < first + map.cells; i++) {
      const seen = (8 * (c[i] - b[i]) - (d[i] - a[i])) / (12 * t);
      let along = 0;
      for (let q = 0; q < map.cells; q++) along += J[i * map.cells + q] * v[q];
      most = Math.max(most, Math.abs(seen));
      error = Math.max(error, Math.abs(seen - along));
    }
    worst = Math.max(worst, error / most);
  }
  return worst;
}

/** The exact family of porosities with equal potentials, on several grids. */
export interface FamilyStudy {
  /** On grids of falling width, each half of the one before. */
  readonly members: readonly FamilyMember[];
  /** Largest difference of the potentials in V on each grid. */
  readonly twoPotentials: readonly number[];
  readonly potentialAndCurrent: readonly number[];
}

/** A porosity with a source beside it, and a member of its family, on three grids. */
export function exactFamilyStudy(change: Partial<FamilyOptions> = {}): FamilyStudy {
  const members = [100, 200, 400].map((cells) =>
    familyMember(cells, {
      eps: (x) => 0.33 + 0.05 * Math.sin(5 * x),
      source: { amplitude: 0.3, centre: 0.4, width: 0.2 },
      ...change,
    }),
  );
  return {
    members,
    twoPotentials: members.map((m) => largest(m.twoPotentials)),
    potentialAndCurrent: members.map((m) => largest(m.potentialAndCurrent)),
  };
}

/** All that the chapter's claims are about. */
export interface Chapter6 {
  readonly results: readonly IdentifiabilityResult[];
  readonly jacobian: number;
  readonly posterior: readonly PosteriorResult[];
  readonly family: FamilyStudy;
  readonly pairs: readonly {
    readonly correlationLength: number;
    readonly fieldDifference: number;
    readonly porosityDifference: number;
  }[];
}

/** The shortest correlation length first. */
const byLength = <T extends { readonly correlationLength: number }>(all: readonly T[]): T[] =>
  [...all].sort((a, b) => a.correlationLength - b.correlationLength);

/** A name that a sweep over the lengths keeps. */
const nth = (k: number): string => `at correlation length ${k + 1}, the shortest first,`;

/** The same draws of the porosity: more data never widen a linear Gaussian posterior. */
function claimTogether(results: readonly IdentifiabilityResult[]): void {
  byLength(results.filter((r) => r.channels.length > 1)).forEach(({ correlationLength, channels, result }, k) => {
    const alone = results.filter((r) => r.correlationLength === correlationLength && r.channels.length === 1);
    const best = Math.min(...alone.map((r) => r.result.whole.mean));
    const [all, one] = channels.length === 2 ? ["both", "better"] : ["all", "best"];
    const claim = `${nth(k)} ${all} channels together leave no more open than the ${one} one`;
    assertAtMost(claim, result.whole.mean, best * (1 + 1e-9));
  });
}

/**
 * Cells of the claim that counts directions: what the potential resolves hardly depends on the grid, their number does.
 */
const wholeGrid = 100;

/** The potential of electrodes, of which an end is insulated. */
function claimPotential(results: readonly IdentifiabilityResult[], chains: boolean, about: readonly Size[]): void {
  const ofElectrodes = ["electrode-published", "electrode"].includes(results[0].problem);
  const phi = ofElectrodes ? byLength(results.filter((r) => r.observed === "phi")) : [];
  phi.forEach(({ result }, k) => {
    const most = result.resolved.mean + 3 * result.resolved.standardError;
    const few =
      `${nth(k)} the potential resolves at most a fifth of the porosity's directions ` +
      "(three standard errors added)";
    const cells = { of: "problem.cells", least: wholeGrid, here: result.x.length };
    assertAtMost(few, most, result.x.length / 5, [...about, cells]);
    // Two draws, as a test has them, do not tell their standard error.
    const apart = chains ? 3 * Math.hypot(result.whole.standardError, result.nearZero.standardError) : 0;
    assertAtLeast(
      `${nth(k)} the insulated end is known less well than the whole, beyond three standard errors (posterior ` +
        "spreads, end less whole)",
      result.nearZero.mean - result.whole.mean,
      apart,
      about,
    );
    if (k === 0) return;
    const before = phi[k - 1].result.whole;
    const error = 3 * Math.hypot(before.standardError, result.whole.standardError);
    assertAtLeast(
      `${nth(k)} less of the spread stays open than of the rougher porosity before it, beyond three standard errors`,
      before.mean - result.whole.mean,
      error,
      about,
    );
  });
}

/**
 * The sentences about the porosity. `chains`: false where chains are too short and draws too few to say anything, as in
 * a test. `about`: the draws and the length of the chains that what is said with standard errors is about.
 */
export function assertNonIdentifiability(
  { results, jacobian, posterior, family, pairs }: Chapter6,
  { chains = true, about = [] }: { chains?: boolean; about?: readonly Size[] } = {},
): void {
  assertAtMost("the fields' derivatives agree with differences of fourth order, relative", jacobian, 1e-6);
  claimTogether(results);
  claimPotential(results, chains, about);
  byLength(chains ? posterior : []).forEach(({ effective, difference, differenceFloor }, k) => {
    assertAtLeast(
      `${nth(k)} the chain has the draws that see an error of a quarter at three standard errors, 1 / (2 n)^(1/2)`,
      effective,
      72,
      about,
    );
    assertAtMost(
      `${nth(k)} the sampled posterior spread is the linearised one to a quarter and its Monte-Carlo error`,
      difference,
      0.25 + 3 * differenceFloor,
      about,
    );
  });
  const [coarse, middle, fine] = family.twoPotentials.map((d) => Math.log2(d));
  const order = middle - fine;
  // Richardson: the order at the finest pair of grids differs from 2 by what it still changes; twice that, and rounding
  assertClose("with two potentials given the family's difference vanishes with the square of the cell", order, 2, {
    within: 2 * Math.abs(order - (coarse - middle)) + 0.05,
  });
  assertAtLeast(
    "a current given instead tells the two porosities apart: ratio of the differences",
    family.potentialAndCurrent[2] / family.twoPotentials[2],
    1000,
  );
  byLength(pairs).forEach((p, k) => {
    assertAtMost(`${nth(k)} fields of the pair agree within the noise`, p.fieldDifference, 1);
  });
  const shortest = pairs.reduce((a, b) => (a.correlationLength < b.correlationLength ? a : b));
  // two independent draws differ by 2^(1/2)
  assertAtLeast(
    "and the porosities of the shortest length are half as far apart as independent draws",
    shortest.porosityDifference,
    Math.SQRT1_2,
  );
}
