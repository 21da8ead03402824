/** Entry: the conditional Gaussian of the fields, on which everything else is built. */
import type { Common } from "../common-settings";
import { type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import { statisticsSettings } from "./settings";
import { statisticsStage } from "./stage";

export const trainingData = {
  settings: [statisticsSettings],
  job: ({ seed, problem, statistics }: Common & Part<typeof statisticsSettings>) =>
    job(statisticsStage, { seed, problem, statistics }),
} satisfies Experiment<never, unknown>;
