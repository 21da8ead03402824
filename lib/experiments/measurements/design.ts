/**
 * Where to put one more sensor. The expected information gain of a reading at x beside those that are there is
 *   I(x) = E ln p(d_x | field) - E ln p(d_x | d),   in nats:
 * for a Gaussian 1/2 ln(1 + v(x) / s^2) with v the variance that the other readings leave open at x. For any law, by
 * simulation: p(d) and p(d, d_x) are means of likelihoods over a bank, averaged over fields that are no part of it
 * (nested Monte Carlo).
 */
import { logMeanExp } from "../../numerics/importance-weights";
import type { Stream } from "../../random/stream";
import { type Sensors } from "../../inverse/observations";
import { bankReadings, type FieldBank, logLikelihoodsOf } from "./banks";
import { simulatedMeasurements } from "./errors";
import { meanWithError } from "../../numerics/statistics";

export interface GainRow {
  readonly channel: string;
  /** m */
  readonly x: number;
  readonly std: number;
  readonly closed: number;
  readonly solver: number;
  readonly solverError: number;
  readonly network: number;
  readonly networkError: number;
}

/**
 * Gain of one more sensor, `more`, beside sensors `of`: mean and standard error over simulated measurements of
 * `truths`. The same noise for every bank.
 */
export function simulatedGain(
  bank: FieldBank,
  truths: FieldBank,
  of: Sensors,
  more: Sensors,
  options: { measurements: number; stream: Stream; likelihoods?: readonly Float64Array[] },
): { gain: number; error: number } {
  const { measurements, stream, likelihoods = sensorLikelihoods(bank, truths, of, options) } = options;
  const readings = bankReadings(bank, more);
  const extra = simulatedMeasurements(truths, more, measurements, stream.child("more"));
  const own = bankReadings({ ...truths, fields: truths.fields.subarray(0, measurements * truths.size) }, more);
  const gains = extra.map((d, i) => {
    const logs = likelihoods[i];
    const both = logLikelihoodsOf(readings, d).map((l, n) => l + logs[n]);
    const given = -0.5 * ((own[i] - d.value[0]) / d.std[0]) ** 2;
    return given - (logMeanExp(both) - logMeanExp(logs));
  });
  const { mean: gain, standardError: error } = meanWithError(gains);
  return { gain, error };
}

/** ln likelihood of every field of a bank for each simulated measurement by the sensors that are there. */
export function sensorLikelihoods(
  bank: FieldBank,
  truths: FieldBank,
  of: Sensors,
  { measurements, stream }: { measurements: number; stream: Stream },
): Float64Array[] {
  const readings = bankReadings(bank, of);
  return simulatedMeasurements(truths, of, measurements, stream.child("sensors")).map((d) =>
    logLikelihoodsOf(readings, d),
  );
}
