/**
 * A training as it is watched: the loss on training and held-out conditions, and beside it what is left of the
 * baseline's loss at a few noise levels (1: the network adds nothing yet). High noise is learned first and has least to
 * gain; the curves say which level still moves.
 */
import { liveCurve } from "./live-curve";
import type { Send } from "./kernel";
import { mean } from "../numerics/statistics";
import type { LogEntry } from "../training/train";

export interface LiveTraining {
  /** Takes an entry of the log; may be handed on as a function. */
  readonly add: (entry: LogEntry) => void;
  /** Draws the last state. */
  readonly finish: () => void;
}

/** Bands shown; eight lines would not be told apart. */
const shown = 4;

/**
 * A growing curve of the training under the cell at work, one line a noise level; outside a notebook it draws nothing.
 */
export function liveTraining(targets: { readonly send?: Send; readonly now?: () => number } = {}): LiveTraining {
  const losses = liveCurve("loss", targets);
  const levels = liveCurve("loss left, by noise level", targets);
  return {
    add({ step, loss, explained, heldOut }) {
      losses.add(step, { training: loss, "held out": heldOut?.loss ?? NaN });
      levels.add(step, byLevel((heldOut ?? { explained }).explained));
    },
    finish() {
      losses.finish();
      levels.finish();
    },
  };
}

/** Means over neighbouring bands: what is left of the baseline's loss from the finest to the coarsest noise. */
function byLevel(explained: readonly number[]): Record<string, number> {
  const groups = Math.min(shown, explained.length);
  const names = groups < 2 ? ["all noise"] : ["finest noise", ...middle(groups), "coarsest noise"];
  return Object.fromEntries(
    names.map((name, g) => {
      const group = explained.slice((g * explained.length) / groups, ((g + 1) * explained.length) / groups);
      return [name, 1 - mean(group)];
    }),
  );
}

const middle = (groups: number): string[] => (groups === 4 ? ["finer", "coarser"] : groups === 3 ? ["middle"] : []);
