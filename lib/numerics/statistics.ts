/**
 * Statistics of a list of numbers x_1 .. x_n:
 *   mean = sum x_i / n,   variance = sum (x_i - mean)^2 / (n - 1),   standard error of the mean = (variance / n)^(1/2).
 * The sum runs in the list's order, so that the same list gives the same bits wherever it is averaged.
 */

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

export function sumOfSquares(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] * values[i];
  return total;
}

/** NaN of an empty list. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/** Unbiased, with n - 1; NaN of fewer than two numbers. */
export function variance(values: ArrayLike<number>): number {
  const middle = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - middle) ** 2;
  return squares / (values.length - 1);
}

export function standardDeviation(values: ArrayLike<number>): number {
  return Math.sqrt(variance(values));
}

export interface MeanWithError {
  readonly mean: number;
  /** Of the mean; 0 for a single value, which tells nothing of its own scatter. */
  readonly standardError: number;
}

export function meanWithError(values: ArrayLike<number>): MeanWithError {
  const n = values.length;
  return { mean: mean(values), standardError: n > 1 ? Math.sqrt(variance(values) / n) : 0 };
}

/** The middle number, or the mean of the two in the middle. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The p-quantile of sorted numbers, interpolated linearly at p (n - 1). */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
