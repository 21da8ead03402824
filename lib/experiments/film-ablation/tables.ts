/**
 * The ablation as tables. Against FiLM there are several contestants at once: one is called resolved when its p by
 * Student's t, corrected for their number (Holm), is below 5 %.
 */
import { mean, standardDeviation } from "../../numerics/statistics";
import { holm } from "../../diagnostics/multiple-testing";
import type { FilmAblation } from "./stage";
import { type Where, type MeasureName, bySeed, finite, difference, diverged } from "./comparison";

/** Size and cost of one contestant. */
export interface CostRow {
  readonly contestant: string;
  readonly networks: number;
  readonly parameters: number;
  readonly "multiplications a field": number;
}

/** What each costs, all its networks together. */
export function costTable(result: FilmAblation): CostRow[] {
  return result.contestants.map(({ name, networks, parameters, multiplications }) => ({
    contestant: name,
    networks,
    parameters,
    "multiplications a field": multiplications,
  }));
}

/** One contestant's errors, averaged over seeds. */
export interface AblationTableRow {
  readonly contestant: string;
  readonly loss: number;
  readonly "± seeds": number;
  readonly "loss outside": number;
  readonly "mean error"?: number;
  readonly "mean error outside"?: number;
  readonly "std ratio"?: number;
  readonly "between ratio"?: number;
  /** Seeds whose training diverged, and all. */
  readonly "diverged seeds": number;
  readonly seeds: number;
}

/** Means over the seeds. */
export function ablationTable(result: FilmAblation): AblationTableRow[] {
  return result.contestants.map((c) => {
    const of = (measure: MeasureName, where: Where = "inside"): number => mean(finite(bySeed(c, measure, where)));
    const row = {
      contestant: c.name,
      loss: of("loss"),
      "± seeds": standardDeviation(finite(bySeed(c, "loss", "inside"))),
      "loss outside": of("loss", "outside"),
    };
    const generates = finite(bySeed(c, "meanError", "inside")).length > 0;
    return {
      ...row,
      ...(generates
        ? {
            "mean error": of("meanError"),
            "mean error outside": of("meanError", "outside"),
            "std ratio": of("spread"),
            "between ratio": of("between"),
          }
        : {}),
      "diverged seeds": diverged(c),
      seeds: c.seeds.length,
    };
  });
}

/** One contestant's difference to FiLM with its interval, and what it allows to say. */
export interface VerdictRow {
  readonly contestant: string;
  readonly "minus FiLM": number;
  readonly low: number;
  readonly high: number;
  /** Corrected for the number of contestants (Holm). */
  readonly p: number;
  readonly verdict: string;
}

/**
 * Each contestant against FiLM, seed by seed, in words that the corrected p allows; the interval is a single one's, of
 * 95 %. Smaller is better.
 */
export function verdictTable(
  result: FilmAblation,
  measure: MeasureName = "loss",
  where: Where = "inside",
): VerdictRow[] {
  const others = result.contestants.filter((c) => c.name !== "FiLM");
  const found = others.map((c) => difference(result, c.name, "FiLM", measure, where));
  const corrected = holm(found.map(({ p }) => p));
  return others.map((c, k) => {
    const { mean, low, high } = found[k];
    const verdict = corrected[k] >= 0.05 ? "not resolved" : mean > 0 ? "FiLM is better" : "FiLM is worse";
    return { contestant: c.name, "minus FiLM": mean, low, high, p: corrected[k], verdict };
  });
}
