/** Entry: what the fields say about the porosity. */
import type { Common } from "../common-settings";
import { type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import { identifiabilitySettings } from "./settings";
import { identifiabilityStage } from "./stage";

export type IdentifiabilityConfiguration = Common & Part<typeof identifiabilitySettings>;

export const identifiability = {
  settings: [identifiabilitySettings],
  job: ({ seed, problem, identifiability }: IdentifiabilityConfiguration) =>
    job(identifiabilityStage, { seed, problem, identifiability }),
} satisfies Experiment<never, unknown>;
