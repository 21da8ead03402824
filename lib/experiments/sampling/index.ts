/** Entry: generated against solver ensembles at conditions held out from training. */
import { UserError } from "../../errors/user-error";
import { type Chain, type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import type { TrainingConfiguration } from "../training/index";
import { evaluationSettings, samplerSettings } from "./settings";
import { evaluationStage } from "./stage";

type SamplingConfiguration = TrainingConfiguration & Part<typeof samplerSettings> & Part<typeof evaluationSettings>;

export const sampling = {
  settings: [samplerSettings, evaluationSettings],
  job: ({ seed, problem, evaluation, sampler, network }: SamplingConfiguration, { model }: Chain) => {
    if (network.preconditioning === "none" && sampler.method === "mode-flow") {
      throw new UserError(
        'sampler.method: "mode-flow" needs network.preconditioning "conditional gaussian", got "none". ' +
          "Remedy: another method, for instance sampler.method=reverse-sde-heun sampler.steps=200.",
      );
    }
    return job(
      evaluationStage(() => model.value()),
      { seed, problem, evaluation, sampler },
      [model],
    );
  },
} satisfies Experiment<never, unknown>;
