/** Chapter 3: the training's course as a figure. */
import { trainingCurve } from "../../figures/training-curve";
import type { Figure } from "../../figures/spec";
import type { TrainedStudyModel } from "../study";

export function trainingFigure(model: TrainedStudyModel): Figure {
  const losses = model.log.flatMap(({ step, loss, heldOut }) => [
    { step, split: "training" as const, loss },
    ...(heldOut ? [{ step, split: "held out" as const, loss: heldOut.loss }] : []),
  ]);
  return trainingCurve(losses, improvements(model), {
    name: "03-training",
    noiseTitle: "noise / std of the first mode",
    lossTitle: "weighted velocity loss",
    logLoss: false,
  });
}

/** At the middle of each band of noise levels: the share of the held-out loss that the network removes. */
export function improvements({ log, trained: { range } }: TrainedStudyModel): { noise: number; improvement: number }[] {
  const last = log[log.length - 1];
  const explained = (last.heldOut ?? last).explained;
  const width = (range.max - range.min) / explained.length;
  return explained.map((improvement, b) => ({ noise: Math.exp(range.min + (b + 0.5) * width), improvement }));
}
