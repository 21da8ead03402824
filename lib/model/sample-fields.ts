/** Fields from a trained model at one condition, in one call. */
import { gridCells } from "../gaussian/conditional-gaussian";
import { UserError } from "../errors/user-error";
import { Fields } from "../fields/fields";
import type { VariancePreserving } from "../diffusion/schedule";
import type { Stream } from "../random/stream";
import { shapeOf } from "../transport/domain";
import type { Condition } from "../transport/problem";
import { drawFields } from "./draw-fields";
import { type SamplerSettings, unheeded, usualSteps } from "./sampler-settings";
import type { ScoreModel } from "./score-model";

/**
 * What is left out is the mode flow's 8 levels, or 200 steps of another method from matched moments, by the schedule
 * of the training.
 */
export type SampleOptions = Partial<SamplerSettings> &
  Partial<VariancePreserving> & {
    /** Extrapolate beyond the box of conditions that the model was trained in. */
    readonly allowOutside?: boolean;
  };

/**
 * `count` fields in SI units. `method`, `start` and `steps` say how; a schedule (betaMin, betaMax, tMin) is for the
 * methods that integrate one. The caller owns the result.
 * @throws UserError for an option that the method does not heed, for a condition outside the box that the model was
 *   trained in, and for a method or
 * a schedule that its network does not serve
 */
export async function sampleFields(
  model: ScoreModel,
  condition: Condition,
  count: number,
  stream: Stream,
  options: SampleOptions = {},
): Promise<Fields> {
  const trained = model.trained.kind === "score" ? model.trained.schedule : {};
  const { allowOutside, method = model.trained.kind === "modes" ? "mode-flow" : "reverse-sde-heun", ...own } = options;
  const idle = Object.entries(own).find(([key, value]) => value !== undefined && unheeded(method).includes(key));
  if (idle) throw new UserError(`sampleFields: ${idle[0]} has no effect with method "${method}". Remedy: leave it out`);
  const { betaMin, betaMax, tMin, ...chosen } = { betaMin: 0.001, betaMax: 20, tMin: 1e-4, ...trained, ...own };
  const sampler: SamplerSettings = {
    steps: usualSteps(method),
    spacing: "quadratic",
    start: "matched moments",
    denoise: true,
    calibrate: false,
    ...chosen,
    method,
  };
  const schedule = { betaMin, betaMax, tMin };
  const values = await drawFields(model, [condition], count, stream, { sampler, schedule, allowOutside });
  return new Fields(values, shapeOf(model.problem, gridCells(model.statistics)));
}
