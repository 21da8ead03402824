/**
 * The TensorFlow graph of a recorded loop: state and constants in variables, a loop over the steps in which the output
 * of each becomes a row.
 */
import { typeNumber } from "./backend";
import type { ConvolutionPrecision } from "./bfloat16-convolutions";
import { Graph, type Output, type Value, type Variable } from "./graph";
import type { LoopDefinition, Tensors } from "./loop";
import { Type } from "./protobuf";
import { type Recording, replay } from "./recording";

type Variables = Readonly<Record<string, Variable>>;

export interface LoopGraph {
  readonly graph: Graph;
  readonly variables: { readonly state: Variables; readonly constants: Variables };
  /** Everything that is given from outside: inputs/NAME, first, count, and the new value of each variable. */
  readonly feeds: ReadonlyMap<string, Output>;
  /** What to fetch for the steps to run: the outputs, in order, or a sign that they are done. */
  readonly fetched: readonly string[];
}

const described = ({ dtype, shape }: Recording["outputs"][number]): Output => ({
  type: typeNumber(dtype),
  shape,
});

type Described = Pick<
  LoopDefinition<Tensors, Tensors, Tensors, Tensors>,
  "state" | "constants" | "inputs" | "convolutions"
>;

export function loopGraph(
  { state, constants = {}, inputs = {}, convolutions }: Described,
  recording: Recording,
  outputs: readonly string[],
): LoopGraph {
  const graph = new Graph();
  const variables = { state: kept(graph, "state", state), constants: kept(graph, "constants", constants) };
  const feeds = new Map<string, Output>();
  for (const variable of [variables.state, variables.constants].flatMap((all) => Object.values(all)))
    feeds.set(variable.in, variable);
  const feed = (node: string, output: Output): Value => {
    feeds.set(node, output);
    return graph.placeholder(node, output);
  };
  const given = Object.entries(inputs).map(([key, tensor]) => feed(`inputs/${key}`, described(tensor)));
  const integer = { type: Type.int32, shape: [] };
  const [first, count] = [feed("first", integer), feed("count", integer)];

  const last = steps(graph, recording, { variables, given, first, count, convolutions });
  const written = Object.values(variables.state).map((variable, k) => graph.assign(variable, last[k]));
  const fetch = (value: Value, name: string) =>
    graph.single("Identity", [value], {}, {}, { name, after: written }).node;
  const fetched = outputs.map((key, j) => fetch(last[written.length + j], `outputs/${key}`));
  // Without outputs something must be fetched all the same for the steps to run.
  if (fetched.length === 0) fetched.push(fetch(graph.integer(0), "done"));
  return { graph, variables, feeds, fetched };
}

const kept = (graph: Graph, kind: "state" | "constants", tensors: Tensors): Variables =>
  Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]) => [key, graph.variable(`${kind}/${key}`, described(tensor))]),
  );

interface Steps {
  readonly variables: LoopGraph["variables"];
  readonly given: readonly Value[];
  readonly first: Value;
  readonly count: Value;
  readonly convolutions?: ConvolutionPrecision;
}

/** The state after the last step, and the outputs of all of them. */
function steps(
  graph: Graph,
  recording: Recording,
  { variables, given, first, count, convolutions }: Steps,
): readonly Value[] {
  const resident = Object.values(variables.constants).map((variable) => graph.read(variable));
  const before = Object.values(variables.state).map((variable) => graph.read(variable));
  const held = before.length;
  const buffers = recording.outputs.slice(held).map((output) => outputRows(graph, count, described(output)));
  return graph.loop(count, [...before, ...buffers], (values, k) => {
    const i = graph.single("AddV2", [k, first]);
    const next = replay(recording, graph, [...values.slice(0, held), ...resident, ...given, i], convolutions);
    const rows = next.slice(held).map((row, j) => setRow(graph, values[held + j], k, row));
    return [...next.slice(0, held), ...rows];
  });
}

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
