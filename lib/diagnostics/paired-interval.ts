/**
 * The mean of n differences and its 95 % interval by Student's t: for two methods tried from the same seeds, whose common noise the
 * differences do not have.
 */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, of a true mean of zero. */
  readonly p: number;
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

/**
 * P(|T| >= t) of Student's t. With t = tan(angle) sqrt(degrees) the density is proportional to cos^(degrees - 1): Simpson's rule on both
 * sides of |t|.
 */
export function studentTail(t: number, degrees: number): number {
  const from = Math.atan(Math.abs(t) / Math.sqrt(degrees));
  const integral = (a: number, b: number): number => {
    const [n, h] = [400, (b - a) / 400];
    let sum = 0;
    for (let i = 0; i <= n; i++) {
      sum += (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2) * Math.max(0, Math.cos(a + i * h)) ** (degrees - 1);
    }
    return (sum * h) / 3;
  };
  const beyond = integral(from, Math.PI / 2);
  return beyond / (beyond + integral(0, from));
}

/** Of one sample. At least two numbers. */
export function meanInterval(values: readonly number[]): Interval {
  const n = values.length;
  if (n < 2) throw new RangeError(`meanInterval: an interval needs at least 2 numbers, got ${n}`);
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const error = Math.sqrt(variance / n);
  const half = studentQuantile(n - 1) * error;
  const p = error > 0 ? studentTail(mean / error, n - 1) : mean === 0 ? 1 : 0;
  return { mean, low: mean - half, high: mean + half, p };
}

/** Of a - b, pair by pair. */
export function pairedInterval(a: readonly number[], b: readonly number[]): Interval {
  if (a.length !== b.length) {
    throw new RangeError(`pairedInterval: expected pairs, got ${a.length} and ${b.length} numbers`);
  }
  return meanInterval(a.map((x, k) => x - b[k]));
}
