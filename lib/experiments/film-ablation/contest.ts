/** What the trainings and the measurements of an ablation ask of its data. */
import type { tf } from "../../graph/tensorflow";
import type { Architecture } from "../../network/architectures";
import type { Network } from "../../network/network";
import type { Stream } from "../../random/stream";
import type { Objective } from "../../training/objective";
import type { AblationSettings } from "./settings";

/** "training", and conditions held out from it: inside the box and just outside. */
export type Data = "training" | "inside" | "outside";

/** What the models depend on. */
export type AblationTraining = Pick<
  AblationSettings,
  | "seeds"
  | "width"
  | "hidden"
  | "modes"
  | "steps"
  | "batch"
  | "learningRate"
  | "conditions"
  | "porosities"
  | "heldOutConditions"
  | "outside"
>;

export interface ContestOptions {
  readonly settings: AblationTraining;
  readonly root: Stream;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Contest {
  /** The FiLM network of full cost. */
  readonly architecture: Architecture;
  readonly regimes: readonly string[];
  /** Of one regime, or of all. The caller disposes its constants. */
  objective(network: Network, data: Data, regime?: number): Objective;
  /** The training conditions' features in a random order, the caller's; where the contest has a null of this kind. */
  readonly shuffledFeatures?: (s: Stream) => tf.Tensor2D;
}
