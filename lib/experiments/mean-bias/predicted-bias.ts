/** The closed form of the bias from N(0, I) as a curve over beta_max. */
import { generatedLaw } from "../../diffusion/prior-mismatch";
import { variancePreserving } from "../../diffusion/schedule";
import type { Common } from "../common-settings";
import { perUnit, predictedStart, type Sampler, type Setting } from "./published-setting";
import { type BiasRow, norm } from "./bias-row";

/** |bias|_2 / |std|_2 by channel that the closed form predicts from N(0, I). */
export interface BiasPrediction {
  readonly sampler: Sampler;
  readonly betaMax: number;
  readonly bias: readonly number[];
}

/** The closed form at 33 values of beta_max, from the smallest to the largest at which fields were drawn. */
export function predictedBias(
  setting: Setting,
  rows: readonly BiasRow[],
  schedule: Common["schedule"],
): BiasPrediction[] {
  const { law, moments: truth } = setting;
  const { cells, channels } = setting.reference;
  const drawn = rows.map((r) => r.betaMax);
  const [low, high] = [Math.min(...drawn), Math.max(...drawn)];
  const betas = low < high ? Array.from({ length: 33 }, (_, k) => low * (high / low) ** (k / 32)) : [low];
  return (["reverse SDE", "probability flow"] as const).flatMap((sampler) =>
    betas.map((betaMax) => {
      const vp = variancePreserving({ ...schedule, betaMax });
      const { bias } = generatedLaw(law, { schedule: vp, sampler, start: predictedStart("standard normal", law, vp) });
      const formula = perUnit(setting, bias);
      const ratio = (ch: number): number => norm(formula, ch, cells) / norm(truth.std, ch, cells);
      return { sampler, betaMax, bias: Array.from({ length: channels }, (_, ch) => ratio(ch)) };
    }),
  );
}
