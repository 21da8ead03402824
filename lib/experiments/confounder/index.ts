/** Entry: models that are told more and more about the porosity; needs no network. */
import type { Common } from "../common-settings";
import { type Chain, type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import { confounderSettings } from "./settings";
import { confounderStage } from "./stage";

export const confounder = {
  settings: [confounderSettings],
  job: async (c: Common & Part<typeof confounderSettings>, { statistics }: Chain) => {
    const { seed, problem, confounder, schedule } = c;
    const { normalisation } = await statistics.value();
    return job(confounderStage, { seed, problem, confounder, schedule, normalisation });
  },
} satisfies Experiment<never, unknown>;
