/**
 * How wrong the answers are: over simulated measurements of solver fields, each method's posterior mean and spread
 * beside those of a large solver bank, and for the methods that know it the evidence. KL = mean of ln p_solver(d) - ln
 * p(d): the predictive law of the readings beside the solver's. A second solver bank is wrong by chance alone: the
 * null.
 */
import { meanWithError } from "../../numerics/statistics";
import { type Observations, type Sensors, simulatedReadings } from "../../inverse/observations";
import type { Stream } from "../../random/stream";
import { type Answer, bankAnswer, bankReadings, type FieldBank } from "./banks";
import { distanceOf, type Moments } from "./moments";

export interface ErrorRow {
  readonly layout: string;
  readonly method: string;
  readonly dataSets: number;
  /** Root mean square over the measurements, in posterior standard deviations. */
  readonly bias: number;
  readonly logSpread: number;
  readonly logSpreadError: number;
  /** What the sizes of the samples alone make of `bias`. */
  readonly chance: number;
  /** Nats; absent for a method that does not know the evidence. */
  readonly kl?: number;
  readonly klError?: number;
  /** Mean effective number of fields, or of draws. */
  readonly ess: number;
}

/** Measurements of fields of a bank, from number `first` on, noise drawn from the stream. */
export function simulatedMeasurements(truths: FieldBank, of: Sensors, count: number, s: Stream): Observations[] {
  const { fields, size } = truths;
  return Array.from({ length: count }, (_, i) =>
    simulatedReadings(of, fields.slice(i * size, (i + 1) * size), s.child(i)),
  );
}

/** One method's answer to each measurement, as a row beside the reference's. */
export function errorRow(
  [layout, method]: readonly [string, string],
  answers: readonly (Moments & { logEvidence?: number; ess: number })[],
  reference: readonly Answer[],
  channels: number,
): ErrorRow {
  const distances = answers.map((answer, i) => distanceOf(answer, reference[i], channels));
  const rms = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v, 0) / values.length);
  const spread = meanWithError(distances.map((d) => d.logSpread));
  const known = answers.every(({ logEvidence }) => logEvidence !== undefined && Number.isFinite(logEvidence));
  const kl = known ? meanWithError(answers.map((a, i) => reference[i].logEvidence - a.logEvidence!)) : undefined;
  return {
    layout,
    method,
    dataSets: answers.length,
    bias: rms(distances.map((d) => d.bias ** 2)),
    logSpread: spread.mean,
    logSpreadError: answers.length > 1 ? spread.standardError : NaN_AS_ONE,
    chance: rms(answers.map((a, i) => 1 / a.ess + 1 / reference[i].ess)),
    ...(kl && answers.length > 1 ? { kl: kl.mean, klError: kl.standardError } : {}),
    ess: answers.reduce((sum, a) => sum + a.ess, 0) / answers.length,
  };
}
/** JSON has no NaN: an error that one measurement cannot tell counts as a whole unit. */
const NaN_AS_ONE = 1;

/**
 * The answers of a bank to measurements; `ask` may hand another measurement to it than was made, as a faulty program
 * would.
 */
export function bankAnswers(
  bank: FieldBank,
  of: Sensors,
  measurements: readonly Observations[],
  ask: (d: Observations) => Observations = (d) => d,
): Answer[] {
  const readings = bankReadings(bank, of);
  return measurements.map((d) => bankAnswer(bank, readings, ask(d)));
}
