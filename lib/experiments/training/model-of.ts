import type { Artifact, Chain } from "../experiment";
import type { Part } from "../settings";
import { trainingData } from "../training-data/index";
import type { statisticsSettings } from "../training-data/settings";
import { training, type TrainingConfiguration } from "./index";
import type { TrainedScoreModel } from "./stage";

/** What a model depends on, its conditional Gaussian included. */
export type ModelConfiguration = TrainingConfiguration & Part<typeof statisticsSettings>;

/** The trained model of a configuration, for a chapter whose model is not the study's. */
export function modelOf(c: ModelConfiguration, artifact: Chain["artifact"]): Artifact<TrainedScoreModel> {
  return artifact(training.job(c, { statistics: artifact(trainingData.job(c)) }));
}
