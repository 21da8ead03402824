/** Entry: the mode flow in few evaluations against itself in many. */
import type { Common } from "../common-settings";
import { type Chain, type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import { fewEvaluationsSettings } from "./settings";
import { fewEvaluationsStage } from "./stage";

export const fewEvaluations = {
  settings: [fewEvaluationsSettings],
  job: (c: Common & Part<typeof fewEvaluationsSettings>, { model }: Chain) => {
    const { seed, problem, fewEvaluations: size } = c;
    return job(
      fewEvaluationsStage(() => model.value()),
      { seed, problem, fewEvaluations: size },
      [model],
    );
  },
} satisfies Experiment<never, unknown>;
