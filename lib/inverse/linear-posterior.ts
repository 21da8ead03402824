/**
 * The posterior of y ~ N(0, I) [d] given readings d = base + slope y + e, e ~ N(0, diag(s^2)), in closed form. With
 * the singular value decomposition diag(s)^-1 slope = sum_k sigma_k w_k u_k^T and r = (d - base) / s,
 *   mean m = sum_k sigma_k / (1 + sigma_k^2) (w_k . r) u_k,
 *   C^(1/2) = I - sum_k (1 - (1 + sigma_k^2)^(-1/2)) u_k u_k^T,
 *   ln E exp(-1/2 |(d - base - slope y) / s|^2) = -1/2 sum_k ln(1 + sigma_k^2) - 1/2 (|r|^2 - sum_k
 *   sigma_k^2 / (1 + sigma_k^2) (w_k . r)^2).
 * It costs readings x d, however large d is. About another point than the mean the same form is a Laplace
 * approximation.
 */
import { singularValues } from "../numerics/linear-algebra";
import { sumOfSquares } from "../numerics/statistics";
import type { AffineReadings } from "./latent-model";
import type { Observations } from "./observations";

/** A Gaussian N(mean, C) as y = mean + C^(1/2) u of u ~ N(0, I). */
export interface GaussianReference {
  readonly mean: Float64Array;
  /**
   * Directions that readings see [seen, d], orthonormal, and the factor by which each shrinks the spread, (1 +
   * sigma^2)^(-1/2).
   */
  readonly directions: Float64Array;
  readonly shrinkage: Float64Array;
  /** ln det C^(1/2). */
  readonly logScale: number;
}

export interface LinearPosterior extends GaussianReference {
  readonly logEvidence: number;
  /** (d - base)^T (slope slope^T + R)^-1 (d - base), chi-square with `readings` degrees of freedom under the model. */
  readonly misfit: number;
}

export function linearPosterior({ base, slope }: AffineReadings, { value, std }: Observations): LinearPosterior {
  const m = base.length;
  const d = slope.length / m;
  const scaled = slope.map((v, k) => v / std[Math.floor(k / d)]);
  const { values, left, right } = singularValues(scaled, m, d);
  const r = Float64Array.from(value, (v, j) => (v - base[j]) / std[j]);
  const mean = new Float64Array(d);
  let explained = 0;
  for (let k = 0; k < values.length; k++) {
    let along = 0;
    for (let j = 0; j < m; j++) along += left[k * m + j] * r[j];
    const gain = values[k] / (1 + values[k] ** 2);
    explained += gain * values[k] * along ** 2;
    for (let i = 0; i < d; i++) mean[i] += gain * along * right[k * d + i];
  }
  const misfit = sumOfSquares(r) - explained;
  const reference = shrunkAlong(mean, values, right);
  return { ...reference, misfit, logEvidence: reference.logScale - 0.5 * misfit };
}

/** N(mean, (I + A^T A)^-1) from the singular values of A and its right singular vectors [seen, d]. */
export function shrunkAlong(mean: Float64Array, values: Float64Array, directions: Float64Array): GaussianReference {
  return {
    mean,
    directions,
    shrinkage: values.map((s) => 1 / Math.sqrt(1 + s * s)),
    logScale: -0.5 * values.reduce((sum, s) => sum + Math.log1p(s * s), 0),
  };
}

/** y = mean + C^(1/2) u for rows u [count, d]. The caller owns the result. */
export function placed({ mean, directions, shrinkage }: GaussianReference, u: Float64Array): Float64Array {
  const d = mean.length;
  const y = u.slice();
  for (let from = 0; from < u.length; from += d) {
    for (let k = 0; k < shrinkage.length; k++) {
      const row = k * d;
      let along = 0;
      for (let i = 0; i < d; i++) along += directions[row + i] * u[from + i];
      along *= shrinkage[k] - 1;
      for (let i = 0; i < d; i++) y[from + i] += along * directions[row + i];
    }
    for (let i = 0; i < d; i++) y[from + i] += mean[i];
  }
  return y;
}

/**
 * Which part of a bank of draws of y remains effective when it is weighted by the likelihood: (E L)^2 / E L^2, in
 * closed form, since L^2 is the likelihood of the same readings with half the variance.
 */
export function effectiveShare(readings: AffineReadings, observations: Observations): number {
  const sharper = { ...observations, std: observations.std.map((s) => s / Math.SQRT2) };
  const once = linearPosterior(readings, observations).logEvidence;
  return Math.exp(2 * once - linearPosterior(readings, sharper).logEvidence);
}
