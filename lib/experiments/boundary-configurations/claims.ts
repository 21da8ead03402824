/** What the last cell of chapter 9 asserts. */
import { assertAtMost, assertClose, type Size } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import { fidelitySummary, nullLimit } from "../sampling/figures";
import type { Evaluation } from "../sampling/stage";

/**
 * What one network for all pairs, trained for minutes, is allowed: bias and spread within 3 % of the solver's spread.
 */
const allowed = 0.03;

/**
 * `held`: at held-out conditions of all pairs; `swept`: at the points of the sweeps. `trained`: false where the network
 * was trained for a test only.
 */
export function assertBoundaries(
  held: Evaluation,
  swept: readonly Evaluation[],
  { trained = true }: { trained?: Trained } = {},
): void {
  for (const part of [held, ...swept]) {
    const solver = fidelitySummary(part, "solver");
    if (!solver) throw new RangeError("assertBoundaries: the evaluation has no second solver ensemble");
    if (solver.conditions >= 3)
      assertAtMost("the null: two solver ensembles do not differ", solver.energy.mean, nullLimit(solver.conditions));
  }
  if (trained === false) return;
  const about = sizesOf(trained);
  assertNear("at held-out conditions of all pairs", held, about);
  assertNear("in the sweeps", { ...held, conditions: swept.flatMap(({ conditions }) => conditions) }, about);
}

function assertNear(where: string, part: Evaluation, about: readonly Size[]): void {
  const [network, gaussian] = [fidelitySummary(part, "network"), fidelitySummary(part, "gaussian")];
  if (!network || !gaussian) throw new RangeError("assertBoundaries: the evaluation lacks the network or the Gaussian");
  assertAtMost(
    `squared bias over variance ${where}`,
    network.bias.meanSquare,
    allowed ** 2 + 4 * network.bias.error,
    about,
  );
  for (const std of network.std)
    assertClose(`spread ${where}`, std.mean, 1, { within: allowed + 4 * std.error }, about);
  assertAtMost(
    `the network is nearer to the solver than the Gaussian model ${where}`,
    network.energy.mean,
    gaussian.energy.mean,
    about,
  );
}
