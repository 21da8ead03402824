/** The chapter's numbers as rows of tables, one number a cell. */
import { inferredMoments, informants } from "./candidates";
import type { MeasurementsResult } from "./stage";

/** Errors of each method's answer, in posterior standard deviations, for each layout of sensors. */
export function errorsTable({ errors }: MeasurementsResult): object[] {
  return errors.map((row) => ({
    sensors: row.layout,
    method: row.method,
    measurements: row.dataSets,
    "KL (nats)": row.kl ?? "",
    "± KL": row.klError ?? "",
    "bias (std)": row.bias,
    "bias by chance": row.chance,
    "ln(std ratio)": row.logSpread,
    "± ln": row.dataSets > 1 ? row.logSpreadError : "",
    "effective draws": Math.round(row.ess),
  }));
}

/** Where the truth lies in each method's posterior, over many simulated measurements. */
export function ranksTable({ ranks }: MeasurementsResult): object[] {
  return ranks.map((row) => ({
    method: row.method,
    channel: row.channel,
    measurements: row.measurements,
    "p, uniform ranks": row.p,
    "truths in the 50 % band": row.coverage.half,
    "truths in the 90 % band": row.coverage.most,
  }));
}

/**
 * The predicted error of each guided sampler for Gaussian data by its number of levels, at Bayes' weight (dps: at the
 * largest that it bears).
 */
export function predictedTable({ predicted }: MeasurementsResult): object[] {
  return predicted.rows
    .filter(({ weight }) => weight === 1)
    .filter((row, i, all) => all.findIndex((r) => r.guidance === row.guidance && r.levels === row.levels) === i)
    .map((row) => ({
      guidance: row.guidance,
      levels: row.levels,
      "bias (std), predicted": row.bias,
      "ln(std ratio), predicted": row.logSpread,
      "largest deviation of drawn moments (z)": predicted.met.find((m) => m.guidance === row.guidance)!.z,
    }));
}

/**
 * Posterior of the conditions that were taken for unknown, by the evidence of the solver, of the network and of the
 * Gaussian.
 */
export function candidatesTable({ candidates }: MeasurementsResult): object[] {
  return candidates.names.flatMap((name, k) =>
    informants.map((who) => {
      const { mean, std, ess } = inferredMoments(candidates, who, name);
      return { condition: name, evidence: who, truth: candidates.truth[k], mean, std, "effective candidates": ess };
    }),
  );
}
