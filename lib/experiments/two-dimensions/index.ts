/**
 * Entry: which porosities of a plane have one potential, and how much a potential tells of a porosity, on a line and on
 * a plane.
 */
import type { Common } from "../common-settings";
import { type Experiment, job } from "../experiment";
import type { Part } from "../settings";
import { twoDimensionsSettings } from "./settings";
import { twoDimensionsStage } from "./stage";

export const twoDimensions = {
  settings: [twoDimensionsSettings],
  job: ({ seed, twoDimensions: own }: Pick<Common, "seed"> & Part<typeof twoDimensionsSettings>) =>
    job(twoDimensionsStage, { seed, twoDimensions: own }),
} satisfies Experiment<never, unknown>;
