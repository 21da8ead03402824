/** What is claimed of the bias budget. */
import { gaussian, gone } from "../chance";
import { assertAtLeast, assertAtMost } from "../../notebook/claims";
import type { BiasBudget } from "./budget";
import type { BudgetRow } from "./projection";

/** The prior mismatch carries the bias: everything else, and what is left over, is smaller by an order of magnitude. */
export function claimBudget({ channels, rows }: BiasBudget, options: { scoreTrained?: boolean } = {}): void {
  const of = (cause: BudgetRow["cause"]): BudgetRow => rows.find((r) => r.cause === cause)!;
  const prior = of("prior mismatch");
  const aboutTheScore = ["score error", "finite ensemble", "left over"];
  channels.forEach(({ name }, ch) => {
    const z = prior.ratio[ch] / prior.ratioError[ch];
    assertAtLeast(`the prior mismatch alone biases the mean of ${name} (standard errors)`, z, gaussian);
    for (const row of rows.filter((r) => r !== prior && r.cause !== "measured")) {
      if (options.scoreTrained === false && aboutTheScore.includes(row.cause)) continue;
      const limit = prior.ratio[ch] / gone + gaussian * row.ratioError[ch];
      assertAtMost(`beside it "${row.cause}" is small in ${name}`, Math.abs(row.ratio[ch]), limit);
    }
  });
}
