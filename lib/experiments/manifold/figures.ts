/** Distances of fields from the manifold of solutions as a figure. */
import { manifoldResidual } from "./manifold-residual";
import type { Figure } from "../../figures/spec";
import type { ManifoldResult } from "./stage";

/**
 * Distribution of the residuals: fraction of the fields up to each, with the band that holds all of it in 95 %
 * (Dvoretzky, Kiefer, Wolfowitz).
 */
export function manifoldFigure({ channels, residuals }: ManifoldResult): Figure {
  const rows = (["PDE", "model", "Gaussian baseline"] as const).flatMap((source) =>
    channels.flatMap(({ name: channel }) =>
      [...residuals[source][channel]]
        .sort((a, b) => a - b)
        .map((residual, k, all) => {
          const [fraction, half] = [(k + 1) / all.length, Math.sqrt(Math.log(2 / 0.05) / (2 * all.length))];
          const [low, high] = [Math.max(0, fraction - half), Math.min(1, fraction + half)];
          return { source, channel, residual, fraction, low, high };
        }),
    ),
  );
  return manifoldResidual(rows, { channels, name: "06-manifold-residual" });
}
