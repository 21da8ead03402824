/** Entry: generated against solver ensembles at conditions held out from training. */
import { type Chain, type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import type { TrainingConfiguration } from "../training/index";
import { evaluationSettings, samplerSettings } from "./settings";
import { evaluationStage } from "./stage";

type SamplingConfiguration = TrainingConfiguration & Part<typeof samplerSettings> & Part<typeof evaluationSettings>;

export const sampling = {
  settings: [samplerSettings, evaluationSettings],
  job: (c: SamplingConfiguration, { model, isotropicModel }: Chain) => {
    const { seed, problem, evaluation, sampler, schedule } = c;
    const input = { seed, problem, evaluation, sampler };
    if (sampler.method === "mode-flow") {
      return job(
        evaluationStage(() => model.value()),
        input,
        [model],
      );
    }
    // A process in time adds white noise, and runs by its schedule.
    return job(
      evaluationStage(() => isotropicModel.value()),
      { ...input, schedule },
      [isotropicModel],
    );
  },
} satisfies Experiment<never, unknown>;
