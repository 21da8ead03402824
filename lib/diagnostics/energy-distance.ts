/**
 * Energy distance of two laws (Szekely and Rizzo 2013):  D = 2 E|X - Y| - E|X - X'| - E|Y - Y'| >= 0, zero only for
 * equal laws. Estimated by the unbiased U-statistic (means over pairs of different fields), which may come out
 * negative.
 * Null. Let k(x, y) be |x - y| centred twice under the common law (conditional means taken away, grand mean added). For
 * equal laws D is a sum of uncorrelated terms with E D = 0 and
 *   var D = E k^2 [ 2/(n(n-1)) + 2/(m(m-1)) + 4/(nm) ],
 * E k^2 being the squared distance variance of the law, estimated without bias from the reference (U-centring, Szekely
 * and Rizzo 2014): z = D / sqrt(var D). The law of D under the null is not normal but skewed to the right (a weighted
 * sum of chi-squares, as wide as the fields are low-dimensional), so p is read from splits of the reference against
 * itself: each split is standardised by the variance for its own sizes and the observed z ranked among them. The splits
 * share fields, so their own mean and spread scatter. Fields are scaled channel by channel (scaling.ts); z is nearly
 * the same for each scaling, D itself is not.
 */
import { type Fields, permutation } from "../fields/fields";
import { checkComparable } from "./field-sample";
import { centredTogether, forEachBlock, meanDistance, type Cloud } from "./pair-distances";
import { scaled, scalingFactors, type Scaling } from "./scaling";
import { tf } from "../graph/tensorflow";
import { sumOfSquares } from "../numerics/statistics";
import type { Stream } from "../random/stream";

export interface EnergyDistance {
  readonly distance: number;
  /** Standard deviation of `distance` for equal laws at these sample sizes. */
  readonly nullError: number;
  readonly z: number;
  /** z of reference-against-reference splits, in rising order. */
  readonly nullZ: readonly number[];
  /** One-sided, (1 + number of null z >= z) / (1 + splits). */
  readonly p: number;
}

export interface EnergyOptions {
  readonly stream: Stream;
  readonly scaling?: Scaling;
  /** One channel alone; default both together. */
  readonly channel?: number;
  readonly splits?: number;
  /** The null is computed on at most this many fields of the reference (all pairs are stored in single precision). */
  readonly nullCount?: number;
}

/** Energy distance between two samples, with its null. Cost: the pairs, (n + m)^2 / 2 distances. */
export function energyDistance(generated: Fields, reference: Fields, options: EnergyOptions): EnergyDistance {
  return energyDistanceFrom(reference, options)(generated);
}

/** The same of several samples from one reference, whose own distances are computed once. */
export function energyDistanceFrom(
  reference: Fields,
  { stream, splits = 99, nullCount = 2000, channel, scaling }: EnergyOptions,
): (generated: Fields) => EnergyDistance {
  const chosen = (sample: Fields): Fields => (channel === undefined ? sample : sample.channel(channel));
  const ref = chosen(reference);
  const factors = scalingFactors(ref, scaling);
  // Distances within the reference are taken about its own centre: about one in common with fields that are far away
  // single precision would lose them.
  const [alone] = centredTogether([cloud(ref, factors)]);
  const pairs = storedDistances(firstRows(alone, Math.min(nullCount, alone.count)));
  const withinY = pairs.count === alone.count ? pairs.mean : meanDistance(alone, alone);
  const nullZ = splitStatistics(pairs, splits, stream);
  return (generated) => {
    checkComparable("energyDistance", generated, reference);
    const [x, y] = centredTogether([cloud(chosen(generated), factors), cloud(ref, factors)]);
    const distance = 2 * meanDistance(x, y) - meanDistance(x, x) - withinY;
    const nullError = Math.sqrt(pairs.distanceVariance * pairWeights(x.count, y.count));
    const z = distance / nullError;
    const p = (1 + nullZ.filter((v) => v >= z).length) / (1 + splits);
    return { distance, nullError, z, nullZ, p };
  };
}

/** var D / E k^2. */
const pairWeights = (n: number, m: number): number => 2 / (n * (n - 1)) + 2 / (m * (m - 1)) + 4 / (n * m);

const cloud = (sample: Fields, factors: Float64Array): Cloud => {
  return { points: scaled(sample, factors), count: sample.count, dimension: factors.length };
};

const firstRows = (c: Cloud, count: number): Cloud => {
  return count === c.count ? c : { ...c, count, points: c.points.subarray(0, count * c.dimension) };
};

interface StoredDistances {
  readonly fluctuation: Float32Array; // [count, count], distance - mean; 0 on the diagonal
  readonly count: number;
  readonly mean: number; // over pairs of different points
  readonly distanceVariance: number; // unbiased E k^2
}

function storedDistances(y: Cloud): StoredDistances {
  const n = y.count;
  const mean = meanDistance(y, y);
  const fluctuation = new Float32Array(n * n);
  const rowSum = new Float64Array(n);
  let squares = 0;
  // a constant changes neither the U-centred distances nor any energy distance, and without it single precision is
  // ample
  forEachBlock(y, y, (distances, first) => {
    const values = distances.dataSync();
    for (let k = 0; k < values.length; k++) {
      const i = first + Math.floor(k / n);
      if (k % n === i) continue;
      const f = values[k] - mean;
      fluctuation[first * n + k] = f;
      rowSum[i] += f;
      squares += f * f;
    }
  });
  // U-centred A_ij = f_ij - R_i/(n-2) - R_j/(n-2) + S/((n-1)(n-2)), i != j; sum of A^2 over n (n - 3) is unbiased for E
  // k^2
  const S = rowSum.reduce((a, b) => a + b, 0);
  const rowSquares = sumOfSquares(rowSum);
  const sumA2 = squares - (2 * rowSquares) / (n - 2) + (S * S) / ((n - 1) * (n - 2));
  return { fluctuation, count: n, mean, distanceVariance: sumA2 / (n * (n - 3)) };
}

/** z of `splits` random halvings of one set of points, in rising order. */
function splitStatistics(pairs: StoredDistances, splits: number, stream: Stream): number[] {
  const { fluctuation, count: n, distanceVariance } = pairs;
  const half = Math.floor(n / 2);
  const other = n - half;
  const first = new Float32Array(n * splits); // 1 where point i is in the first half of split s
  for (let s = 0; s < splits; s++) {
    const order = permutation(n, stream.child("split").child(s));
    for (let k = 0; k < half; k++) first[order[k] * splits + s] = 1;
  }
  const product = tf.tidy(() => tf.matMul(tf.tensor2d(fluctuation, [n, n]), tf.tensor2d(first, [n, splits])));
  const Fa = product.dataSync(); // [n, splits], for every point its sum over the first half
  product.dispose();
  const error = Math.sqrt(distanceVariance * pairWeights(half, other));
  let total = 0;
  for (let k = 0; k < fluctuation.length; k++) total += fluctuation[k];
  return Array.from({ length: splits }, (_, s) => {
    let within = 0;
    let across = 0;
    for (let i = 0; i < n; i++) {
      if (first[i * splits + s] === 1) within += Fa[i * splits + s];
      else across += Fa[i * splits + s];
    }
    const rest = total - within - 2 * across;
    return ((2 * across) / (half * other) - within / (half * (half - 1)) - rest / (other * (other - 1))) / error;
  }).sort((a, b) => a - b);
}
