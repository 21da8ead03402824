/** The sentences that chapter 8 concludes with: observed orders, and what cannot be told from the solver. */
import { holm } from "../../diagnostics/multiple-testing";
import { chiSquareTail } from "../../numerics/distributions";
import { assertAtLeast, assertAtMost, assertClose, notClaimed, type Size } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import { gridMethods, type SamplerName } from "./samplers";
import type { NetworkRow } from "./network-rows";
import { originalEvaluations } from "./published-cost";
import type { WorkPrecision } from "./stage";
import { samplerNames } from "./sampler-names";

/** Order in the step of the Wasserstein distance: the smaller of the orders of mean and spread. */
export const theoreticalOrder: Record<(typeof gridMethods)[number], number> = {
  "reverse-sde-euler": 1,
  "reverse-sde-heun": 2,
  "predictor-corrector": 1,
  "edm-heun": 2,
  "dpm-solver-sde": 2,
  "flow-euler": 1,
  "flow-heun": 2,
  "dpm-solver": 2,
};

/**
 * p of the energy distance of each row under equal laws, corrected for their number (Holm). Under the null z is a
 * weighted sum of chi-squares whose tail is heaviest where one mode dominates, z = (chi^2_1 - 1) / 2^(1/2): a bound
 * that needs no calibration.
 */
export function adjustedP(rows: readonly Pick<NetworkRow, "z">[]): number[] {
  return holm(rows.map(({ z }) => chiSquareTail(1 + Math.SQRT2 * z, 1)));
}

/** Chance that one row or more is called different although all laws are equal. */
export const level = 0.01;

/**
 * Fewest evaluations from which on, up to the most that were tried, fields cannot be told from the solver's; Infinity
 * if there are none.
 */
export function evaluationsToFloor(result: WorkPrecision, sampler: SamplerName): number {
  const p = adjustedP(result.network);
  const own = result.network
    .map((row, k) => ({ ...row, same: p[k] > level }))
    .filter((row) => row.sampler === sampler)
    .sort((a, b) => b.evaluations - a.evaluations);
  let found = Infinity;
  for (const { same, evaluations } of own) {
    if (!same) break;
    found = evaluations;
  }
  return found;
}

/** The order that one sampler shows. */
export interface ObservedOrder {
  readonly sampler: (typeof gridMethods)[number];
  readonly order: number;
  /** What theory leaves open at these steps. */
  readonly within: number;
}

/**
 * Slopes of log error against log steps at the finest two grids. With h the step in log(sigma / alpha) and error C h^p
 * (1 + k h + ..), the slope between 2h and h is p + k h / log 2; k is of order one, since every mode passes from noise
 * to signal within a distance of order one. To this h / log 2 comes the rounding of single precision: three times 2^-24
 * for each step, added as independent errors.
 */
export function observedOrders({ exact, logRange }: WorkPrecision): ObservedOrder[] {
  return gridMethods.map((sampler) => {
    const rows = exact.filter((r) => r.sampler === sampler).sort((a, b) => a.steps - b.steps);
    const [coarse, fine] = rows.slice(-2);
    const apart = Math.log(fine.steps / coarse.steps);
    const rounding = (row: typeof fine): number => roundingOf(row.steps) / row.total;
    const order = Math.log(coarse.total / fine.total) / apart;
    const within = logRange / fine.steps / Math.LN2 + (rounding(coarse) + rounding(fine)) / apart;
    return { sampler, order, within };
  });
}

/** Of single precision: three times 2^-24 for each step, added as independent errors. */
const roundingOf = (steps: number): number => 3 * 2 ** -24 * Math.sqrt(steps);

/**
 * Evaluations within which the mode flow is claimed to reach the solver, and how near to them one must have been tried.
 */
const [mostOfFlow, leastOfFlow] = [20, 16];

/** The sentences that chapter 8 concludes with. `trained`: false where the network was trained for a test only. */
export function assertWorkPrecision(result: WorkPrecision, { trained = true }: { trained?: Trained } = {}): void {
  for (const { sampler, order, within } of observedOrders(result)) {
    const claim = `${samplerNames[sampler]}: order in the step`;
    if (within > 0.5 && Number.isFinite(within)) {
      // too coarse to tell one order from the next, or so fine that rounding hides it
      notClaimed(claim, `these workPrecision.exactEvaluations leave ${within.toFixed(1)} of it open; see the preset's`);
    } else assertClose(claim, order, theoreticalOrder[sampler], { within });
  }
  // The more evaluations, the smaller the tolerance.
  const adaptive = result.exact
    .filter((r) => r.sampler === "flow-adaptive")
    .sort((a, b) => a.evaluations - b.evaluations);
  adaptive.slice(1).forEach((row, k) => {
    const claim = "the adaptive method errs less at a smaller tolerance";
    assertAtMost(claim, row.total, adaptive[k].total + roundingOf(row.evaluations));
  });
  assertAtMost("the mode flow moves nothing where the data are Gaussian", result.modeFlowOnGaussian, 2 ** -20);
  assertClose("the original spends, in GFLOP on each field", gigaflops(result), 231, { within: 3 });
  if (trained === false) return;
  const about = sizesOf(trained);
  const p = adjustedP(result.network);
  const of = (wanted: SamplerName | "solver") =>
    result.network.map((row, k) => ({ ...row, p: p[k] })).filter(({ sampler }) => sampler === wanted);
  assertAtLeast("a second solver ensemble is not told from the first: p", of("solver")[0].p, level);
  claimFlow(result, about);
  const coarse = of("reverse-sde-euler").filter(({ evaluations }) => evaluations <= 20);
  for (const { evaluations, p: own } of coarse)
    assertAtMost(`Euler–Maruyama with ${evaluations} evaluations is told from the solver: p`, own, level, about);
}

/** A network that learned the whole score has no mode flow. */
function claimFlow(result: WorkPrecision, about: readonly Size[]): void {
  const claim = `the mode flow needs at most ${mostOfFlow} evaluations to be not told from the solver`;
  const tried = result.network.flatMap((r) => (r.sampler === "mode-flow" ? [r.evaluations] : []));
  if (tried.length === 0) {
    notClaimed(claim, "this network learned the whole score and has none");
    return;
  }
  const nearest = Math.max(0, ...tried.filter((n) => n <= mostOfFlow));
  const levels = {
    of: `evaluations by workPrecision.levels, ${mostOfFlow} at most,`,
    least: leastOfFlow,
    here: nearest,
  };
  const flow = evaluationsToFloor(result, "mode-flow");
  assertAtMost(claim, flow, mostOfFlow, [...about, levels]);
  const ratio = (gigaflops(result) * 1e9) / (flow * result.cost.operations.trained);
  const fewer = "which is fewer operations than the original's by a factor of";
  assertAtLeast(fewer, ratio, 1000, [...about, levels]);
}

const gigaflops = ({ cost }: WorkPrecision): number => (originalEvaluations * cost.operations.published) / 1e9;
