/**
 * Guidance of a flow in whitened modes by readings d = base + A y0 + e, e ~ N(0, R). Noise has turned the modes by
 * angles theta,
 *   y = cos(theta) y0 + sin(theta) z,   F = E[v | y],   y0^ = E[y0 | y] = cos(theta) y - sin(theta) F
 * (lib/model/mode-angles). The flow of the fields given d moves with  E[v | y, d] = F + G,
 *   G = -tan(theta) grad_y ln p(d | y).
 * The last factor is not known. Guided samplers put a Gaussian in its place, N(base + A y0^, A C A^T + R), so that
 *   G = -w tan(theta) J^T A^T (A C A^T + R)^-1 (d - base - A y0^),   J = d y0^ / d y,
 * and differ in what they take for the covariance C of y0 given y:
 *   dps    0                                    diffusion posterior sampling [1]
 *   pigdm  diag(sin(theta)^2)                   pseudo-inverse guidance [2]: for data of unit covariance
 *   mmps   J diag(sin(theta)^2 / cos(theta))    moment matching [3]: Tweedie's second moment
 * Whitened modes have unit covariance. w = 1 is Bayes' rule. For Gaussian data J = diag(cos(theta)): there pigdm and
 * mmps are one and the same, and exact but for the steps.
 *
 * [1] Chung, Kim, McCann, Klasky, Ye: Diffusion Posterior Sampling for General Noisy Inverse Problems, 2023,
 *     https://arxiv.org/abs/2209.14687
 * [2] Song, Vahdat, Mardani, Kautz: Pseudoinverse-Guided Diffusion Models for Inverse Problems, 2023,
 *     https://openreview.net/forum?id=9_gsMA8MRKQ
 * [3] Rozet, Andry, Lanusse, Louppe: Learning Diffusion Priors from Observations by Expectation Maximization, 2024,
 *     https://arxiv.org/abs/2405.13712
 */
import { cholesky, choleskySolve, singularValues } from "../numerics/linear-algebra";
import { rowAt } from "../numerics/rows";
import type { AffineReadings } from "./latent-model";

export const guidances = ["dps", "pigdm", "mmps"] as const;
export type Guidance = (typeof guidances)[number];

/** How noise has turned each mode, [d]. */
export interface Angles {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** Velocities of rows, and how what the readings see of y0^ changes with y. */
export interface Sensitivity {
  /** F [count, d]. */
  readonly velocity: Float64Array;
  /** A J diag(cos(theta))^-1, [count, readings, d]: A itself where the data are Gaussian. */
  readonly slopes: Float64Array;
}

export interface Guide {
  readonly guidance: Guidance;
  /** w. */
  readonly weight: number;
  readonly readings: AffineReadings;
  /** d: one value a reading, or [count, readings] where every row has data of its own. */
  readonly value: Float64Array;
  /** R^(1/2). */
  readonly std: Float64Array;
}

/**
 * The largest weight, up to 1, at which a step of one e-fold of noise does not overshoot with C = 0: there the
 * readings pull with w sin^2 cos^2 / R in each direction that they see, at most w sigma^2 / 4, sigma the singular
 * values of R^(-1/2) A.
 */
export function steadyWeight({ slope }: AffineReadings, std: Float64Array): number {
  const d = slope.length / std.length;
  const { values } = singularValues(
    slope.map((v, k) => v / std[Math.floor(k / d)]),
    std.length,
    d,
  );
  return Math.min(1, 4 / values.reduce((most, s) => Math.max(most, s * s), 0));
}

/** G [count, d] at rows y [count, d]. Without a sensitivity the data are Gaussian: F = 0, J = diag(cos(theta)). */
export function guidedVelocity(guide: Guide, { cos, sin }: Angles, y: Float64Array, of?: Sensitivity): Float64Array {
  const { base, slope } = guide.readings;
  const m = base.length;
  const d = slope.length / m;
  const G = new Float64Array(y.length);
  const r = new Float64Array(m);
  const shared = factorOf(guide, sin, slope);
  for (let n = 0; n * d < y.length; n++) {
    const slopes = of ? rowAt(of.slopes, n, m * d) : slope;
    for (let j = 0; j < m; j++) {
      r[j] = guide.value[guide.value.length === m ? j : n * m + j] - base[j];
      for (let k = 0; k < d; k++) {
        const clean = cos[k] * y[n * d + k] - (of ? sin[k] * of.velocity[n * d + k] : 0);
        r[j] -= slope[j * d + k] * clean;
      }
    }
    const factor = of && guide.guidance === "mmps" ? (factorOf(guide, sin, slopes) ?? shared) : shared;
    if (!factor) throw new RangeError("guidedVelocity: the covariance of the readings is not positive definite");
    const w = choleskySolve(factor, m, r);
    for (let j = 0; j < m; j++) {
      for (let k = 0; k < d; k++) G[n * d + k] -= guide.weight * sin[k] * slopes[j * d + k] * w[j];
    }
  }
  return G;
}

/**
 * Cholesky factor of A C A^T + R. The Jacobian of a network is no exact covariance: its symmetric part is taken, and
 * there is no factor where that is not positive definite.
 */
function factorOf(guide: Guide, sin: Float64Array, slopes: Float64Array): Float64Array | undefined {
  const { slope } = guide.readings;
  const m = guide.std.length;
  const d = sin.length;
  const P = new Float64Array(m * m);
  if (guide.guidance !== "dps") {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += slopes[i * d + k] * sin[k] * sin[k] * slope[j * d + k];
        P[i * m + j] += sum / 2;
        P[j * m + i] += sum / 2;
      }
    }
  }
  for (let j = 0; j < m; j++) P[j * m + j] += guide.std[j] ** 2;
  try {
    return cholesky(P, m);
  } catch {
    return undefined;
  }
}
