/** A profile of biases as one number a channel: its part along a direction. */
import { multiplyVector } from "../../numerics/linear-algebra";
import type { ProfileEstimate } from "../../diagnostics/profile-bias";
import { channelAt } from "../../fields/shape";
import { rowAt } from "../../numerics/rows";
import { sumOfSquares } from "../../numerics/statistics";
import type { Setting } from "../mean-bias/published-setting";

export type Cause =
  | "prior mismatch"
  | "last denoising step"
  | "truncation at t_min"
  | "time discretisation"
  | "score error"
  | "finite ensemble"
  | "Monte-Carlo"
  | "left over";

/**
 * One entry a channel: the share along the direction of the bias, in standard deviations and in SI units (rms over the
 * profile).
 */
export interface BudgetRow {
  readonly cause: Cause | "measured";
  readonly ratio: readonly number[];
  readonly ratioError: readonly number[];
  readonly data: readonly number[];
  readonly dataError: readonly number[];
}

/** The part of a profile along `direction`, channel by channel. */
export function projected(
  cause: BudgetRow["cause"],
  p: ProfileEstimate,
  direction: Float64Array,
  setting: Setting,
): BudgetRow {
  const { channels, cells } = setting.reference;
  const d = direction.length;
  const found = Array.from({ length: channels }, (_, ch) => {
    const length = Math.sqrt(sumOfSquares(rowAt(direction, ch, cells)));
    const spread = sumOfSquares(rowAt(setting.moments.std, ch, cells));
    const u = direction.map((v, i) => (channelAt(i, channels, cells) === ch ? v / length : 0));
    const along = u.reduce((sum, v, i) => sum + v * p.value[i], 0);
    const Eu = multiplyVector(p.error, d, d, u);
    const error = Math.sqrt(
      Math.max(
        0,
        u.reduce((sum, v, i) => sum + v * Eu[i], 0),
      ),
    );
    return { along, error, spread: Math.sqrt(spread) };
  });
  const root = Math.sqrt(cells);
  return {
    cause,
    ratio: found.map((f) => f.along / f.spread),
    ratioError: found.map((f) => f.error / f.spread),
    data: found.map((f) => f.along / root),
    dataError: found.map((f) => f.error / root),
  };
}
