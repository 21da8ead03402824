/**
 * Noise schedules. The forward process dX = f(t) X dt + g(t) dW turns data x_0 into x_t = alpha(t) x_0 + sigma(t) z,
 * z ~ N(0, I), with
 *
 *   f = alpha' / alpha,   g^2 = beta = (sigma^2)' - 2 f sigma^2.
 *
 * Variance preserving (Song et al. 2021): f = -beta / 2, beta linear in t, B(t) its integral, alpha = exp(-B / 2),
 * sigma^2 = 1 - exp(-B). Sigma space (Karras et al. 2022): alpha = 1, sigma = t, hence f = 0 and beta = 2 t.
 * A schedule owns these formulas: networks, losses and samplers ask it. Numbers are double precision; a loss that draws
 * its times as tensors takes the tensor form.
 */
import { tf } from "../graph/tensorflow";

export interface Schedule {
  readonly name: string;
  /** g(t)^2, the squared diffusion coefficient; for a variance preserving process it is also -2 f(t). */
  beta(t: number): number;
  /** f(t), the rate of the linear drift. */
  drift(t: number): number;
  alpha(t: number): number;
  sigma(t: number): number;
  /** The time at which sigma / alpha equals `ratio`: the inverse of the noise-to-signal ratio, which grows with t. */
  timeAt(ratio: number): number;
  /** The samplers go from tMax down to tMin > 0. */
  readonly tMin: number;
  readonly tMax: number;
  /**
   * Standard deviation of the law that the process forgets everything for: the start "standard normal" is N(0,
   * priorStd^2 I).
   */
  readonly priorStd: number;
}

/** What a variance-preserving schedule is made of. */
export interface VariancePreserving {
  readonly betaMin: number;
  readonly betaMax: number;
  readonly tMin: number;
}

/** beta(t) = betaMin + t (betaMax - betaMin) on 0 < t <= 1. */
export function variancePreserving({
  betaMin = 0.001,
  betaMax = 20,
  tMin = 1e-4,
}: Partial<VariancePreserving> = {}): Schedule {
  if (!(betaMin > 0 && betaMax >= betaMin && Number.isFinite(betaMax))) {
    throw new RangeError(
      `variancePreserving: needs 0 < betaMin <= betaMax, got betaMin ${betaMin}, betaMax ${betaMax}`,
    );
  }
  if (!(tMin > 0 && tMin < 1)) throw new RangeError(`variancePreserving: tMin must lie in (0, 1), got ${tMin}`);
  const slope = betaMax - betaMin;
  const beta = (t: number): number => betaMin + slope * t;
  const B = (t: number): number => (betaMin + 0.5 * slope * t) * t;
  return {
    name: "variance preserving",
    beta,
    drift: (t) => -0.5 * beta(t),
    alpha: (t) => Math.exp(-0.5 * B(t)),
    sigma: (t) => Math.sqrt(-Math.expm1(-B(t))),
    timeAt: (ratio) => {
      // B(t) = log(1 + sigma^2 / alpha^2); the root in the form without cancellation
      const target = Math.log1p(ratio * ratio);
      return (2 * target) / (betaMin + Math.sqrt(betaMin * betaMin + 2 * slope * target));
    },
    tMin,
    tMax: 1,
    priorStd: 1,
  };
}

/**
 * alpha and sigma of `variancePreserving` at a tensor of times, in its shape; float32, sigma without cancellation at
 * small t.
 */
export function variancePreservingAt<T extends tf.Tensor>(
  t: T,
  { betaMin, betaMax }: Pick<VariancePreserving, "betaMin" | "betaMax">,
): { alpha: T; sigma: T } {
  const B = t
    .mul(0.5 * (betaMax - betaMin))
    .add(betaMin)
    .mul(t);
  return { alpha: tf.exp(B.mul(-0.5)) as T, sigma: tf.sqrt(tf.neg(tf.expm1(B.neg()))) as T };
}

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
