/** Entry: each cause of the bias switched alone; with the settings of the mean bias. */
import { type Chain, type Experiment, job } from "../experiment";
import type { MeanBiasConfiguration } from "../mean-bias/index";
import { meanBiasSettings } from "../mean-bias/settings";
import { biasBudgetStage } from "./stage";

export const biasBudget = {
  settings: [meanBiasSettings],
  job: ({ seed, problem, meanBias, schedule }: MeanBiasConfiguration, { isotropicModel }: Chain) =>
    job(
      biasBudgetStage(() => isotropicModel.value()),
      { seed, problem, meanBias, schedule },
      [isotropicModel],
    ),
} satisfies Experiment<never, unknown>;
