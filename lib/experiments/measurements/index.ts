/** Entry: the fields between sensors, by every method, beside the exact answer. */
import { type Chain, type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import type { Common } from "../common-settings";
import type { samplerSettings } from "../sampling/settings";
import { usualSteps } from "../../model/sampler-settings";
import { measurementsSettings } from "./settings";
import { measurementsStage } from "./stage";

type MeasurementsConfiguration = Common & Part<typeof samplerSettings> & Part<typeof measurementsSettings>;

export const measurements = {
  settings: [measurementsSettings],
  job: ({ seed, problem, sampler, measurements: own }: MeasurementsConfiguration, { model }: Chain) => {
    const steps = sampler.method === "mode-flow" ? sampler.steps : usualSteps("mode-flow");
    return job(
      measurementsStage(() => model.value()),
      { seed, problem, measurements: own, steps },
      [model],
    );
  },
} satisfies Experiment<never, unknown>;
