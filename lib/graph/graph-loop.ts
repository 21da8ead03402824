/** A loop run as one TensorFlow graph with its state and constants in variables. See compile-loop.ts. */
import { type NativeBackend, typeNumber } from "./backend";
import type { LoopDefinition, LoopProgram, Numbers, Tensors } from "./loop";
import { Graph, type Output, type Value } from "./graph";
import { checkedStep, checkLike, checkSteps, like } from "./loop-checks";
import { Type } from "./protobuf";
import { record, recordTwice } from "./record";
import { expectSame, type Recording, replay } from "./recording";
import { Session } from "./session";
import { tf } from "./tensorflow";

const described = ({ dtype, shape }: tf.Tensor): Output => ({ type: typeNumber(dtype), shape });

/** A buffer for one output of every step: zeros [count, ...shape]. */
function outputRows(graph: Graph, count: Value, { type, shape }: Output): Value {
  const rows = graph.single("Reshape", [count, graph.integers([1])], { shape: [1] });
  const size = { type: Type.int32, shape: [shape.length + 1] };
  const whole = graph.single("ConcatV2", [rows, graph.integers(shape), graph.integer(0)], size);
  const zero = graph.constant(type === Type.float32 ? Float32Array.of(0) : Int32Array.of(0), type);
  return graph.single("Fill", [whole, zero], { type, shape: [-1, ...shape] });
}

/** The buffer with row k replaced; in place where TensorFlow sees that nobody else holds it. */
function setRow(graph: Graph, rows: Value, k: Value, row: Value): Value {
  const index = graph.single("Reshape", [k, graph.integers([1, 1])], { shape: [1, 1] });
  const shape = [1, ...row.shape];
  const update = graph.single("Reshape", [row, graph.integers(shape)], { shape });
  return graph.single("TensorScatterUpdate", [rows, index, update]);
}

