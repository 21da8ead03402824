/** Chapter 3: the training's course as a figure. */
import { trainingCurve } from "./training-curve";
import type { Figure } from "../../figures/spec";
import { variancePreserving } from "../../diffusion/schedule";
import { timeOf } from "../../training/field-objective";
import { assertAtLeast, assertAtMost } from "../../notebook/claims";
import { sizesOf, type Trained } from "../sizes";
import type { TrainedScoreModel } from "./stage";

/** What the chapter shows of a trained model. */
type TrainingResult = Pick<TrainedScoreModel, "trained" | "log">;

/** Loss against step, and the share of the baseline's loss that the network removes at each noise level. */
export function trainingFigure(model: TrainingResult): Figure {
  const losses = model.log.flatMap(({ step, loss, heldOut }) => [
    { step, split: "training" as const, loss },
    ...(heldOut ? [{ step, split: "held out" as const, loss: heldOut.loss }] : []),
  ]);
  const titles =
    model.trained.kind === "modes"
      ? { noiseTitle: "noise / std of the first mode", lossTitle: "weighted velocity loss" }
      : { noiseTitle: "noise / signal", lossTitle: "denoising loss", baseline: "score zero" };
  return trainingCurve(losses, improvements(model), { name: "03-training", logLoss: false, ...titles });
}

/** At the middle of each band of noise levels: the share of the held-out loss that the network removes. */
export function improvements({ log, trained }: TrainingResult): { noise: number; improvement: number }[] {
  const last = log[log.length - 1];
  const explained = (last.heldOut ?? last).explained;
  const noiseAt = (u: number): number => {
    if (trained.kind === "modes") return Math.exp(trained.range.min + u * (trained.range.max - trained.range.min));
    const schedule = variancePreserving(trained.schedule);
    const t = timeOf(u, trained.schedule);
    return schedule.sigma(t) / schedule.alpha(t);
  };
  return explained.map((improvement, b) => ({ noise: noiseAt((b + 0.5) / explained.length), improvement }));
}

/**
 * The sentences that chapter 3 concludes with. Shares are measured twice, on fields that were trained on and on
 * held-out ones, with independent noise: what they differ by from band to band is their Monte-Carlo error. Two such
 * shares of one band lie within sqrt 2 of theirs of each other. `trained`: false where the network was trained for a
 * test only.
 */
export function assertTraining(
  { log }: Pick<TrainingResult, "log">,
  { trained = true }: { trained?: Trained } = {},
): void {
  if (trained === false) return;
  const about = sizesOf(trained);
  const last = log[log.length - 1];
  if (!last.heldOut) throw new RangeError("assertTraining: the last entry of the log has no held-out loss");
  const gains = last.heldOut.explained;
  const differences = gains.map((share, b) => Math.abs(share - last.explained[b])).sort((a, b) => a - b);
  const bands = differences.length;
  const median = (differences[Math.floor((bands - 1) / 2)] + differences[Math.floor(bands / 2)]) / 2;
  const error = (1.4826 * median) / Math.SQRT2; // of a Gaussian law; one band that is off does not hide itself
  const best = Math.max(...gains) - 4 * error;
  assertAtLeast(
    "on held-out conditions the network removes a twentieth of the Gaussian model's loss where it helps most (less " +
      "four errors)",
    best,
    0.05,
    about,
  );
  assertAtLeast("nowhere does it lose, beyond four errors", Math.min(...gains) + 4 * error, 0, about);
  const relative = last.heldOut.loss / last.loss - 1;
  // A share of one band is the loss of an eighth of the noise levels; the mean of the bands is known better.
  assertAtMost(
    "it is no worse on held-out conditions than on its own: losses agree to a hundredth and four errors",
    relative,
    0.01 + (4 * Math.SQRT2 * error) / Math.sqrt(bands),
    about,
  );
}
