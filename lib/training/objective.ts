/**
 * What a training step minimises. An objective owns its resident data and draws its own batch from counter-based
 * streams, so that step i is the same whether it runs eagerly, compiled, at once or after a resume.
 */
import type { tf } from "../graph/tensorflow";
import type { Network } from "../network/network";

export interface BatchLoss {
  /** What is minimised. */
  readonly loss: tf.Scalar;
  /**
   * Per band of noise levels (fine to coarse, [bands]): the share of the target's mean square that the network
   * explains, 1 - loss of the network / loss of the model without a network.
   */
  readonly explained: tf.Tensor1D;
}

export interface Objective {
  readonly network: Network;
  /**
   * Resident tensors, handed back to `loss` (inside a compiled step as graph variables). Disposed by the training loop.
   */
  readonly constants: Record<string, tf.Tensor>;
  readonly bands: number;
  /** Pure tensor operations; i is an int32 scalar tensor, the number of the step. */
  loss(theta: tf.Tensor1D, constants: Record<string, tf.Tensor>, i: tf.Scalar): BatchLoss;
}
