/** Entry: error against network evaluations for every sampler at the published condition. */
import { type Chain, type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import { type TrainingConfiguration, whiteNoise } from "../training/index";
import { workPrecisionSettings } from "./settings";
import { workPrecisionStage } from "./stage";

export const workPrecision = {
  settings: [workPrecisionSettings],
  job: (c: TrainingConfiguration & Part<typeof workPrecisionSettings>, { isotropicModel }: Chain) => {
    const { seed, problem, network, schedule, workPrecision } = whiteNoise(c);
    const stage = workPrecisionStage(() => isotropicModel.value());
    return job(stage, { seed, problem, network, schedule, workPrecision }, [isotropicModel]);
  },
} satisfies Experiment<never, unknown>;
