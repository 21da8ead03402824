/**
 * The mean of n differences and its 95 % interval by Student's t: for two methods tried from the same seeds, whose
 * common noise the differences do not have.
 */
import { studentQuantile, studentTail } from "../numerics/distributions";
import { meanWithError } from "../numerics/statistics";

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, of a true mean of zero. */
  readonly p: number;
}

/** Of one sample. At least two numbers. */
export function meanInterval(values: readonly number[]): Interval {
  const n = values.length;
  if (n < 2) throw new RangeError(`meanInterval: an interval needs at least 2 numbers, got ${n}`);
  const { mean, standardError: error } = meanWithError(values);
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
