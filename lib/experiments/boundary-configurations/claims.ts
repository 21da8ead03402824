/** What the last cell of chapter 9 asserts. */
import type { Size } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import { assertMoments, assertNearer, assertNull, fidelityOf } from "../sampling/figures";
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
    const solver = fidelityOf(part, "solver");
    if (solver.conditions >= 3) assertNull(solver);
  }
  if (trained === false) return;
  const about = sizesOf(trained);
  assertNear("at held-out conditions of all pairs", held, about);
  assertNear("in the sweeps", { ...held, conditions: swept.flatMap(({ conditions }) => conditions) }, about);
}

function assertNear(where: string, part: Evaluation, about: readonly Size[]): void {
  const network = fidelityOf(part, "network");
  assertMoments(where, network, allowed, about);
  assertNearer(network, fidelityOf(part, "gaussian"), about, { where: ` ${where}` });
}
