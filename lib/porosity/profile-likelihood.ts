/**
 * How likely measured porosity profiles are under a law. With the log-odds u_i = ln((eps_i - lo) / (hi - eps_i)) of a
 * profile's points x_i,
 *   u = m + s g,  g ~ N(0, R),  R_ij = C(|x_i - x_j|; l) + nugget [i = j],
 * the density of eps is that of u times |du/deps| = (hi - lo) / ((eps - lo)(hi - eps)). For n points in each of P
 * independent profiles, N = P n,
 *   ln p = -N/2 ln(2 pi s^2) - P/2 ln det R - 1/(2 s^2) sum (u - m)' R^-1 (u - m) + sum ln |du/deps|,
 * which m = sum 1' R^-1 u / (P 1' R^-1 1) and s^2 = sum (u - m)' R^-1 (u - m) / N maximise in closed form.
 * Source: Mardia and Marshall, "Maximum likelihood estimation of models for residual covariance in spatial regression"
 * (Biometrika 71, 1984), https://doi.org/10.1093/biomet/71.1.135; the transformed variable is Johnson's S_B (Biometrika
 * 36, 1949), https://doi.org/10.1093/biomet/36.1-2.149.
 */
import { cholesky, solveLower } from "../numerics/linear-algebra";
import { scalarProduct } from "../numerics/row-products";
import { covarianceAt, type Covariance } from "./covariance";

/** Profiles at the same places. */
export interface ProfileData {
  /** Places [points], m, increasing. */
  readonly x: Float64Array;
  /** Porosities [points] of each profile, between 0 and 1. */
  readonly profiles: readonly Float64Array[];
}

/** Which Gaussian process g is: the kind of its covariance, and the variance of its independent part. */
export interface ProcessKind {
  readonly covariance: Covariance;
  readonly nugget: number;
}

/** What the likelihood is a function of; m and s take their best values where they are not given. */
export interface LawParameters {
  readonly epsMin: number;
  readonly epsMax: number;
  /** l, m. */
  readonly correlationLength: number;
  readonly mean?: number;
  readonly scale?: number;
}

export interface Likelihood {
  readonly value: number;
  readonly mean: number;
  readonly scale: number;
}

/**
 * ln p of the data; -Infinity where the bounds do not hold all of it or R is not positive definite in double precision.
 */
export function profileLikelihood(
  { x, profiles }: ProfileData,
  parameters: LawParameters,
  kind: ProcessKind,
): Likelihood {
  const impossible = { value: -Infinity, mean: NaN, scale: NaN };
  const n = x.length;
  const total = n * profiles.length;
  const odds = logOdds(profiles, parameters);
  const L = odds && factor(x, parameters.correlationLength, kind);
  if (!odds || !L) return impossible;
  const ones = solveLower(L, n, new Float64Array(n).fill(1));
  const whitened = odds.values.map((u) => solveLower(L, n, u));
  const weight = profiles.length * dot(ones, ones);
  const mean = parameters.mean ?? whitened.reduce((sum, w) => sum + dot(ones, w), 0) / weight;
  let squares = 0;
  for (const w of whitened) for (let i = 0; i < n; i++) squares += (w[i] - mean * ones[i]) ** 2;
  const scale = parameters.scale ?? Math.sqrt(squares / total);
  if (!(scale > 0)) return impossible;
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) logDeterminant += 2 * Math.log(L[i * n + i]);
  const value =
    -0.5 * total * Math.log(2 * Math.PI * scale * scale) -
    0.5 * profiles.length * logDeterminant -
    squares / (2 * scale * scale) +
    odds.logSlope;
  return { value, mean, scale };
}

/**
 * Residuals (L^-1 (u - m)) / s of each profile: independent and standard normal if the law made the data. The caller's
 * own.
 */
export function whitenedResiduals(
  { x, profiles }: ProfileData,
  law: Required<LawParameters>,
  kind: ProcessKind,
): Float64Array[] {
  const odds = logOdds(profiles, law);
  const L = factor(x, law.correlationLength, kind);
  if (!odds || !L) throw new RangeError("whitenedResiduals: the law does not admit these profiles");
  return odds.values.map((u) => solveLower(L, x.length, u.map((v) => (v - law.mean) / law.scale))); // prettier-ignore
}

function logOdds(
  profiles: readonly Float64Array[],
  { epsMin, epsMax }: LawParameters,
): { readonly values: Float64Array[]; readonly logSlope: number } | undefined {
  let logSlope = 0;
  const values = profiles.map((eps) =>
    eps.map((e) => {
      logSlope += Math.log((epsMax - epsMin) / ((e - epsMin) * (epsMax - e)));
      return Math.log((e - epsMin) / (epsMax - e));
    }),
  );
  return Number.isFinite(logSlope) ? { values, logSlope } : undefined;
}

/**
 * R [points, points]: the covariance of g between the places, the independent part on the diagonal. The caller's own.
 */
export function covarianceMatrix(x: Float64Array, l: number, { covariance, nugget }: ProcessKind): Float64Array {
  const n = x.length;
  const R = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) R[i * n + j] = R[j * n + i] = covarianceAt(covariance, x[i] - x[j], l);
    R[i * n + i] += nugget;
  }
  return R;
}

/** L with L L' = R; undefined where R is not positive definite in double precision. */
function factor(x: Float64Array, l: number, kind: ProcessKind): Float64Array | undefined {
  try {
    return cholesky(covarianceMatrix(x, l, kind), x.length);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const dot = (a: Float64Array, b: Float64Array): number => scalarProduct(a, 0, b, 0, a.length);
