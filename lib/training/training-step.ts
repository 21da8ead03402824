/**
 * One step of a training, part of a compiled program: draw a batch, differentiate its loss, move the parameters.
 */
import { tf } from "../graph/tensorflow";
import type { Objective } from "./objective";
import { type OptimiserOptions, type OptimiserState, optimiserStep } from "./optimiser";

/** Numbers (int32 scalars) of the batch to draw and of the update that the optimiser makes. */
export interface StepNumbers {
  readonly batch: tf.Scalar;
  readonly update: tf.Scalar;
}

/** Pure: the next state, the loss of the batch and what the network explains of it by noise level. */
export function trainingStep(
  objective: Objective,
  optimiser: OptimiserOptions,
  state: OptimiserState,
  constants: Record<string, tf.Tensor>,
  { batch, update }: StepNumbers,
): { readonly state: OptimiserState; readonly outputs: { readonly loss: tf.Tensor; readonly explained: tf.Tensor } } {
  let explained: tf.Tensor | undefined;
  const { value, grad } = tf.valueAndGrad((theta: tf.Tensor) => {
    const outcome = objective.loss(theta as tf.Tensor1D, constants, batch);
    explained = tf.keep(outcome.explained); // outlives the tape's scope; the caller owns it
    return outcome.loss;
  })(state.theta);
  const next = optimiserStep(state, grad as tf.Tensor1D, update, objective.network.parameters, optimiser);
  return { state: next, outputs: { loss: value, explained: explained! } };
}
