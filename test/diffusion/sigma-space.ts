/**
 * Sigma space (Karras et al. 2022): alpha = 1, sigma = t, hence f = 0 and beta = 2 t: a second schedule, so that
 * samplers and scores are not right by what variance preserving ones have in common.
 */
import type { Schedule } from "../../lib/diffusion/schedule";

/** alpha = 1, sigma = t on sigmaMin <= t <= sigmaMax (data of about unit variance). */
export function sigmaSpace({ sigmaMin = 2e-3, sigmaMax = 80 } = {}): Schedule {
  if (!(sigmaMin > 0 && sigmaMax > sigmaMin && Number.isFinite(sigmaMax))) {
    throw new RangeError(`sigmaSpace: needs 0 < sigmaMin < sigmaMax, got sigmaMin ${sigmaMin}, sigmaMax ${sigmaMax}`);
  }
  return {
    name: "sigma space",
    beta: (t) => 2 * t,
    drift: () => 0,
    alpha: () => 1,
    sigma: (t) => t,
    timeAt: (ratio) => ratio,
    tMin: sigmaMin,
    tMax: sigmaMax,
    priorStd: sigmaMax,
  };
}
