/** Fields given readings, from a trained model, in one call. */
import { gridCells } from "../gaussian/conditional-gaussian";
import { Fields } from "../fields/fields";
import { modeSampler } from "../model/mode-flow";
import { usualSteps } from "../model/sampler-settings";
import { modesOf, type ScoreModel } from "../model/score-model";
import type { Stream } from "../random/stream";
import { shapeOf } from "../transport/domain";
import type { Condition } from "../transport/problem";
import type { Observations } from "./observations";
import { coarseFlow, needsFlow, type Posterior, posteriorAt, type PosteriorMethod } from "./posterior";

/** Draws of the fields given readings, and what is known of them. */
export interface FieldsGiven extends Omit<Posterior, "fields" | "porosity"> {
  readonly fields: Fields;
  /** Porosities [count, cells], of the method "solver". */
  readonly porosity?: Float64Array;
}

/**
 * `count` draws of the fields at a condition given `readings`, by the method that is named, or the cheaper of bank and
 * latent. The fields are the caller's; `method` says how they were made and `ess` how many independent draws they are
 * worth.
 * @throws UserError for readings that cannot be, and for a condition outside the box that the model was trained in
 */
export async function fieldsGiven(
  model: ScoreModel,
  condition: Condition,
  readings: Observations,
  count: number,
  stream: Stream,
  options: {
    readonly method?: PosteriorMethod;
    /** Levels of the flow; guidance takes 20 at least. */
    readonly steps?: number;
    /** Extrapolate beyond the box of conditions that the model was trained in. */
    readonly allowOutside?: boolean;
  } = {},
): Promise<FieldsGiven> {
  const { method = "auto", steps = usualSteps("mode-flow"), allowOutside } = options;
  const trained = needsFlow(method) ? modesOf(model, `method "${method}"`) : undefined;
  const flow = trained && modeSampler(trained, { levels: steps });
  const coarse = trained && coarseFlow(trained, steps);
  try {
    const found = await posteriorAt(model, condition, readings, { method, count, stream, flow, coarse, allowOutside });
    return { ...found, fields: new Fields(found.fields, shapeOf(model.problem, gridCells(model.statistics))) };
  } finally {
    flow?.dispose();
    coarse?.dispose();
  }
}
