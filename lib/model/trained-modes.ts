/** What a training in whitened modes leaves: the network, and what was measured of its flow afterwards. */
import type { Network } from "../network/network";
import type { LearntSteps } from "./flow-steps";
import type { NoiseRange } from "./mode-velocity";

export interface TrainedModes {
  readonly network: Network;
  /** The moving average of the parameters. */
  readonly theta: Float32Array;
  /** The linear term that keeps the variance, c [levels, K] of variance-term.ts, where the model has one. */
  readonly varianceTerm?: Float32Array;
  /** Steps for few evaluations, see learnt-steps.ts; no two for the same number. */
  readonly learntSteps?: readonly LearntSteps[];
  readonly modes: number;
  readonly range: NoiseRange;
  readonly gamma: number;
  readonly channels: number;
}
