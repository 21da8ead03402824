/**
 * Principal modes of an ensemble: with W = diag(factors), the covariance of the scaled fields W (x - m) is
 *   S = V^T diag(lambda) V,   score_k(x) = v_k . W (x - m),   whitened score = score_k / sqrt(lambda_k).
 * In the ensemble it was computed from, mode k has variance lambda_k exactly; in any other sample of the same law the
 * small modes come out larger by a factor of about 1 + 2 k / n, since large modes leak into estimated small ones. So
 * ratios of spectra must take modes from fields that neither side of the ratio uses (spectrum.ts does).
 */
import type { Fields } from "../fields/fields";
import { manyCells, principalDirections } from "../gaussian/joint-basis";
import { gram, symmetricEigen } from "../numerics/linear-algebra";
import { transposed } from "../numerics/rows";
import { stream } from "../random/stream";
import { scoresOf, wholeUpTo } from "./large-products";
import { meanAndSpread } from "./moments";
import { scaled, scalingFactors, type Scaling } from "./scaling";

export interface PrincipalModes {
  readonly mean: Float64Array; // [d], SI units
  readonly factors: Float64Array; // [d], scaling
  readonly variances: Float64Array; // [count], falling, of scaled fields
  readonly vectors: Float64Array; // [count, d], orthonormal rows
  readonly count: number;
}

/** Modes of fields of more than `wholeUpTo` numbers, at most. */
const mostOfLarge = 128;

/**
 * Modes of a sample with std above `relativeStd` times the first mode's. Default: down to rounding of stored fields. On
 * grids of more than some hundred cells at most `most`, and 128 by default.
 */
export function principalModes(
  sample: Fields,
  options: { scaling?: Scaling; factors?: Float64Array; relativeStd?: number; most?: number } = {},
): PrincipalModes {
  const { relativeStd = 1e-6, most = mostOfLarge } = options;
  const factors = options.factors ?? scalingFactors(sample, options.scaling);
  const d = sample.size;
  const { mean } = meanAndSpread(sample);
  const deviations = scaled(sample, factors, mean);
  if (d > wholeUpTo) return { mean, factors, ...leadingModes(deviations, d, { relativeStd, most }) };
  const S = gram(deviations, sample.count, d).map((v) => v / (sample.count - 1));
  const { values, vectors } = symmetricEigen(S, d);
  const least = relativeStd * relativeStd * values[0];
  const below = values.findIndex((v) => !(v > least));
  const count = Math.min(below < 0 ? d : below, sample.count - 1);
  return { mean, factors, variances: values.slice(0, count), vectors: vectors.slice(0, count * d), count };
}

/**
 * The first modes of deviations [count, d], by subspace iteration: eigenvectors of a whole S of d = 1024 take a hundred
 * times as long. Where the iteration starts does not matter to what it finds, so its stream is its own.
 */
function leadingModes(
  deviations: Float64Array,
  d: number,
  { relativeStd, most }: { relativeStd: number; most: number },
): Pick<PrincipalModes, "variances" | "vectors" | "count"> {
  const n = deviations.length / d;
  const { directions, scale } = principalDirections(new Float32Array(deviations), d, {
    most: Math.min(most, n - 1),
    weakest: relativeStd,
    together: manyCells,
    stream: stream(0).child("principal modes"),
  });
  const count = scale.length;
  const vectors = transposed(directions, count);
  return { variances: scale.map((s) => (s * s * n) / (n - 1)), vectors, count };
}

/** Scores [count, modes] of every field on the leading modes; whitened: divided by the mode's standard deviation. */
export function modeScores(
  sample: Fields,
  modes: PrincipalModes,
  options: { count?: number; whitened?: boolean } = {},
): Float64Array {
  const { count = modes.count, whitened = false } = options;
  if (!(count >= 1 && count <= modes.count)) {
    throw new RangeError(`modeScores: asked for ${count} modes, but the ensemble has ${modes.count}`);
  }
  const d = sample.size;
  const x = scaled(sample, modes.factors, modes.mean);
  const scores = scoresOf(x, sample.count, d, modes.vectors.subarray(0, count * d), count);
  if (whitened) for (let k = 0; k < scores.length; k++) scores[k] /= Math.sqrt(modes.variances[k % count]);
  return scores;
}

/**
 * Whitened scores of two samples on the leading modes of both together. Equal laws then stand on equal footing: a basis
 * taken from one of them would make the other look larger in the small modes. At most `count` modes; fewer if there are
 * not so many.
 */
export function pooledScores(
  generated: Fields,
  reference: Fields,
  count: number,
): { readonly modes: number; readonly generated: Float64Array; readonly reference: Float64Array } {
  const values = new Float64Array(generated.values.length + reference.values.length);
  values.set(generated.values);
  values.set(reference.values, generated.values.length);
  const basis = principalModes(reference.with(values), { factors: scalingFactors(reference), most: count });
  const modes = Math.min(count, basis.count);
  const scores = (sample: Fields) => modeScores(sample, basis, { count: modes, whitened: true });
  return { modes, generated: scores(generated), reference: scores(reference) };
}
