/**
 * What readings say about conditions that are not known. Candidates are drawn from the conditions' ranges; each has an
 * evidence, the mean likelihood of the readings over fields of the solver, of the network or of the Gaussian there,
 * and the posterior of the conditions is the candidates weighted by it.
 */
import { effectiveSize, normalisedWeights } from "../../numerics/importance-weights";

export const informants = ["solver", "network", "gaussian"] as const;
export type Informant = (typeof informants)[number];

export interface CandidateResult {
  readonly names: readonly string[];
  /** Of the measurement's own condition, by name. */
  readonly truth: readonly number[];
  /** [candidates][names] */
  readonly values: readonly (readonly number[])[];
  /** ln evidence of each candidate. */
  readonly logEvidence: Readonly<Record<Informant, readonly number[]>>;
  /** Fields of each candidate's banks. */
  readonly fields: number;
}

/** Posterior mean and standard deviation of an inferred condition, and how many candidates carry them. */
export function inferredMoments(
  result: CandidateResult,
  who: Informant,
  name: string,
): { mean: number; std: number; ess: number } {
  const column = result.names.indexOf(name);
  const logs = Float64Array.from(result.logEvidence[who]);
  const weights = normalisedWeights(logs);
  const value = (i: number): number => result.values[i][column];
  const mean = weights.reduce((sum, w, i) => sum + w * value(i), 0);
  const variance = weights.reduce((sum, w, i) => sum + w * (value(i) - mean) ** 2, 0);
  return { mean, std: Math.sqrt(variance), ess: effectiveSize(logs) };
}
