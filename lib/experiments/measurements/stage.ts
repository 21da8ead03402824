/**
 * Stage: fields between sensors. One condition, banks of solver, network and Gaussian fields drawn once; every
 * question of the chapter is answered from these, from draws of the methods that search for each measurement anew, and
 * from the predicted laws of guided samplers.
 */
import { jsonStage } from "../../cache/json-stage";
import type { Stage } from "../../cache/stage";
import { coarseFlow } from "../../inverse/posterior";
import { modeSampler } from "../../model/mode-flow";
import { modesOf, type ScoreModel } from "../../model/score-model";
import type { CandidateResult } from "./candidates";
import type { GainRow } from "./design";
import { type ErrorRow, simulatedMeasurements } from "./errors";
import { type PredictedLaws, predictedLaws } from "./predicted";
import type { RankRow } from "./ranks";
import { benchOf, type MeasurementsInput, sensorsAt } from "./bench";
import { candidatesOf } from "./candidate-evidence";
import { gainsOf } from "./gain-rows";
import { errorsOf } from "./method-errors";
import { type Overview, overviewOf } from "./overview";
import { ranksOf } from "./rank-rows";

export interface MeasurementsResult {
  readonly overview: Overview;
  readonly errors: readonly ErrorRow[];
  readonly ranks: readonly RankRow[];
  readonly predicted: PredictedLaws;
  readonly candidates: CandidateResult;
  readonly gains: readonly GainRow[];
}

export function measurementsStage(model: () => Promise<ScoreModel>): Stage<MeasurementsInput, MeasurementsResult> {
  return jsonStage({
    name: "measurements",
    module: "lib/experiments/measurements/stage.ts",
    run: async (input, context) => {
      const m = await model();
      const batch = Math.min(500, input.measurements.draws); // a call is padded to it
      const flow = modeSampler(modesOf(m, "the measurements' flow"), { levels: input.steps, batch });
      const coarse = coarseFlow(modesOf(m, "the measurements' flow"), input.steps, batch);
      const parts = 6;
      const tell = (part: number, what: string): void => {
        context.signal.throwIfAborted();
        context.progress(part, parts, what);
      };
      try {
        tell(0, "banks");
        const bench = await benchOf(m, input, flow, context.signal);
        tell(1, "errors of the methods");
        const errors = await errorsOf(bench, flow, coarse);
        tell(2, "prior and posterior");
        const overview = await overviewOf(bench, flow, coarse);
        tell(3, "ranks of the truth");
        const ranks = await ranksOf(bench);
        tell(4, "predicted laws");
        const { settings, truths, root } = bench;
        const of = sensorsAt(m, bench.condition, settings.sensors);
        const [measured] = simulatedMeasurements(truths, of, 1, root.child("overview"));
        const trained = modesOf(m, "guidance");
        const { normalisation } = m.statistics;
        const draws = { draws: settings.draws, stream: root.child("guided") };
        const predicted = await predictedLaws({ law: bench.at.law, normalisation, trained }, measured, draws);
        tell(5, "unknown conditions and one more sensor");
        const candidates = await candidatesOf(bench, measured, flow);
        const gains = gainsOf(bench, of);
        context.progress(parts, parts);
        return { overview, errors, ranks, predicted, candidates, gains };
      } finally {
        flow.dispose();
        coarse?.dispose();
      }
    },
  });
}
