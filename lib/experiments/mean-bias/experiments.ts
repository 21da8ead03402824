/** What is drawn in the mean-bias chapter: a score, a start law, a sampler and a beta_max each. */
import type { Sampler, StartKind } from "./published-setting";

export type ScoreKind = "gaussian" | "empirical" | "network";

export interface Experiment {
  readonly score: ScoreKind;
  readonly betaMax: number;
  readonly start: StartKind;
  readonly sampler: Sampler;
}

/**
 * The network over beta_max from the standard normal; at the ends of that range every start law, and the exact scores
 * at the smallest useful one. A network that learned the score of one schedule is sampled at that one, with the exact
 * scores beside it.
 */
export function experiments(betaMax: readonly number[], trainedFor?: number): Experiment[] {
  const samplers: Sampler[] = ["reverse SDE", "probability flow"];
  const decisive = betaMax.includes(3) ? 3 : betaMax[0];
  const largest = Math.max(...betaMax);
  const jobs: Experiment[] = [];
  for (const sampler of samplers) {
    for (const b of trainedFor === undefined ? betaMax : [trainedFor])
      jobs.push({ score: "network", betaMax: b, start: "standard normal", sampler });
    for (const start of ["centred", "matched"] as const)
      jobs.push({ score: "network", betaMax: trainedFor ?? decisive, start, sampler });
    for (const b of new Set([decisive, largest, trainedFor ?? decisive]))
      jobs.push({ score: "gaussian", betaMax: b, start: "standard normal", sampler });
    for (const b of new Set([decisive, largest, trainedFor ?? decisive]))
      jobs.push({ score: "empirical", betaMax: b, start: "standard normal", sampler });
  }
  return jobs;
}
