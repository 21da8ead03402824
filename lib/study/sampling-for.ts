/** How a stored model samples where nothing is said: its own defaults, and what a person changes of them. */
import type { ScoreModel } from "../model/score-model";
import { type Configuration, configuration, type Overrides } from "./configuration";

/**
 * Sampler and schedule for a model: its own defaults (the schedule of its training, where it has one), then the given
 * changes.
 */
export function samplingFor({ trained }: ScoreModel, changes: Overrides): Pick<Configuration, "sampler" | "schedule"> {
  if (trained.kind === "modes") return configuration(changes);
  return configuration({ preset: "published", schedule: trained.schedule }, changes);
}
