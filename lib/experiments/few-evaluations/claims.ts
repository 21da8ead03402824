/** What chapter 8 concludes of few evaluations. */
import { pairedInterval } from "../../diagnostics/paired-interval";
import { assertAtMost, measured, notClaimed } from "../../notebook/claims";
import { studentQuantile } from "../../numerics/distributions";
import { mean, meanWithError } from "../../numerics/statistics";
import type { Fidelity } from "../sampling/fidelity";
import { sizesOf, type Trained } from "../sizes";
import type { Contestant, FewEvaluations } from "./stage";

/** So many levels by the formula are what fewer are measured by. */
export const standard = 20;
/** The number of evaluations that a field takes unless another is asked for. */
export const proven = 8;

/**
 * Measures of a sample against the solver, larger for a worse one; each one number a condition. The squared bias is in
 * units of the variance, the skewness error in units of what sampling alone gives.
 */
export const measures: Readonly<Record<string, (f: Fidelity) => number>> = {
  "bias² / std²": (f) => mean(f.squaredBias),
  "std: |ln ratio|": (f) => mean(f.stdRatio.map((r) => Math.abs(Math.log(r)))),
  "std by mode: rms of ln ratio": (f) => Math.sqrt(mean(f.spectrum.ratio.map((r) => Math.log(r) ** 2))),
  "skewness error / floor": (f) => mean(f.skewness.map((s, channel) => s / f.skewnessFloor[channel])),
  "energy distance, z": (f) => f.energyZ,
  "classifier, 8 modes": (f) => f.accuracy[0],
  "classifier, most modes": (f) => f.accuracy[f.accuracy.length - 1],
};

/** A contestant's measure, condition by condition; undefined where it did not take part. */
export function valuesOf(
  { contestants }: FewEvaluations,
  who: Contestant,
  of: (f: Fidelity) => number,
): number[] | undefined {
  const found = contestants.find(({ steps, evaluations }) => steps === who.steps && evaluations === who.evaluations);
  return found?.fidelity.map(of);
}

/** Chance that a measure or more seems to lose although none does. */
const level = 0.01;

/**
 * What a contestant loses beyond the standard: the mean over conditions of the difference and its 95 % interval; and
 * what chance makes of such a mean between two solver ensembles, at most: Student's quantile times the standard
 * deviation of the mean difference, for all measures together one-sided at the level.
 */
export function lossOf(result: FewEvaluations, who: Contestant, of: (f: Fidelity) => number) {
  const own = valuesOf(result, who, of);
  const most = valuesOf(result, { steps: "formula", evaluations: standard }, of);
  const solver = valuesOf(result, { steps: "solver", evaluations: 0 }, of);
  if (!own || !most || !solver) throw new RangeError(`lossOf: ${who.steps} ${who.evaluations} did not take part`);
  const quantile = studentQuantile(solver.length - 1, (2 * level) / Object.keys(measures).length);
  return { ...pairedInterval(own, most), chance: quantile * Math.SQRT2 * meanWithError(solver).standardError };
}

/** `trained`: false where the network was trained for a test only. */
export function assertFewEvaluations(result: FewEvaluations, { trained = true }: { trained?: Trained } = {}): void {
  const learnt = result.contestants.filter(({ steps }) => steps === "learnt");
  for (const who of learnt) {
    for (const [name, of] of Object.entries(measures)) {
      measured(`${name}: ${who.evaluations} learnt evaluations less ${standard} by the formula`, lossOf(result, who, of).mean); // prettier-ignore
    }
  }
  if (trained === false) return;
  const about = sizesOf(trained);
  if (learnt.length === 0) {
    notClaimed("few evaluations lose nothing", "the model learnt no steps (training.trialFields is 0)");
    return;
  }
  for (const [name, of] of Object.entries(measures)) {
    const { mean: loss, chance } = lossOf(result, { steps: "learnt", evaluations: proven }, of);
    assertAtMost(
      `${name}: ${proven} learnt evaluations lose no more than chance against ${standard}`,
      loss,
      chance,
      about,
    );
  }
  const better = (evaluations: number, measure: string, claim: string): void => {
    const of = (steps: Contestant["steps"]): number =>
      mean(valuesOf(result, { steps, evaluations }, measures[measure]) ?? []);
    assertAtMost(
      `with ${evaluations} evaluations learnt steps ${claim} than the formula`,
      of("learnt"),
      of("formula"),
      about,
    );
  };
  better(proven, "std by mode: rms of ln ratio", "keep the modes' spread better");
  better(4, "skewness error / floor", "give a skewness nearer to the solver's");
}
