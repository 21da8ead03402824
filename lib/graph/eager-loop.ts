/** A loop run step by step through TensorFlow.js: the reference for the compiled one, and what other backends get. */
import type { LoopDefinition, LoopProgram, Numbers, Tensors } from "./loop";
import { checkedStep, checkLike, checkSteps, like } from "./loop-checks";
import { disposeKept } from "./record";
import { tf } from "./tensorflow";

export function eagerLoop<S extends Tensors, C extends Tensors, I extends Tensors, O extends Tensors>(
  definition: LoopDefinition<S, C, I, O>,
): LoopProgram<S, C, I, O> {
  const { name } = definition;
  const held: { state: Record<string, tf.Tensor>; constants: Record<string, tf.Tensor> } = { state: {}, constants: {} };
  let disposed = false;
  const alive = () => {
    if (disposed) throw new Error(`${name}: the loop was disposed`);
  };
  // Only the shapes and types of the examples are used later on: the caller may dispose them.
  const examples = { state: definition.state, constants: definition.constants ?? {}, inputs: definition.inputs ?? {} };

  function hold(kind: "state" | "constants", values: Readonly<Record<string, tf.Tensor | Numbers | undefined>>): void {
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) continue;
      const tensor = tf.keep(like(name, kind, key, value, examples[kind]));
      held[kind][key]?.dispose();
      held[kind][key] = tensor;
    }
  }
  hold("state", definition.state);
  hold("constants", definition.constants ?? {});

  function once(inputs: I, number: number): Tensors {
    const result = tf.tidy(() => {
      const i = tf.scalar(number, "int32");
      const { state, outputs } = checkedStep(definition, held.state as S, held.constants as C, inputs, i);
      // Clones, since a step may return one tensor twice or one of its arguments.
      const own = (tensors: Tensors) =>
        Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, tensor.clone()]));
      const next = { state: own(state), outputs: own(outputs) };
      const arguments_ = [held.state, held.constants, inputs].flatMap((tensors) => Object.values(tensors));
      disposeKept([...Object.values(state), ...Object.values(outputs)], arguments_);
      return next;
    });
    tf.dispose(held.state);
    held.state = Object.fromEntries(Object.entries(result.state).map(([key, tensor]) => [key, tf.keep(tensor)]));
    return result.outputs;
  }

  const named = (names: readonly string[]) => {
    alive();
    const wanted = names.length > 0 ? names : Object.keys(held.state);
    return wanted.map((key): [string, tf.Tensor] => {
      if (!(key in held.state)) throw new RangeError(`${name}: there is no state.${key}`);
      return [key, held.state[key]];
    });
  };

  return {
    compiled: false,
    run(first, count, inputs = {} as I) {
      alive();
      checkSteps(name, first, count);
      checkLike(name, "inputs", inputs, examples.inputs);
      const rows = Array.from({ length: count }, (_, k) => once(inputs, first + k));
      const stacked = Object.keys(rows[0]).map((key) => [key, tf.stack(rows.map((row) => row[key]))] as const);
      tf.dispose(rows);
      return Object.fromEntries(stacked) as O;
    },
    async read(...names) {
      const copies = named(names).map(async ([key, tensor]) => [key, (await tensor.data()).slice()] as const);
      return Object.fromEntries(await Promise.all(copies)) as Record<keyof S & string, Numbers>;
    },
    tensors(...names) {
      const copies = named(names).map(([key, tensor]) => [key, tensor.clone()] as const);
      return Object.fromEntries(copies) as Record<keyof S & string, tf.Tensor>;
    },
    write(state) {
      alive();
      hold("state", state);
    },
    setConstants(constants) {
      alive();
      hold("constants", constants);
    },
    verify: () => undefined,
    dispose() {
      disposed = true;
      tf.dispose(held);
      held.state = {};
      held.constants = {};
    },
  };
}
