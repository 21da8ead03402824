/** Fields from a trained model at one condition, in one call. */
import { Fields } from "../fields/fields";
import type { VariancePreserving } from "../diffusion/schedule";
import type { Stream } from "../random/stream";
import { shapeOf } from "../transport/domain";
import type { Condition } from "../transport/problem";
import { drawFields, type SamplerSettings } from "./draw-fields";
import type { ScoreModel } from "./score-model";

/** What is left out is the mode flow's 20 levels from its own start, or 200 steps of another method from matched moments. */
export type SampleOptions = Partial<SamplerSettings> &
  Partial<VariancePreserving> & { readonly allowOutside?: boolean };

/**
 * `count` fields in SI units. `method`, `start` and `steps` say how; a schedule (betaMin, betaMax, tMin) is used by the methods that integrate a
 * noise schedule. The caller owns the result.
 * @throws UserError for a condition outside the box that the model was trained in, and for a method that its network does not serve
 */
export async function sampleFields(
  model: ScoreModel,
  condition: Condition,
  count: number,
  stream: Stream,
  options: SampleOptions = {},
): Promise<Fields> {
  const { betaMin = 0.001, betaMax = 20, tMin = 1e-4, allowOutside, ...chosen } = options;
  const { method = model.trained.kind === "modes" ? "mode-flow" : "reverse-sde-heun" } = chosen;
  const sampler: SamplerSettings = {
    steps: method === "mode-flow" ? 20 : 200,
    spacing: "quadratic",
    start: "matched moments",
    denoise: true,
    calibrate: false,
    ...chosen,
    method,
  };
  const trainedWith = model.trained.kind === "score" ? model.trained.schedule : {};
  const schedule = { betaMin, betaMax, tMin, ...trainedWith };
  const values = await drawFields(model, [condition], count, stream, { sampler, schedule, allowOutside });
  return new Fields(values, shapeOf(model.problem, model.statistics.cells));
}
