/**
 * Bias of the mean of generated fields, as a profile with the covariance of its error, and as ratios to the spread.
 *
 * A control variate takes most of the Monte-Carlo error away: fields y_i of another law, drawn with the same random
 * numbers and of known mean m,
 *   b = mean(x - k y) + k m,   k = cov(x, y) / var(y) cell by cell,   cov(b) = cov(x - k y) / n.
 * k is estimated from the same fields, which costs a factor 1 + 1/n of variance and a bias of the order 1/n of a
 * standard error's square.
 *
 * With an estimate b of covariance E and C the covariance of the true law,  |b|^2 - tr E  is unbiased for
 * |bias|^2. Per channel
 *   ratio = signed root of (|b|^2 - tr E) / tr C,   var(|b|^2) = 2 tr E^2 + 4 bias^T E bias     (Gaussian errors),
 * and z tests bias = 0, where the second term is absent.
 */
import type { Fields } from "../fields/fields";
import { gram, multiplyVector } from "../numerics/linear-algebra";
import { sumOfSquares } from "../numerics/statistics";
import { moments } from "./moments";

/** A profile [channels * cells] with the covariance [d, d] of its error. */
export interface ProfileEstimate {
  readonly value: Float64Array;
  readonly error: Float64Array;
}

export interface BiasRatio {
  readonly ratio: number;
  readonly standardError: number;
  /** (|b|^2 - tr E) over its standard deviation without bias. */
  readonly z: number;
}

/** Mean of the fields; with `control` (same random numbers, row by row, mean known) by regression on it. */
export function meanProfile(
  fields: Fields,
  control?: { readonly fields: Fields; readonly mean: Float64Array },
): ProfileEstimate {
  const { count, values } = fields;
  const x = moments(fields);
  const d = x.mean.length;
  if (control && (control.fields.count !== count || control.mean.length !== d)) {
    throw new RangeError(`meanProfile: the control must have the sample's ${count} fields of ${d} values`);
  }
  const rest = new Float64Array(values.length);
  const value = Float64Array.from(x.mean);
  if (control) {
    const y = moments(control.fields);
    for (let j = 0; j < d; j++) {
      let both = 0;
      for (let i = 0; i < count; i++) {
        both += (values[i * d + j] - x.mean[j]) * (control.fields.values[i * d + j] - y.mean[j]);
      }
      const k = y.std[j] > 0 ? both / ((count - 1) * y.std[j] ** 2) : 0;
      value[j] += k * (control.mean[j] - y.mean[j]);
      for (let i = 0; i < count; i++) {
        const at = i * d + j;
        rest[at] = values[at] - x.mean[j] - k * (control.fields.values[at] - y.mean[j]);
      }
    }
  } else {
    for (let at = 0; at < rest.length; at++) rest[at] = values[at] - x.mean[at % d];
  }
  const freedom = count * (count - (control ? 2 : 1));
  return { value, error: gram(rest, count, d).map((s) => s / freedom) };
}

/** Mean of x - y for fields drawn with the same random numbers. */
export function pairedDifference(x: Fields, y: Fields): ProfileEstimate {
  if (x.count !== y.count) throw new RangeError(`pairedDifference: ${x.count} fields cannot be paired with ${y.count}`);
  return meanProfile(x.with(x.values.map((v, k) => v - y.values[k])));
}

/** value_1 - value_2 of independent estimates. */
export function difference(a: ProfileEstimate, b: ProfileEstimate): ProfileEstimate {
  return { value: a.value.map((v, i) => v - b.value[i]), error: a.error.map((e, k) => e + b.error[k]) };
}

/** A profile known without error. */
export function exactProfile(value: Float64Array): ProfileEstimate {
  return { value, error: new Float64Array(value.length ** 2) };
}

/** Cell by cell. */
export function standardErrors({ value, error }: ProfileEstimate): Float64Array {
  return value.map((_, i) => Math.sqrt(Math.max(0, error[i * (value.length + 1)])));
}

/**
 * |bias|_2 / |std|_2 of every channel, corrected for the estimate's own error; `std` [channels * cells] is the true
 * law's.
 */
export function biasRatios(bias: ProfileEstimate, std: ArrayLike<number>, channels: number): BiasRatio[] {
  const d = bias.value.length;
  const cells = d / channels;
  return Array.from({ length: channels }, (_, channel) => {
    const first = channel * cells;
    const b = bias.value.subarray(first, first + cells);
    const E = new Float64Array(cells * cells);
    for (let i = 0; i < cells; i++) {
      for (let j = 0; j < cells; j++) E[i * cells + j] = bias.error[(first + i) * d + first + j];
    }
    let square = 0;
    let noise = 0;
    let scale = 0;
    for (let i = 0; i < cells; i++) {
      square += b[i] ** 2;
      noise += E[i * (cells + 1)];
      scale += std[first + i] ** 2;
    }
    if (!(scale > 0)) throw new RangeError(`biasRatios: channel ${channel} of the true law does not vary at all`);
    const noise2 = sumOfSquares(E);
    const Eb = multiplyVector(E, cells, cells, b);
    // E b^T E b = bias^T E bias + tr E^2
    const along = Math.max(0, b.reduce((sum, v, i) => sum + v * Eb[i], 0) - noise2);
    const corrected = (square - noise) / scale;
    const nullError = Math.sqrt(2 * noise2) / scale;
    const error = Math.hypot(nullError, (2 * Math.sqrt(along)) / scale);
    const ratio = Math.sign(corrected) * Math.sqrt(Math.abs(corrected));
    return {
      ratio,
      standardError: error > 0 ? error / (2 * Math.max(Math.abs(ratio), Math.sqrt(error) / 2)) : 0,
      z: nullError > 0 ? corrected / nullError : 0,
    };
  });
}
