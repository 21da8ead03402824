/** What is claimed of the bias budget. */
import { gaussian, gone } from "../chance";
import { assertAtLeast, assertAtMost } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import type { BiasBudget } from "./budget";
import type { BudgetRow } from "./projection";

/** From so many steps on their share of the bias is claimed to be small; it is known exactly. */
const enoughSteps = 50;

/** The prior mismatch carries the bias: everything else, and what is left over, is smaller by an order of magnitude. */
export function claimBudget({ channels, rows, steps }: BiasBudget, options: { scoreTrained?: Trained } = {}): void {
  const { scoreTrained = true } = options;
  const of = (cause: BudgetRow["cause"]): BudgetRow => rows.find((r) => r.cause === cause)!;
  const prior = of("prior mismatch");
  const aboutTheScore = ["score error", "finite ensemble", "left over"];
  channels.forEach(({ name }, ch) => {
    const z = prior.ratio[ch] / prior.ratioError[ch];
    assertAtLeast(`the prior mismatch alone biases the mean of ${name} (standard errors)`, z, gaussian);
    for (const row of rows.filter((r) => r !== prior && r.cause !== "measured")) {
      const ofScore = aboutTheScore.includes(row.cause);
      if (scoreTrained === false && ofScore) continue;
      const limit = prior.ratio[ch] / gone + gaussian * row.ratioError[ch];
      const about = [
        ...(row.cause === "time discretisation" ? [{ of: "meanBias.sdeSteps", least: enoughSteps, here: steps }] : []),
        ...(ofScore ? sizesOf(scoreTrained) : []),
      ];
      assertAtMost(`beside it "${row.cause}" is small in ${name}`, Math.abs(row.ratio[ch]), limit, about);
    }
  });
}
