/**
 * Could a fitted law have made the data? Its whitened residuals z are then independent and standard normal. Two
 * statistics look at them:
 *   Anderson and Darling  A^2 = -N - (1/N) sum (2i - 1) (ln Phi(z_(i)) + ln(1 - Phi(z_(N+1-i)))): bounds, mean, scale
 *                         and the shape of the law,
 *   Box and Pierce        Q = N sum_{k=1}^{h} r_k^2,  r_k the autocorrelation at lag k along the profiles: length and
 *                         kind of the covariance.
 * Both are of data to which the law was fitted, so their laws are not the tabulated ones: they are measured on data
 * that the fitted law makes, fitted again each time (parametric bootstrap; Stute, Gonzalez Manteiga and Presedo
 * Quindimil, Metrika 40, 1993,
 * https://doi.org/10.1007/BF02613687). With B such data sets
 * p = (1 + number of statistics at least as large) / (B + 1).
 */
import { cholesky } from "../numerics/linear-algebra";
import { lowerTimes } from "../numerics/lower-times";
import { normalTail } from "../numerics/distributions";
import type { Stream } from "../random/stream";
import { type FitLawOptions, fitValues, type LawValues } from "./fit-law";
import { covarianceMatrix, type ProfileData, whitenedResiduals } from "./profile-likelihood";

export interface LawTest {
  /** p-value of the marginal law and of the correlation along x; the smaller one, doubled, is that of both. */
  readonly marginal: number;
  readonly correlation: number;
  readonly both: number;
  readonly bootstrap: number;
}

/** Profiles at the data's places that a law makes; the caller's own. */
export function drawLike(law: LawValues, { x, profiles }: ProfileData, stream: Stream): ProfileData {
  const n = x.length;
  const L = cholesky(covarianceMatrix(x, law.correlationLength, law), n);
  const width = law.epsMax - law.epsMin;
  const drawn = profiles.map((_, p) => {
    const g = stream.child(p).normals(n);
    lowerTimes(L, n, g, 1);
    return g.map((gi) => {
      const share = 1 / (1 + Math.exp(-(law.mean + law.scale * gi)));
      return law.epsMin + width * Math.min(Math.max(share, 1e-12), 1 - 1e-12); // rounded to a bound it had no log-odds
    });
  });
  return { x, profiles: drawn };
}

/**
 * Both tests with `bootstrap` data sets (default 99) from the stream. `bounds`: known ones, as they were for the fit.
 */
export function testLaw(
  law: LawValues,
  data: ProfileData,
  stream: Stream,
  { bootstrap = 99, bounds }: { readonly bootstrap?: number; readonly bounds?: FitLawOptions["bounds"] } = {},
): LawTest {
  const seen = statistics(law, data);
  let [marginal, correlation] = [1, 1];
  for (let b = 0; b < bootstrap; b++) {
    const again = drawLike(law, data, stream.child(b));
    const made = statistics(fitValues(again, law.covariance, law.nugget, bounds), again);
    if (made.marginal >= seen.marginal) marginal++;
    if (made.correlation >= seen.correlation) correlation++;
  }
  const [p, q] = [marginal / (bootstrap + 1), correlation / (bootstrap + 1)];
  return { marginal: p, correlation: q, both: Math.min(1, 2 * Math.min(p, q)), bootstrap };
}

function statistics(law: LawValues, data: ProfileData): { marginal: number; correlation: number } {
  const residuals = whitenedResiduals(data, law, law);
  return { marginal: andersonDarling(residuals), correlation: boxPierce(residuals) };
}

/** A^2 of residuals that should be standard normal. */
export function andersonDarling(residuals: readonly Float64Array[]): number {
  const z = Float64Array.from(residuals.flatMap((r) => [...r])).sort();
  const n = z.length;
  const log = (tail: number): number => Math.log(Math.max(tail, 1e-300));
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (2 * i + 1) * (log(normalTail(-z[i])) + log(normalTail(z[n - 1 - i])));
  return -n - sum / n;
}

/** Q of residuals [points] of each profile, over at most ten lags and a quarter of the points. */
export function boxPierce(residuals: readonly Float64Array[]): number {
  const lags = Math.max(1, Math.min(10, Math.floor(residuals[0].length / 4)));
  let square = 0;
  for (const r of residuals) for (const z of r) square += z * z;
  let sum = 0;
  for (let k = 1; k <= lags; k++) {
    let product = 0;
    for (const r of residuals) for (let i = k; i < r.length; i++) product += r[i] * r[i - k];
    sum += (product / square) ** 2;
  }
  return residuals.length * residuals[0].length * sum;
}
