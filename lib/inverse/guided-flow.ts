/**
 * The guided probability flow: from y ~ N(0, I) at theta = pi/2, where nothing is left of the field, to theta = 0,
 *   dy_k / dtheta_k = F_k(y) + G_k(y).
 * F is stepped as in the unguided flow (three-step Adams-Bashforth in the logarithm of the level,
 * lib/model/mode-flow). G turns where noise is as large as what the readings leave open and pulls with a rate of up to
 * one per e-fold of noise, so it takes the one- or two-step method, which bears steps of 2 or 1 e-folds. The first
 * piece, from pi/2 to the first level, is one step with F = 0.
 *
 * For Gaussian data every step is affine in y, so the whole flow is: y -> b + M y. The law that a guided sampler
 * generates is then N(b, M M^T) at every level, known to rounding from the images of 0 and of the unit vectors,
 * without a random number.
 */
import { multiply } from "../numerics/row-products";
import type { Stream } from "../random/stream";
import { adamsCoefficients } from "../model/flow-steps";
import { transposed } from "../numerics/rows";
import { type Angles, type Guidance, type Guide, guidedVelocity, type Sensitivity, steadyWeight } from "./guidance";
import type { AffineReadings } from "./latent-model";
import type { PosteriorDraws } from "./likelihood";
import type { Observations } from "./observations";

/** Levels of noise, and how fast each mode turns with them. */
export interface NoisyModes {
  /** theta_k = atan(rate_k exp(level)), [d]. */
  readonly rates: Float64Array;
  /** Logarithms of the noise levels, falling. */
  readonly logLevels: Float64Array;
  /** Evaluations of the network at a level for one row, with what `sensitivity` differentiates. */
  readonly evaluations: number;
  /** F and slopes at rows y [count, d] of a level; absent for Gaussian data. */
  sensitivity?(y: Float64Array, level: number, slope: Float64Array): Promise<Sensitivity>;
}

export interface GuidedOptions {
  readonly guidance: Guidance;
  /** w; by default 1, and for dps the largest that its steps bear. */
  readonly weight?: number;
  /** Of the multistep method for G. */
  readonly order?: 1 | 2;
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
}

/**
 * Images of start values y [count, d]. `seen` is shown the rows at every level, before its step. The caller owns the
 * result.
 */
export async function guidedFlow(
  modes: NoisyModes,
  guide: Guide,
  start: Float64Array,
  options: Omit<GuidedOptions, "guidance" | "weight"> & { seen?: (level: number, y: Float64Array) => void } = {},
): Promise<Float64Array> {
  const { order = 2, signal, onProgress, seen } = options;
  const { rates, logLevels } = modes;
  const d = rates.length;
  const y = start.slice();
  const noise: Angles = { cos: new Float64Array(d), sin: new Float64Array(d).fill(1) };
  const first = guidedVelocity(guide, noise, y);
  for (let i = 0; i < y.length; i++) y[i] -= Math.atan2(Math.exp(-logLevels[0]), rates[i % d]) * first[i];
  const past: { F?: Float64Array; G: Float64Array }[] = [];
  for (let level = 0; level < logLevels.length; level++) {
    signal?.throwIfAborted();
    seen?.(level, y);
    const of = await modes.sensitivity?.(y, level, guide.readings.slope);
    past.unshift({ F: of?.velocity, G: guidedVelocity(guide, anglesAt(modes, level), y, of) });
    past.length = Math.min(3, past.length);
    for (let k = 0; k < d; k++) {
      const forF = adamsCoefficients(logLevels, level, rates[k]);
      const forG = adamsCoefficients(logLevels, level, rates[k], order);
      past.forEach(({ F, G }, back) => {
        for (let i = k; i < y.length; i += d) y[i] += (F ? forF[back] * F[i] : 0) + forG[back] * G[i];
      });
    }
    onProgress?.((level + 1) / logLevels.length);
  }
  return y;
}

/** The angles at a level. */
export function anglesAt({ rates, logLevels }: Pick<NoisyModes, "rates" | "logLevels">, level: number): Angles {
  const tangent = rates.map((a) => a * Math.exp(logLevels[level]));
  const cos = tangent.map((t) => 1 / Math.sqrt(1 + t * t));
  return { cos, sin: tangent.map((t, k) => t * cos[k]) };
}

export function guideOf(readings: AffineReadings, of: Observations, options: GuidedOptions): Guide {
  const { guidance, weight = guidance === "dps" ? steadyWeight(readings, of.std) : 1 } = options;
  return { guidance, weight, readings, value: of.value, std: of.std };
}

/**
 * Draws by guidance: independent of each other, but of the law that the guidance makes, whose error has no estimate;
 * the evidence is not known.
 */
export async function guidedPosterior(
  modes: NoisyModes,
  readings: AffineReadings,
  of: Observations,
  options: GuidedOptions & { count: number; stream: Stream },
): Promise<PosteriorDraws> {
  const { count, stream } = options;
  const coordinates = stream.normals(count * modes.rates.length);
  const images = await guidedFlow(modes, guideOf(readings, of, options), coordinates, options);
  const evaluations = count * modes.logLevels.length * modes.evaluations;
  return { images, coordinates, logEvidence: NaN, ess: count, evaluations };
}

/** N(mean, covariance) [d], [d, d] of whitened modes. */
export interface WhitenedLaw {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

/** The law of y at every level that a guided sampler generates for Gaussian data, and last its law at theta = 0. */
export async function guidedLaws(
  modes: Pick<NoisyModes, "rates" | "logLevels">,
  guide: Guide,
  options: { order?: 1 | 2 } = {},
): Promise<WhitenedLaw[]> {
  const d = modes.rates.length;
  const laws: WhitenedLaw[] = [];
  const { rates, logLevels } = modes;
  const seen = (_level: number, rows: Float64Array): number => laws.push(lawOf(rows, d));
  const end = await guidedFlow({ rates, logLevels, evaluations: 0 }, guide, unitRows(d), { ...options, seen });
  return [...laws, lawOf(end, d)];
}

/** The last of these alone, without the cost of the others. */
export async function guidedLaw(
  modes: Pick<NoisyModes, "rates" | "logLevels">,
  guide: Guide,
  options: { order?: 1 | 2 } = {},
): Promise<WhitenedLaw> {
  const d = modes.rates.length;
  const { rates, logLevels } = modes;
  return lawOf(await guidedFlow({ rates, logLevels, evaluations: 0 }, guide, unitRows(d), options), d);
}

/** 0 and the unit vectors, rows [1 + d, d]. */
function unitRows(d: number): Float64Array {
  const units = new Float64Array((d + 1) * d);
  for (let k = 0; k < d; k++) units[(k + 1) * d + k] = 1;
  return units;
}

/** From the images of 0 and of the unit vectors, rows [1 + d, d]. */
function lawOf(rows: Float64Array, d: number): WhitenedLaw {
  const mean = rows.slice(0, d);
  const columns = rows.slice(d).map((v, i) => v - mean[i % d]); // M^T
  return { mean, covariance: multiply(transposed(columns, d), columns, d) };
}
