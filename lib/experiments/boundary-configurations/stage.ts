/**
 * Stage: the model of all boundary configurations against the solver, at the conditions of conditions.ts, with the
 * contestants and the diagnostics of the evaluation at held-out conditions (sampling/stage.ts).
 */
import type { Stage } from "../../cache/stage";
import type { ScoreModel } from "../../model/score-model";
import { type Evaluation, type EvaluationInput, evaluationStage } from "../sampling/stage";

export function boundariesStage(model: () => Promise<ScoreModel>): Stage<EvaluationInput, Evaluation> {
  return {
    ...evaluationStage(model),
    name: "boundary-configurations",
    module: "lib/experiments/boundary-configurations/stage.ts",
  };
}
