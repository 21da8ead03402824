/**
 * Stationary covariance functions of unit variance and correlation length l, as functions of the distance r:
 *   squared-exponential  exp(-r^2 / (2 l^2))
 *   matern-1/2           exp(-s),                    s = r / l
 *   matern-3/2           (1 + s) exp(-s),            s = sqrt(3) r / l
 *   matern-5/2           (1 + s + s^2 / 3) exp(-s),  s = sqrt(5) r / l
 * Source: Rasmussen & Williams, "Gaussian processes for machine learning" (2006), section 4.2.
 */
export const covariances = ["squared-exponential", "matern-1/2", "matern-3/2", "matern-5/2"] as const;
export type Covariance = (typeof covariances)[number];

/** exp(-800) is zero in double precision; a ratio that overflows must not become infinity times zero. */
const FAR = 800;

/** Covariance at distance r (m) for correlation length l (m). */
export function covarianceAt(covariance: Covariance, r: number, l: number): number {
  switch (covariance) {
    case "squared-exponential":
      return Math.exp(-0.5 * (r / l) ** 2);
    case "matern-1/2":
      return Math.exp(-r / l);
    case "matern-3/2": {
      const s = Math.min((Math.sqrt(3) * r) / l, FAR);
      return (1 + s) * Math.exp(-s);
    }
    case "matern-5/2": {
      const s = Math.min((Math.sqrt(5) * r) / l, FAR);
      return (1 + s + (s * s) / 3) * Math.exp(-s);
    }
    default: {
      const unknown: never = covariance;
      throw new RangeError(`covarianceAt: the covariance must be one of ${covariances.join(", ")}, got ${unknown}`);
    }
  }
}
