/**
 * Noticing a training that runs away. Let M_n be the median of |loss| over the last W steps and L_n the least of M_W ..
 * M_n. The training counts as diverged when M_n >= F L_n; F = 10 by default.
 *
 * Single losses may be as wild as they like: for M_n to pass F L_n at least W / 2 of W losses must. If each does so
 * with probability p by chance alone, Chernoff's bound for W / 2 or more of W is (4 p (1 - p))^(W/2): with W = 64 and
 * one loss in ten beyond, 6e-15 a step, or 1e-9 in 100,000 steps. A loss that has really risen tenfold is noticed after
 * W / 2 steps.
 */
import { median } from "../numerics/statistics";

export interface DivergenceState {
  /** The last losses, oldest first, at most `divergenceWindow`. */
  readonly recent: readonly number[];
  /** The least median so far; Infinity before there is one. */
  readonly lowest: number;
}

export const divergenceWindow = 64;
export const freshDivergence: DivergenceState = { recent: [], lowest: Infinity };

export interface DivergenceWatch {
  /** Takes the loss of one more step. */
  add(loss: number): void;
  /** M_n / L_n; 1 until there are enough losses. */
  rise(): number;
  /** M_n and L_n. */
  readonly median: number;
  readonly lowest: number;
  state(): DivergenceState;
}

export function watchDivergence(from: DivergenceState = freshDivergence, window = divergenceWindow): DivergenceWatch {
  const recent = from.recent.slice(-window);
  const watch = {
    median: recent.length === window ? median(recent) : Infinity,
    lowest: from.lowest,
    add(loss: number): void {
      recent.push(Math.abs(loss));
      if (recent.length > window) recent.shift();
      if (recent.length < window) return;
      watch.median = median(recent);
      watch.lowest = Math.min(watch.lowest, watch.median);
    },
    rise: () => (recent.length === window && watch.lowest > 0 ? watch.median / watch.lowest : 1),
    state: () => ({ recent: [...recent], lowest: watch.lowest }),
  };
  return watch;
}
