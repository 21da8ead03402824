/** The normal law with an ensemble's own mean and covariance, on its leading principal axes. */
import { gram, principalAxes } from "../numerics/linear-algebra";
import type { GaussianLaw } from "./principal-law";

/** Mean and leading principal axes of an ensemble [count, dimension]. */
export function leadingGaussian(values: Float64Array, count: number, rank: number): GaussianLaw {
  const d = values.length / count;
  const mean = new Float64Array(d);
  for (let k = 0; k < values.length; k++) mean[k % d] += values[k] / count;
  const covariance = gram(
    values.map((x, k) => x - mean[k % d]),
    count,
    d,
  ).map((s) => s / (count - 1));
  return { mean, ...leadingAxes(covariance, d, rank) };
}

/** The first axes of a covariance [d, d]. */
function leadingAxes(covariance: Float64Array, d: number, rank: number): Omit<GaussianLaw, "mean"> {
  const all = principalAxes(covariance, d);
  const kept = Math.min(rank, d);
  const modes = Float64Array.from({ length: d * kept }, (_, at) => all.modes[Math.floor(at / kept) * d + (at % kept)]);
  return { dimension: d, rank: kept, modes, variance: all.variance.slice(0, kept) };
}
