/**
 * The mean of n differences and its 95 % interval by Student's t: for two methods tried from the same seeds, whose common noise the
 * differences do not have.
 */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % quantiles of Student's t for 1 .. 30 degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Beyond the table the next term of the quantile's expansion in 1 / n is ample. */
export function studentQuantile(degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) {
    throw new RangeError(`studentQuantile: expected whole degrees of freedom, at least 1, got ${degrees}`);
  }
  return quantiles[degrees - 1] ?? 1.95996 + 2.3722 / degrees + 2.8 / degrees ** 2;
}

/** Of one sample. At least two numbers. */
export function meanInterval(values: readonly number[]): Interval {
  const n = values.length;
  if (n < 2) throw new RangeError(`meanInterval: an interval needs at least 2 numbers, got ${n}`);
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const half = studentQuantile(n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

/** Of a - b, pair by pair. */
export function pairedInterval(a: readonly number[], b: readonly number[]): Interval {
  if (a.length !== b.length) {
    throw new RangeError(`pairedInterval: expected pairs, got ${a.length} and ${b.length} numbers`);
  }
  return meanInterval(a.map((x, k) => x - b[k]));
}
