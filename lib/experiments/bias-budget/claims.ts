/** What is claimed of the bias budget. */
import { gaussian, gone } from "../chance";
import { assertAtLeast, assertAtMost, notClaimed } from "../../notebook/claims";
import type { BiasBudget } from "./budget";
import type { BudgetRow } from "./projection";

/** From so many steps on their share of the bias is claimed to be small; it is known exactly. */
const enoughSteps = 50;

/** The prior mismatch carries the bias: everything else, and what is left over, is smaller by an order of magnitude. */
export function claimBudget({ channels, rows, steps }: BiasBudget, options: { scoreTrained?: boolean } = {}): void {
  const of = (cause: BudgetRow["cause"]): BudgetRow => rows.find((r) => r.cause === cause)!;
  const prior = of("prior mismatch");
  const aboutTheScore = ["score error", "finite ensemble", "left over"];
  channels.forEach(({ name }, ch) => {
    const z = prior.ratio[ch] / prior.ratioError[ch];
    assertAtLeast(`the prior mismatch alone biases the mean of ${name} (standard errors)`, z, gaussian);
    for (const row of rows.filter((r) => r !== prior && r.cause !== "measured")) {
      if (options.scoreTrained === false && aboutTheScore.includes(row.cause)) continue;
      const limit = prior.ratio[ch] / gone + gaussian * row.ratioError[ch];
      const [claim, share] = [`beside it "${row.cause}" is small in ${name}`, Math.abs(row.ratio[ch])];
      const few = row.cause === "time discretisation" && steps < enoughSteps && share > limit;
      if (few) notClaimed(claim, `that is about ${enoughSteps} steps or more, here are ${steps}`);
      else assertAtMost(claim, share, limit);
    }
  });
}
