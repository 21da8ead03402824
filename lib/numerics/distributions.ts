/**
 * Tails and quantiles that turn statistics into p-values and intervals:
 *   normalTail(z) = P(Z > z),   chiSquareTail(x, nu) = P(X > x),   studentTail(t, nu) = P(|T| >= |t|),
 *   studentQuantile(nu): P(|T| <= q) = 0.95.
 * Small tails keep their relative accuracy. Computed by Moshier's Cephes library (the one behind SciPy).
 */
import { chdtrc, incbet, incbi, ndtr } from "cephes";

/** P(Z > z) for a standard normal Z. */
export function normalTail(z: number): number {
  return Math.abs(z) === Infinity ? (z > 0 ? 0 : 1) : ndtr(-z);
}

/** P(X > x) for chi-square with nu degrees of freedom. */
export function chiSquareTail(x: number, nu: number): number {
  requireDegrees("chiSquareTail", nu);
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  try {
    return chdtrc(nu, x);
  } catch (error) {
    if (error instanceof Error && error.message.includes("underflow")) return 0; // Cephes throws below the least number
    throw error;
  }
}

/** P(|T| >= |t|) of Student's t with nu > 0 degrees of freedom: I_x(nu / 2, 1 / 2) at x = nu / (nu + t^2). */
export function studentTail(t: number, nu: number): number {
  requireDegrees("studentTail", nu);
  return incbet(nu / 2, 0.5, nu / (nu + t * t));
}

/**
 * Two-sided quantile of Student's t, P(|T| > q) = `outside`, 5 % by default, for nu > 0 degrees of freedom, whole or not.
 */
export function studentQuantile(nu: number, outside = 0.05): number {
  requireDegrees("studentQuantile", nu);
  return Math.sqrt(nu * (1 / incbi(nu / 2, 0.5, outside) - 1));
}

function requireDegrees(caller: string, nu: number): void {
  if (!(nu > 0)) throw new RangeError(`${caller}: degrees of freedom must be positive, got ${nu}`);
}
