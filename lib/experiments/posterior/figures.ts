/** Linearised against sampled posterior as a figure. */
import { posteriorSpread } from "../identifiability/posterior-spread";
import type { Figure } from "../../figures/spec";
import type { PosteriorResult } from "./stage";
import { lengthLabel } from "../identifiability/claims";

/** Linearised against sampled spread; the band is two standard errors of the chain. */
export function posteriorCheckFigure(results: readonly PosteriorResult[]): Figure {
  const rows = results.flatMap(({ correlationLength, x, linearised, sampled, effective }) => {
    const correlation = lengthLabel(correlationLength);
    const relative = 2 / Math.sqrt(2 * effective);
    return [
      ...x.map((at, i) => ({
        correlation,
        observed: "sampled" as const,
        x: at,
        ratio: sampled[i],
        low: sampled[i] * (1 - relative),
        high: sampled[i] * (1 + relative),
      })),
      ...x.map((at, i) => ({ correlation, observed: "linearised" as const, x: at, ratio: linearised[i] })),
    ];
  });
  return posteriorSpread(rows, { axis: results[0].axis, name: "06-posterior-sampled" });
}
