/**
 * The contestants of the ablation: ways in which one network, or several of equal total cost, may come to know the
 * condition. All of them have the same blocks and the same data, and each sees the noise level.
 */
import { type Architecture, onAxis, smoke } from "../../network/architectures";
import { conditionsAsChannels, withConditionChannels } from "../../network/conditions-as-channels";
import { type Cost, costOf, equalShare } from "../../network/equal-share";
import type { Network } from "../../network/network";
import { scoreNetwork } from "../../network/score-network";
import type { AblationSettings } from "./settings";

export interface Contestant {
  /** How the condition reaches a network; the noise level goes through FiLM, but for "concatenated". */
  readonly conditioning: "none" | "channels" | "concatenated" | "film";
  /** One network for each regime, trained there alone, in the place of one for all. */
  readonly perRegime: boolean;
  /** Trained with the conditions permuted against the fields: the null. */
  readonly shuffled: boolean;
}

const one = { perRegime: false, shuffled: false } as const;

export const contestants = {
  "no conditioning": { ...one, conditioning: "none" },
  "condition as channels": { ...one, conditioning: "channels" },
  "condition, level as channels": { ...one, conditioning: "concatenated" },
  FiLM: { ...one, conditioning: "film" },
  "FiLM, conditions shuffled": { ...one, conditioning: "film", shuffled: true },
  "a model a regime": { ...one, conditioning: "none", perRegime: true },
  "a FiLM model a regime": { ...one, conditioning: "film", perRegime: true },
} as const satisfies Record<string, Contestant>;
export type ContestantName = keyof typeof contestants;

/** The network's sizes that an ablation may choose, on an axis of any number of cells. */
export function ablationArchitecture(
  { width, hidden }: Pick<AblationSettings, "width" | "hidden">,
  shape: Pick<Architecture, "cells" | "channelsIn" | "channelsOut" | "conditions">,
): Architecture {
  const sized = { ...smoke, ...shape, name: "ablation", width, film: { ...smoke.film, hidden } };
  return onAxis(sized, shape.cells);
}

/** A contestant's network (one of them, where it has several) and what all of them cost. */
export function networkOf(
  { conditioning, perRegime }: Contestant,
  whole: Architecture,
  regimes: number,
): { network: Network; count: number; cost: Cost } {
  const count = perRegime ? regimes : 1;
  const own = equalShare(whole, count);
  if (conditioning === "channels") {
    return { network: conditionsAsChannels(own), count, cost: costOf(withConditionChannels(own)) };
  }
  const a: Architecture = { ...own, conditioning };
  const { parameters, multiplications } = costOf(a);
  return {
    network: scoreNetwork(a),
    count,
    // A field passes through one network of a regime; over a training, each of them makes all the steps.
    cost: { parameters: count * parameters, multiplications: count * multiplications },
  };
}
