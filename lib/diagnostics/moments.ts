/**
 * Marginal moments of a sample of fields, cell by cell, each with its standard error:
 *   mean m, std s (n - 1), skewness g = E z^3 with z = (x - m) / s;
 *   se(m) = s / sqrt n,   se(s) = s sqrt((E z^4 - 1) / 4n),   se(g) = sqrt(E psi^2 / n),
 *   psi = z^3 - g - 3 z - (3/2) g (z^2 - 1)   (the influence function of the skewness).
 * None of them assumes a Gaussian law.
 * Two ensembles at one condition are compared by L2 ratios over the profile of one channel. With C the covariance of
 * the reference and v = 1/n + 1/m,
 *   raw^2 = |m_gen - m_ref|^2 / tr C,   E raw^2 = (|bias|^2 + v tr C) / tr C  for equal covariances,
 * so corrected^2 = raw^2 - (tr C_gen / n + tr C_ref / m) / tr C is unbiased, and may be negative: its signed root is
 * reported. Its variance is (2 v^2 tr C^2 + 4 v b^T C b) / (tr C)^2; without bias only the first term is there, which
 * gives z.
 */
import type { Fields } from "../fields/fields";
import { checkComparable } from "./field-sample";
import { squaredGram, wholeUpTo } from "./large-products";
import { gram, multiplyVector } from "../numerics/linear-algebra";
import { rowAt } from "../numerics/rows";
import { quantileOfSorted, sumOfSquares } from "../numerics/statistics";

export interface Moments {
  readonly mean: Float64Array; // each [channels * cells]
  readonly std: Float64Array;
  readonly skewness: Float64Array;
  readonly standardError: { readonly mean: Float64Array; readonly std: Float64Array; readonly skewness: Float64Array };
}

/**
 * A cell whose spread is below this share of the channel's largest holds a boundary value: its shape is rounding, not a
 * law.
 */
const constantBelow = 1e-9;

/** Mean and standard deviation of every cell. */
export function meanAndSpread(sample: Fields): Pick<Moments, "mean" | "std"> {
  const { values, count: n, size: d } = sample;
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j] += values[i * d + j];
  for (let j = 0; j < d; j++) mean[j] /= n;
  const std = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) std[j] += (values[i * d + j] - mean[j]) ** 2;
  for (let j = 0; j < d; j++) std[j] = Math.sqrt(std[j] / (n - 1));
  return { mean, std };
}

/** Cells whose powers are added up in one pass over the fields: field by field, so that memory is read in order. */
const cellsAtOnce = 512;

/** Mean, standard deviation and skewness of every cell, with standard errors. Constant cells have skewness 0. */
export function moments(sample: Fields): Moments {
  const { values, count: n, channels, cells, size: d } = sample;
  const { mean, std } = meanAndSpread(sample);
  const skewness = new Float64Array(d);
  const error = { mean: new Float64Array(d), std: new Float64Array(d), skewness: new Float64Array(d) };
  const [z2, z3, z4, z5, z6] = Array.from({ length: 5 }, () => new Float64Array(cellsAtOnce)); // E z^k
  for (let channel = 0; channel < channels; channel++) {
    const inChannel = rowAt(std, channel, cells);
    const least = constantBelow * inChannel.reduce((a, b) => Math.max(a, b), 0);
    for (let first = channel * cells; first < (channel + 1) * cells; first += cellsAtOnce) {
      const width = Math.min(cellsAtOnce, (channel + 1) * cells - first);
      for (const z of [z2, z3, z4, z5, z6]) z.fill(0);
      for (let i = 0; i < n; i++) {
        const row = i * d + first;
        for (let k = 0; k < width; k++) {
          const z = (values[row + k] - mean[first + k]) / std[first + k];
          let power = z * z;
          z2[k] += power / n;
          z3[k] += (power *= z) / n;
          z4[k] += (power *= z) / n;
          z5[k] += (power *= z) / n;
          z6[k] += (power *= z) / n;
        }
      }
      for (let k = 0, j = first; k < width; k++, j++) {
        if (std[j] <= least) continue;
        const g = z3[k];
        // E psi^2 with psi = z^3 + a z^2 - 3 z + b, written out in the moments
        const a = -1.5 * g;
        const b = 0.5 * g;
        const psi2 =
          z6[k] + 2 * a * z5[k] + (a * a - 6) * z4[k] + (2 * b - 6 * a) * g + (9 + 2 * a * b) * z2[k] + b * b;
        skewness[j] = g;
        error.mean[j] = std[j] / Math.sqrt(n);
        error.std[j] = std[j] * Math.sqrt(Math.max(0, z4[k] - 1) / (4 * n));
        error.skewness[j] = Math.sqrt(Math.max(0, psi2) / n);
      }
    }
  }
  return { mean, std, skewness, standardError: error };
}

