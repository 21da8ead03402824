/** The step of a loop as a function of a list of tensors, as graphs know them: state, constants, inputs, i. */
import type { LoopDefinition, Tensors } from "./loop";
import { checkedStep } from "./loop-checks";
import { record, recordTwice } from "./record";
import type { Recording } from "./recording";
import { tf } from "./tensorflow";

/** Tensors by name. */
export const named = (names: readonly string[], tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> =>
  Object.fromEntries(names.map((key, k) => [key, tensors[k]]));

export class FlatStep<S extends Tensors, C extends Tensors, I extends Tensors, O extends Tensors> {
  readonly keys: Record<"state" | "constants" | "inputs", readonly string[]>;
  /** The names of what a step puts out, once it has been recorded. */
  outputs: readonly string[] = [];
  /** Where the constants begin in the list, and where the inputs do. */
  private readonly split: readonly [number, number];

  constructor(readonly definition: LoopDefinition<S, C, I, O>) {
    const { state, constants = {}, inputs = {} } = definition;
    this.keys = { state: Object.keys(state), constants: Object.keys(constants), inputs: Object.keys(inputs) };
    this.split = [this.keys.state.length, this.keys.state.length + this.keys.constants.length];
  }

  /** The step recorded twice, the second time with other numbers, so that one that looks at its numbers is refused. */
  recordTwice(): Recording {
    const { state, constants = {}, inputs = {} } = this.definition;
    const other = (tensor: tf.Tensor, k: number): tf.Tensor => this.other(tensor, k);
    return this.recorded((...[what, fn, list]) => recordTwice(what, fn, list, { other }), state, constants, inputs);
  }

  record(state: Tensors, constants: Tensors, inputs: Tensors): Recording {
    return this.recorded(record, state, constants, inputs);
  }

  private recorded(how: typeof record, state: Tensors, constants: Tensors, inputs: Tensors): Recording {
    const i = tf.scalar(0, "int32");
    const list = [state, constants, inputs].flatMap((all, k) => Object.values(this.keys)[k].map((key) => all[key]));
    try {
      return how(this.definition.name, (...all) => this.run(all), [...list, i]);
    } finally {
      i.dispose();
    }
  }

  private run(all: readonly tf.Tensor[]): tf.Tensor[] {
    const { keys, split } = this;
    const result = checkedStep(
      this.definition,
      named(keys.state, all.slice(0, split[0])) as S,
      named(keys.constants, all.slice(split[0], split[1])) as C,
      named(keys.inputs, all.slice(split[1], -1)) as I,
      all[all.length - 1] as tf.Scalar,
    );
    this.outputs = Object.keys(result.outputs);
    return [...keys.state.map((key) => result.state[key]), ...Object.values(result.outputs)];
  }

  /** Another step, other numbers in state and inputs. Constants may be large, and stay. */
  private other(tensor: tf.Tensor, k: number): tf.Tensor {
    if (k === this.split[1] + this.keys.inputs.length) return tf.scalar(1, "int32");
    const constant = k >= this.split[0] && k < this.split[1];
    return constant || tensor.dtype !== "float32" ? tensor : tf.randomUniform(tensor.shape, 0.05, 0.95);
  }
}
