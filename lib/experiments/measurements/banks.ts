/**
 * Banks: many fields of one law at one condition, drawn once and weighted anew for every measurement. With h the
 * readings of a bank's fields and w the normalised likelihoods of d, the law's answer to d is  evidence mean(L), mean
 * sum w x, spread (sum w x^2 - (sum w x)^2)^(1/2).
 */
import { effectiveSize, logMeanExp, normalisedWeights } from "../../numerics/importance-weights";
import { type Observations, readingsOf, type Sensors } from "../../inverse/observations";
import type { Moments } from "./moments";

export interface FieldBank {
  /** [count, size], SI units. */
  readonly fields: Float64Array;
  readonly size: number;
}

export interface Answer extends Moments {
  readonly logEvidence: number;
  readonly ess: number;
}

/** What sensors read of every field, [count, sensors]. */
export const bankReadings = ({ fields }: FieldBank, of: Sensors): Float64Array => readingsOf(of, fields);

/** ln L of every field of a bank, -1/2 |(h - d) / s|^2. */
export function logLikelihoodsOf(
  readings: Float64Array,
  { value, std }: Pick<Observations, "value" | "std">,
): Float64Array {
  const m = std.length;
  const logs = new Float64Array(readings.length / m);
  for (let n = 0; n < logs.length; n++) {
    let sum = 0;
    for (let j = 0; j < m; j++) {
      const r = (readings[n * m + j] - value[j]) / std[j];
      sum += r * r;
    }
    logs[n] = -0.5 * sum;
  }
  return logs;
}

/**
 * Weights below this share of the largest are left out: together they are less than this times the size of the bank.
 */
const negligible = 1e-9;

/** A bank's answer to a measurement, of which `readings` are what the sensors read of its fields. */
export function bankAnswer({ fields, size }: FieldBank, readings: Float64Array, of: Observations): Answer {
  const logs = logLikelihoodsOf(readings, of);
  const weights = normalisedWeights(logs);
  const least = negligible * weights.reduce((a, b) => Math.max(a, b), 0);
  const mean = new Float64Array(size);
  const second = new Float64Array(size);
  const origin = fields.subarray(0, size); // near the mean, so that the squares do not cancel
  weights.forEach((w, n) => {
    if (w <= least) return;
    for (let i = 0; i < size; i++) {
      const x = fields[n * size + i] - origin[i];
      mean[i] += w * x;
      second[i] += w * x * x;
    }
  });
  return {
    logEvidence: logMeanExp(logs),
    ess: effectiveSize(logs),
    mean: mean.map((v, i) => origin[i] + v),
    std: second.map((v, i) => Math.sqrt(Math.max(0, v - mean[i] ** 2))),
  };
}
