/** What chapter 11 concludes of the model, as checks. */
import { assertAtMost, assertClose, measured } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import { sumOfSquares } from "../../numerics/statistics";
import { fidelitySummary, nullLimit } from "../sampling/figures";
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
  const [network, gaussian, solver] = (["network", "gaussian", "solver"] as const).map((who) => {
    const found = fidelitySummary(evaluation, who);
    if (!found) throw new RangeError(`assertPlaneModel: the evaluation has no ${who}`);
    return found;
  });
  if (solver.conditions >= 3)
    assertAtMost("the null: two solver ensembles do not differ", solver.energy.mean, nullLimit(solver.conditions));
  const again = distance(posterior.again, posterior.exact);
  measured("posterior from eight sensors: a second solver bank's mean, in exact standard deviations", again);
  if (trained === false) return;
  const about = sizesOf(trained);
  assertAtMost(
    "squared bias over variance at held-out conditions",
    network.bias.meanSquare,
    allowed ** 2 + 4 * network.bias.error,
    about,
  );
  network.std.forEach((std) =>
    assertClose("spread at held-out conditions", std.mean, 1, { within: allowed + 4 * std.error }, about),
  );
  assertAtMost(
    "the network is nearer to the solver than the Gaussian model",
    network.energy.mean,
    gaussian.energy.mean,
    about,
  );
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
