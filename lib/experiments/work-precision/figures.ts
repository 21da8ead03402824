/** Chapter 8: error against work as figures, and a table of what the floor costs. */
import type { Figure } from "../../figures/spec";
import { workPrecision, type WorkPrecisionRow } from "./work-precision";
import { originalEvaluations } from "./published-cost";
import type { WorkPrecision } from "./stage";
import { evaluationsToFloor } from "./claims";
import { samplerNames, families } from "./sampler-names";

export * from "./claims";
export * from "./sampler-names";

const exactScore = "exact Gaussian score";

const trainedNetwork = "trained network";

/**
 * One family of samplers: on the exact score without Monte-Carlo error, on the network with two standard deviations of
 * the null.
 */
export function workPrecisionFigure(result: WorkPrecision, family: keyof typeof families): Figure {
  const { energyError, nullZ } = result.floor;
  const floor = Math.sqrt(Math.max(0.1, nullZ[Math.floor(0.95 * nullZ.length)]) * energyError);
  // a logarithmic axis: what is not distinguishable from zero lies on its end
  const least = Math.sqrt(0.05 * energyError);
  const root = (d: number): number => Math.max(least, Math.sqrt(Math.max(0, d)));
  const rows = families[family].flatMap((sampler): WorkPrecisionRow[] => {
    const name = samplerNames[sampler];
    return [
      ...result.exact
        .filter((r) => r.sampler === sampler)
        .map(({ evaluations, total }) => ({ score: exactScore, sampler: name, evaluations, error: total })),
      ...result.network
        .filter((r) => r.sampler === sampler)
        .map(({ evaluations, energy }) => ({
          score: trainedNetwork,
          sampler: name,
          evaluations,
          error: root(energy),
          low: root(energy - 2 * energyError),
          high: root(energy + 2 * energyError),
        })),
    ];
  });
  return workPrecision(rows, {
    name: `08-${family}-samplers`,
    caption: `Error of the generated law against network evaluations for the ${family} samplers`,
    errorTitle: { [exactScore]: "Wasserstein distance / std", [trainedNetwork]: "√(energy distance) / std" },
    floors: {
      [exactScore]: { value: result.truncation, label: "stop at t_min" },
      [trainedNetwork]: { value: floor, label: "solver against solver, 95 %" },
    },
    domains: { [exactScore]: [1e-5, 2], [trainedNetwork]: [least, 2] },
  });
}

/** What one sampler takes to reach the sampling floor, beside the original. */
export interface CostRow {
  readonly sampler: string;
  readonly "evaluations to the floor": string;
  readonly "GFLOP a field": string;
  readonly "original / this": string;
  readonly "ms a field": string;
}

/**
 * What it takes to be indistinguishable from the solver at this sample size, beside the original's 2000 evaluations of
 * its network.
 */
export function costTable(result: WorkPrecision): CostRow[] {
  const { operations, publishedSeconds } = result.cost;
  const original = originalEvaluations * operations.published;
  const most = Math.max(...result.network.map((r) => r.evaluations));
  const rows = Object.values(families)
    .flat()
    .filter((sampler) => result.network.some((r) => r.sampler === sampler))
    .map((sampler): CostRow => {
      const evaluations = evaluationsToFloor(result, sampler);
      const row = result.network.find((r) => r.sampler === sampler && r.evaluations === evaluations);
      const used = evaluations * operations.trained;
      return {
        sampler: samplerNames[sampler],
        "evaluations to the floor": row ? evaluations.toFixed(0) : `more than ${most.toFixed(0)}`,
        "GFLOP a field": row ? (used / 1e9).toPrecision(2) : "",
        "original / this": row ? (original / used).toPrecision(2) : "",
        "ms a field": row ? (1e3 * row.secondsPerField).toPrecision(2) : "",
      };
    });
  const last: CostRow = {
    sampler: "the original: Heun, reverse SDE, its network",
    "evaluations to the floor": originalEvaluations.toFixed(0),
    "GFLOP a field": (original / 1e9).toPrecision(3),
    "original / this": "1",
    "ms a field": (1e3 * originalEvaluations * publishedSeconds).toPrecision(2),
  };
  return [...rows, last];
}
