/**
 * compileLoop: a state that is advanced step by step, many steps in one call, as one TensorFlow graph.
 *
 *     state_(k+1), outputs_k = step(state_k, constants, inputs, first + k),    k = 0 ... count - 1
 *
 * The state (parameters, optimiser moments, or a sampler's x) and the constants (a resident data set, a network's
 * parameters, a table of coefficients) live in the graph's variables and cross to JavaScript only when asked for.
 * The loop is part of the graph with `count` as an input, so the same bits come out whether ten steps are made in one
 * call or in two, provided that a step's randomness is drawn from its number (stateless operations).
 *
 *     const loop = compileLoop({ name: "training", state: { theta, m, v }, constants: { fields }, inputs: { rate },
 *       step: (state, { fields }, { rate }, i) => ({ state: { theta, m, v }, outputs: { loss } }) });
 *     const { loss } = loop.run(0, 20, { rate }); // loss: tensor [20], owned by the caller
 */
import { nativeBackend, notice } from "./backend";
import { eagerNotice } from "./compile";
import { EagerLoop } from "./eager-loop";
import { GraphLoop } from "./graph-loop";
import type { LoopDefinition, LoopProgram, Tensors } from "./loop";
import { tf } from "./tensorflow";

/** See the head of this file. Tensors of types float32, int32 and bool; outputs float32 or int32. */
export function compileLoop<
  S extends Tensors,
  C extends Tensors = Record<never, never>,
  I extends Tensors = Record<never, never>,
  O extends Tensors = Record<never, never>,
>(definition: LoopDefinition<S, C, I, O>): LoopProgram<S, C, I, O> {
  const { name, mode = "graph", onNotice } = definition;
  for (const [kind, tensors] of Object.entries({
    state: definition.state,
    constants: definition.constants ?? {},
    inputs: definition.inputs ?? {},
  })) {
    for (const [key, tensor] of Object.entries(tensors)) {
      if (!/^[A-Za-z0-9][\w.-]*$/.test(key)) {
        throw new RangeError(
          `compileLoop "${name}": ${kind}.${key} must be named with letters, digits, "_", "-" and "."`,
        );
      }
      if (!(tensor instanceof tf.Tensor)) {
        throw new TypeError(`compileLoop "${name}": ${kind}.${key} must be a tensor, got ${typeof tensor}`);
      }
    }
  }
  const backend = nativeBackend();
  if (mode === "graph" && backend !== undefined) return new GraphLoop(definition, backend);
  if (mode === "graph") notice(eagerNotice(name), onNotice);
  return new EagerLoop(definition);
}