export interface ProfileRatios {
  /**
   * |m_gen - m_ref|_2 / |std_ref|_2; `corrected` is the signed root of the noise-corrected square, `z` tests
   * corrected^2 = 0.
   */
  readonly bias: {
    readonly raw: number;
    readonly corrected: number;
    readonly standardError: number;
    readonly z: number;
  };
  /** |std_gen|_2 / |std_ref|_2; z tests 1. */
  readonly std: { readonly ratio: number; readonly standardError: number; readonly z: number };
  /**
   * Root mean square over cells of skew_gen - skew_ref; `floor` is what sampling alone gives, `corrected` a signed
   * root.
   */
  readonly skewness: { readonly error: number; readonly floor: number; readonly corrected: number };
}

/**
 * L2 ratios over the profile, one entry a channel. At least 4 fields a side; a reference channel without spread is
 * refused.
 */
export function profileRatios(generated: Fields, reference: Fields): ProfileRatios[] {
  return profileRatiosTo(reference)(generated);
}

/** The same of several samples against one reference, whose moments are taken once. */
export function profileRatiosTo(reference: Fields): (generated: Fields) => ProfileRatios[] {
  let known: KnownChannel[] | undefined;
  return (generated) => {
    checkComparable("profileRatios", generated, reference);
    known ??= Array.from({ length: reference.channels }, (_, channel) =>
      knownChannel(reference.channel(channel), channel),
    );
    return known.map((own, channel) => channelRatios(generated.channel(channel), own));
  };
}

/** What a comparison needs of the reference: moments, C, tr C, tr C^2 and the relative error of tr C. */
interface KnownChannel {
  readonly moments: Moments;
  readonly count: number;
  /** b^T C b. */
  readonly along: (b: Float64Array) => number;
  readonly trace: number;
  readonly traceOfSquare: number;
  readonly traceError: number;
}

function knownChannel(reference: Fields, channel: number): KnownChannel {
  const ref = moments(reference);
  const { cells: d, count: m } = reference;
  const trace = sumOfSquares(ref.std);
  if (!(trace > 0)) throw new RangeError(`profileRatios: channel ${channel} of the reference does not vary at all`);
  const { along, squares } = covarianceOf(centred(reference, ref.mean), m, d);
  return {
    moments: ref,
    count: m,
    along,
    trace,
    traceOfSquare: Math.max(0, squares - (trace * trace) / m), // E |S|_F^2 = |C|_F^2 + ((tr C)^2 + |C|_F^2) / m
    traceError: relativeErrorOfTrace(reference, ref.mean),
  };
}

/** b^T C b and |C|_F^2 of deviations X [m, d]; on many cells C itself is never needed. */
function covarianceOf(X: Float64Array, m: number, d: number): Pick<KnownChannel, "along"> & { squares: number } {
  if (d > wholeUpTo) {
    const along = (b: Float64Array): number => sumOfSquares(multiplyVector(X, m, d, b)) / (m - 1);
    return { along, squares: squaredGram(X, m, d) / (m - 1) ** 2 };
  }
  const C = gram(X, m, d).map((x) => x / (m - 1));
  const along = (b: Float64Array): number => {
    const Cb = multiplyVector(C, d, d, b);
    return b.reduce((sum, bj, j) => sum + bj * Cb[j], 0);
  };
  return { along, squares: sumOfSquares(C) };
}

