/** What chapter 11 concludes of the model, as checks. */
import { assertAtMost, measured } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import { sumOfSquares } from "../../numerics/statistics";
import { assertMoments, assertNearer, assertNull, fidelityOf } from "../sampling/figures";
import type { PlaneModel } from "./stage";

/** What a network trained for minutes is allowed: bias and spread within 3 % of the solver's spread. */
const allowed = 0.03;

/** |mean error| / |spread| over the cells, of posteriors or of laws. */
export function distance(
  found: { readonly mean: readonly number[] },
  exact: { readonly mean: readonly number[]; readonly std: readonly number[] },
): number {
  return Math.sqrt(sumOfSquares(found.mean.map((m, i) => m - exact.mean[i]))) / Math.sqrt(sumOfSquares(exact.std));
}

/** `trained`: false where the network was trained for a test only. */
export function assertPlaneModel(result: PlaneModel, { trained = true }: { trained?: Trained } = {}): void {
  const { evaluation, one, posterior } = result;
  const solver = fidelityOf(evaluation, "solver");
  if (solver.conditions >= 3) assertNull(solver);
  const again = distance(posterior.again, posterior.exact);
  measured("posterior from eight sensors: a second solver bank's mean, in exact standard deviations", again);
  if (trained === false) return;
  const about = sizesOf(trained);
  const network = fidelityOf(evaluation, "network");
  assertMoments("at held-out conditions", network, allowed, about);
  assertNearer(network, fidelityOf(evaluation, "gaussian"), about);
  // A mean of n fields errs by 1 / n^(1/2) of the spread, mostly along the first modes: three times that is rare.
  const chance = Math.hypot(1 / Math.sqrt(one.solver.count), 1 / Math.sqrt(one.model.count));
  assertAtMost(
    "mean at the condition shown, in spreads",
    distance(one.model.profile, one.solver.profile),
    allowed + 3 * chance,
    about,
  );
  const few = Math.hypot(1 / Math.sqrt(posterior.exact.ess), 1 / Math.sqrt(posterior.model.ess));
  assertAtMost(
    "posterior mean from eight sensors, in exact standard deviations",
    distance(posterior.model, posterior.exact),
    0.1 + 3 * few,
    about,
  );
}
