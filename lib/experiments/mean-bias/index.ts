/** Entry: where the mean bias comes from, at the published condition. */
import type { Common } from "../common-settings";
import { type Chain, type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import { meanBiasSettings } from "./settings";
import { meanBiasStage } from "./stage";

export type MeanBiasConfiguration = Common & Part<typeof meanBiasSettings>;

export const meanBias = {
  settings: [meanBiasSettings],
  job: ({ seed, problem, meanBias, schedule }: MeanBiasConfiguration, { isotropicModel }: Chain) =>
    job(
      meanBiasStage(() => isotropicModel.value()),
      { seed, problem, meanBias, schedule },
      [isotropicModel],
    ),
} satisfies Experiment<never, unknown>;