function channelRatios(generated: Fields, known: KnownChannel): ProfileRatios {
  const { moments: ref, count: m, along, trace, traceOfSquare: traceC2, traceError } = known;
  const gen = moments(generated);
  const n = generated.count;
  const v = 1 / n + 1 / m;
  const traceGen = sumOfSquares(gen.std);

  const b = gen.mean.map((x, j) => x - ref.mean[j]);
  const bCb = along(b);
  const raw2 = sumOfSquares(b) / trace;
  const corrected2 = raw2 - (traceGen / n + trace / m) / trace;
  const nullError = (Math.sqrt(2 * traceC2) * v) / trace; // of corrected^2 without bias
  const error2 = Math.sqrt(nullError ** 2 + (4 * v * Math.max(0, bCb - v * traceC2)) / trace ** 2);
  const corrected = signedRoot(corrected2);

  const ratio = Math.sqrt(traceGen / trace);
  const relative = Math.hypot(relativeErrorOfTrace(generated, gen.mean), traceError);
  const ratioError = 0.5 * ratio * relative;

  const varying = ref.std.reduce((k, _, j) => k + (ref.standardError.mean[j] > 0 ? 1 : 0), 0);
  const error = sumOfSquares(gen.skewness.map((g, j) => (ref.standardError.mean[j] > 0 ? g - ref.skewness[j] : 0)));
  const floor = sumOfSquares(gen.standardError.skewness) + sumOfSquares(ref.standardError.skewness);
  return {
    bias: {
      raw: Math.sqrt(raw2),
      corrected,
      standardError: error2 / (2 * Math.max(Math.abs(corrected), Math.sqrt(error2) / 2)),
      z: corrected2 / nullError,
    },
    std: { ratio, standardError: ratioError, z: (ratio - 1) / ratioError },
    skewness: {
      error: Math.sqrt(error / varying),
      floor: Math.sqrt(floor / varying),
      corrected: signedRoot((error - floor) / varying),
    },
  };
}

/** Quantiles of every cell (linear interpolation between order statistics): one profile [channels * cells] a level. */
export function quantileProfiles(sample: Fields, levels: readonly number[]): Float64Array[] {
  const wrong = levels.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw new RangeError(`quantileProfiles: levels lie in [0, 1], got ${wrong}`);
  const d = sample.size;
  const profiles = levels.map(() => new Float64Array(d));
  const column = new Float64Array(sample.count);
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < sample.count; i++) column[i] = sample.values[i * d + j];
    column.sort();
    levels.forEach((p, k) => (profiles[k][j] = quantileOfSorted(column, p)));
  }
  return profiles;
}

/** x - mean, row by row (a copy). */
export function centred(sample: Fields, mean: Float64Array): Float64Array {
  const { values, count } = sample;
  const d = mean.length;
  const off = new Float64Array(values.length);
  for (let i = 0, at = 0; i < count; i++) for (let j = 0; j < d; j++, at++) off[at] = values[at] - mean[j];
  return off;
}

const signedRoot = (x: number): number => Math.sign(x) * Math.sqrt(Math.abs(x));

/** Relative standard error of tr S, from the scatter of |x - m|^2 between fields. */
function relativeErrorOfTrace({ values, count }: Fields, mean: Float64Array): number {
  const d = mean.length;
  let first = 0;
  let second = 0;
  for (let i = 0; i < count; i++) {
    let square = 0;
    for (let j = 0; j < d; j++) square += (values[i * d + j] - mean[j]) ** 2;
    first += square / count;
    second += (square * square) / count;
  }
  return first > 0 ? Math.sqrt(Math.max(0, second / first ** 2 - 1) / count) : 0;
}
