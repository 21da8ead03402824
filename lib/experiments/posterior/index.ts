/**
 * Entry: the linearised posterior of the porosity against one that is sampled on the true map; with the settings of the
 * identifiability.
 */
import { type Experiment, job } from "../experiment";
import type { IdentifiabilityConfiguration } from "../identifiability/index";
import { identifiabilitySettings } from "../identifiability/settings";
import { posteriorStage } from "./stage";

export const posterior = {
  settings: [identifiabilitySettings],
  job: ({ seed, problem, identifiability }: IdentifiabilityConfiguration) =>
    job(posteriorStage, { seed, problem, identifiability }),
} satisfies Experiment<never, unknown>;