export function graphLoop<S extends Tensors, C extends Tensors, I extends Tensors, O extends Tensors>(
  definition: LoopDefinition<S, C, I, O>,
  backend: NativeBackend,
): LoopProgram<S, C, I, O> {
  const { name, state, constants = {} as C, inputs = {} as I } = definition;
  const keys = { state: Object.keys(state), constants: Object.keys(constants), inputs: Object.keys(inputs) };
  const pick = (names: readonly string[], tensors: readonly tf.Tensor[]) =>
    Object.fromEntries(names.map((key, k) => [key, tensors[k]]));

  // The step as a function of a list of tensors: state, constants, inputs, i.
  const split = [keys.state.length, keys.state.length + keys.constants.length];
  let outputKeys: string[] = [];
  const flat = (...all: tf.Tensor[]) => {
    const result = checkedStep(
      definition,
      pick(keys.state, all.slice(0, split[0])) as S,
      pick(keys.constants, all.slice(split[0], split[1])) as C,
      pick(keys.inputs, all.slice(split[1], -1)) as I,
      all[all.length - 1] as tf.Scalar,
    );
    outputKeys = Object.keys(result.outputs);
    return [...keys.state.map((key) => result.state[key]), ...Object.values(result.outputs)];
  };

  /**
   * Records once or twice; the second time with other numbers in state and inputs. Constants may be large, and stay.
   */
  function recordStep(how: typeof record, held: Tensors, fixed: Tensors, given: Tensors): Recording {
    const i = tf.scalar(0, "int32");
    const list = [held, fixed, given].flatMap((tensors, k) => Object.values(keys)[k].map((key) => tensors[key]));
    try {
      return how(name, flat, [...list, i]);
    } finally {
      i.dispose();
    }
  }
  const other = (tensor: tf.Tensor, k: number): tf.Tensor => {
    if (k === split[1] + keys.inputs.length) return tf.scalar(1, "int32"); // another step
    const constant = k >= split[0] && k < split[1];
    return constant || tensor.dtype !== "float32" ? tensor : tf.randomUniform(tensor.shape, 0.05, 0.95);
  };
  const twice: typeof record = (...[what, fn, list]) => recordTwice(what, fn, list, { other });
  const recording = recordStep(twice, state, constants, inputs);

  const graph = new Graph();
  const variables = (kind: "state" | "constants", tensors: Tensors) =>
    Object.fromEntries(keys[kind].map((key) => [key, graph.variable(`${kind}/${key}`, described(tensors[key]))]));
  const kept = { state: variables("state", state), constants: variables("constants", constants) };
  const feeds = new Map<string, Output>();
  const feed = (node: string, output: Output) => {
    feeds.set(node, output);
    return graph.placeholder(node, output);
  };
  for (const variable of [...Object.values(kept.state), ...Object.values(kept.constants)])
    feeds.set(variable.in, variable);
  const given = keys.inputs.map((key) => feed(`inputs/${key}`, described(inputs[key])));
  const integer = { type: Type.int32, shape: [] };
  const [first, count] = [feed("first", integer), feed("count", integer)];

  const resident = Object.values(kept.constants).map((variable) => graph.read(variable));
  const before = Object.values(kept.state).map((variable) => graph.read(variable));
  const rowShapes = recording.outputs.slice(split[0]).map(({ dtype, shape }) => ({ type: typeNumber(dtype), shape }));
  const buffers = rowShapes.map((output) => outputRows(graph, count, output));
  const last = graph.loop(count, [...before, ...buffers], (values, k) => {
    const i = graph.single("AddV2", [k, first]);
    const next = replay(
      recording,
      graph,
      [...values.slice(0, split[0]), ...resident, ...given, i],
      definition.convolutions,
    );
    const rows = next.slice(split[0]).map((row, j) => setRow(graph, values[split[0] + j], k, row));
    return [...next.slice(0, split[0]), ...rows];
  });
  const written = Object.values(kept.state).map((variable, k) => graph.assign(variable, last[k]));
  const fetched = outputKeys.map(
    (key, j) => graph.single("Identity", [last[split[0] + j]], {}, {}, { name: `outputs/${key}`, after: written }).node,
  );
  // Without outputs something must be fetched all the same for the steps to run.
  if (fetched.length === 0) {
    fetched.push(graph.single("Identity", [graph.integer(0)], {}, {}, { name: "done", after: written }).node);
  }
  const session = new Session(backend, name, graph, feeds);

  function set(kind: "state" | "constants", values: Readonly<Record<string, tf.Tensor | Numbers | undefined>>): void {
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) continue;
      const tensor = like(name, kind, key, value, definition[kind] ?? {});
      const variable = kept[kind][key];
      try {
        tf.dispose(session.run(new Map([[variable.in, tensor]]), [variable.set]));
      } finally {
        tensor.dispose();
      }
    }
  }
  function get(kind: "state" | "constants", names: readonly string[]): Record<string, tf.Tensor> {
    const wanted = names.length > 0 ? names : keys[kind];
    for (const key of wanted) if (!(key in kept[kind])) throw new RangeError(`${name}: there is no ${kind}.${key}`);
    if (wanted.length === 0) return {};
    return pick(
      wanted,
      session.run(
        new Map(),
        wanted.map((key) => kept[kind][key].get),
      ),
    );
  }
  try {
    set("state", state);
    set("constants", constants);
  } catch (error) {
    session.dispose();
    throw error;
  }

  return {
    compiled: true,
    run(from, steps, values = {} as I) {
      checkSteps(name, from, steps);
      checkLike(name, "inputs", values, inputs);
      const numbers = [tf.scalar(from, "int32"), tf.scalar(steps, "int32")];
      try {
        const fed = new Map(keys.inputs.map((key): [string, tf.Tensor] => [`inputs/${key}`, values[key]]));
        fed.set("first", numbers[0]).set("count", numbers[1]);
        const results = session.run(fed, fetched);
        if (outputKeys.length === 0) tf.dispose(results);
        return pick(outputKeys, results) as unknown as O;
      } finally {
        tf.dispose(numbers);
      }
    },
    async read(...names) {
      const tensors = get("state", names);
      const copies = Object.entries(tensors).map(async ([key, tensor]) => [key, await tensor.data()] as const);
      const numbers = await Promise.all(copies);
      tf.dispose(tensors);
      return Object.fromEntries(numbers) as Record<keyof S & string, Numbers>;
    },
    tensors: (...names) => get("state", names) as Record<keyof S & string, tf.Tensor>,
    write: (values) => set("state", values),
    setConstants: (values) => set("constants", values),
    verify(values = inputs) {
      const held = { state: get("state", []), constants: get("constants", []) };
      try {
        expectSame(name, recording, recordStep(record, held.state, held.constants, values));
      } finally {
        tf.dispose(held);
      }
    },
    dispose: () => session.dispose(),
  };
}
