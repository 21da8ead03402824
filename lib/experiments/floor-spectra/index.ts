/**
 * Entry: the original's sampler at the configured schedule with the exact score, with and without its last step; needs
 * no network.
 */
import type { Common } from "../common-settings";
import { type Chain, type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import { floorSpectraSettings } from "./settings";
import { floorSpectraStage } from "./stage";

export const floorSpectra = {
  settings: [floorSpectraSettings],
  job: async (c: Common & Part<typeof floorSpectraSettings>, { statistics }: Chain) => {
    const { seed, problem, floorSpectra, schedule } = c;
    const { normalisation } = await statistics.value();
    return job(floorSpectraStage, { seed, problem, floorSpectra, schedule, normalisation });
  },
} satisfies Experiment<never, unknown>;
