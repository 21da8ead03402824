/**
 * The few protocol-buffer messages of which a TensorFlow graph consists.
 * Field numbers: tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape}.proto,
 * core/protobuf/*.proto.
 */
import { bytes, integer, single, text } from "./wire-format";

/** Element types by their numbers in types.proto. */
export const Type = {
  float32: 1,
  int32: 3,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
} as const;

/** One node of a graph. `inputs` are "node" or "node:output"; `after` names the nodes that must have run before. */
export interface NodeDefinition {
  readonly name: string;
  readonly operation: string;
  readonly inputs: string[];
  readonly after: readonly string[];
  readonly attributes: ReadonlyMap<string, Buffer>;
}

const shapeMessage = (shape: readonly number[]) => Buffer.concat(shape.map((size) => bytes(2, integer(1, size))));
const list = (items: Buffer[]) => bytes(1, Buffer.concat(items));

/** Values of a node's attributes (AttrValue). */
export const attribute = {
  type: (type: number) => integer(6, type),
  types: (types: readonly number[]) => list(types.map((type) => integer(6, type))),
  integer: (value: number) => integer(3, value),
  integers: (values: readonly number[]) => list(values.map((value) => integer(3, value))),
  float: (value: number) => single(4, value),
  floats: (values: readonly number[]) => list(values.map((value) => single(4, value))),
  boolean: (value: boolean) => integer(5, value ? 1 : 0),
  booleans: (values: readonly boolean[]) => list(values.map((value) => integer(5, value ? 1 : 0))),
  text: (value: string) => text(2, value),
  shape: (shape: readonly number[]) => bytes(7, shapeMessage(shape)),
  /** A constant: little-endian elements in row-major order. */
  tensor: (type: number, shape: readonly number[], data: Buffer) =>
    bytes(8, Buffer.concat([integer(1, type), bytes(2, shapeMessage(shape)), bytes(4, data)])),
};

function nodeMessage(node: NodeDefinition): Buffer {
  const attributes = [...node.attributes].map(([name, value]) =>
    bytes(5, Buffer.concat([text(1, name), bytes(2, value)])),
  );
  const inputs = [...node.inputs, ...node.after.map((name) => `^${name}`)].map((name) => text(3, name));
  return Buffer.concat([text(1, node.name), text(2, node.operation), ...inputs, ...attributes]);
}

/** GraphDef format 1882 is the oldest that has every operation written here; newer libraries read it. */
const graphVersion = 1882;

/** A SavedModel with one graph, tagged "serve", without signatures and without stored variables. */
export function savedModel(nodes: readonly NodeDefinition[]): Buffer {
  const graph = Buffer.concat([
    ...nodes.map((node) => bytes(1, nodeMessage(node))),
    bytes(4, integer(1, graphVersion)),
  ]);
  const limit = 2 ** 31 - 1; // of any protocol buffer
  if (graph.length > limit) {
    throw new RangeError(`savedModel: the graph takes ${graph.length} bytes, a protocol buffer at most ${limit}`);
  }
  const meta = Buffer.concat([bytes(1, text(4, "serve")), bytes(2, graph)]);
  return Buffer.concat([integer(1, 1), bytes(2, meta)]);
}
