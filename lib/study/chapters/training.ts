/** Chapter 3: the training's course as a figure. */
import { trainingCurve } from "../../figures/training-curve";
import type { Figure } from "../../figures/spec";
import { variancePreserving } from "../../diffusion/schedule";
import { timeOf } from "../../training/score-objective";
import type { TrainedStudyModel } from "../study";

/** Loss against step, and the share of the baseline's loss that the network removes at each noise level. */
export function trainingFigure(model: TrainedStudyModel): Figure {
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
export function improvements({ log, trained }: TrainedStudyModel): { noise: number; improvement: number }[] {
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
