/**
 * Time grids t_0 = tMax > t_1 > ... > t_steps = tMin of the reverse process, u = 1 - i / steps:
 *
 *   uniform     t = tMin + (tMax - tMin) u
 *   quadratic   t = tMin + (tMax - tMin) u^2                       fine where the score is steep
 *   karras      r^(1/7) equidistant, r = sigma / alpha             Karras et al. 2022, eq. 5, rho = 7
 *   log-ratio   log r equidistant                                  the natural variable of exponential integrators
 */
import type { Schedule } from "./schedule";

export type Spacing = "uniform" | "quadratic" | "karras" | "log-ratio";

const rho = 7;

/** Descending times [steps + 1] from tMax to tMin, both exact. */
export function timeGrid(schedule: Schedule, steps: number, spacing: Spacing = "quadratic"): Float64Array {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`timeGrid: steps must be a positive integer, got ${steps}`);
  }
  const { tMin, tMax } = schedule;
  const ratio = (t: number): number => schedule.sigma(t) / schedule.alpha(t);
  const between = (u: number): number => {
    switch (spacing) {
      case "uniform":
        return tMin + (tMax - tMin) * u;
      case "quadratic":
        return tMin + (tMax - tMin) * u * u;
      case "karras":
        return schedule.timeAt(((1 - u) * ratio(tMin) ** (1 / rho) + u * ratio(tMax) ** (1 / rho)) ** rho);
      case "log-ratio":
        return schedule.timeAt(Math.exp((1 - u) * Math.log(ratio(tMin)) + u * Math.log(ratio(tMax))));
      default:
        throw new RangeError(
          `timeGrid: spacing is one of uniform, quadratic, karras, log-ratio; got "${String(spacing)}"`,
        );
    }
  };
  return Float64Array.from({ length: steps + 1 }, (_, i) =>
    i === 0 ? tMax : i === steps ? tMin : between(1 - i / steps),
  );
}
