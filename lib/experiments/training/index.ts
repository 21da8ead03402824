/** Entry: the trained score model. */
import type { Common } from "../common-settings";
import { type Chain, type Experiment, job } from "../experiment";
import { ensembleSettings, networkSettings, type TrainingParts, trainingSettings } from "./settings";
import { isPlain } from "./assemble-model";
import { type LogListener, type ModelInput, modelStage } from "./stage";

/** What a training reads of a configuration, and what an experiment adds for a model of its own. */
export type TrainingConfiguration = Common & TrainingParts & Pick<ModelInput, "held">;

/** Modes that the model for white noise has at most. */
const whiteNoiseModes = 32;
/**
 * Its share of the steps: what chapters 5, 6 and 8 say of it, biases of means of tenths of a spread and orders of
 * methods, a training to the last per cent would not make truer.
 */
const whiteNoiseSteps = 0.4;

/**
 * The configuration of the model for white noise (network.noiseGrading 1): one network for every noise schedule and
 * start law, which the reverse-time samplers need. A network that learned the whole score is its own.
 */
export function whiteNoise<C extends TrainingConfiguration>(c: C): C {
  // White noise covers the modes beyond, while the others are learned.
  const modes = Math.min(c.network.modes, whiteNoiseModes);
  if (isPlain(c)) return c;
  const steps = Math.ceil(whiteNoiseSteps * c.training.steps);
  const training = { ...c.training, steps, warmUp: Math.min(c.training.warmUp, steps) };
  return { ...c, network: { ...c.network, noiseGrading: 1, modes }, training };
}

/** The schedule is an input of the network that learns its score; the other serves every schedule. */
export function trainingInput(c: TrainingConfiguration): ModelInput {
  const { seed, problem, ensemble, network, training, schedule, held } = c;
  const input = { seed, problem, ensemble, network, training, ...(held && { held }) };
  return isPlain(c) ? { ...input, schedule } : input;
}

export const training = {
  settings: [ensembleSettings, networkSettings, trainingSettings],
  /** `listener` hears every entry of the training log as it is made. */
  job: (c: TrainingConfiguration, { statistics }: Pick<Chain, "statistics">, listener?: LogListener) => {
    const input = trainingInput(c);
    const stage = modelStage(input, () => statistics.value(), listener);
    return job(stage, input, [statistics]);
  },
} satisfies Experiment<never, unknown, readonly [LogListener?]>;
