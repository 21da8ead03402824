/**
 * A TensorFlow graph under construction: nodes, constants, placeholders, variables and one kind of loop.
 * Attributes that eager execution infers (element types, numbers of arguments) are inferred here from the inputs, by
 * the table operations.json, which scripts/graph/operation-table.py reads from the native library's own registry.
 */
import table from "./operations.json";
import { attribute, savedModel, Type, type NodeDefinition } from "./protobuf";

/** The output of a node: its element type (a number of `Type`), its shape where known, and the loop it lives in. */
export interface Value {
  readonly node: string;
  readonly output: number;
  readonly type: number;
  readonly shape: readonly number[];
  readonly frame?: Frame;
}

/** A loop's body; `entered` maps values from outside to their copies inside. */
interface Frame {
  readonly name: string;
  readonly entered: Map<string, Value>;
}

export interface Output {
  readonly type: number;
  readonly shape: readonly number[];
}

interface Operation {
  readonly inputs: readonly string[];
  readonly required: readonly string[];
  readonly stateful?: boolean;
}
const operations = table as Readonly<Record<string, Operation>>;

/** What the table says of an operation, or undefined if it is not there. */
export function operationEntry(name: string): Operation | undefined {
  return Object.prototype.hasOwnProperty.call(operations, name) ? operations[name] : undefined;
}

const reference = (value: Value) => (value.output === 0 ? value.node : `${value.node}:${value.output}`);

/** Adds to `attributes` what follows from the inputs. Throws if a required attribute is still missing. */
function inferAttributes(name: string, inputs: readonly Value[], attributes: Map<string, Buffer>): void {
  const entry = operationEntry(name);
  if (entry === undefined) throw new Error(`graph: the table operations.json has no operation ${name}`);
  let at = 0;
  entry.inputs.forEach((argument, k) => {
    const rest = entry.inputs.length - 1 - k; // arguments that follow, each a single tensor
    const list = argument.startsWith("[");
    const repeated = argument.includes("*");
    const count = list || repeated ? inputs.length - at - rest : 1;
    const missing = (attributeName: string, value: () => Buffer) => {
      if (attributeName !== "" && !attributes.has(attributeName)) attributes.set(attributeName, value());
    };
    if (list) {
      missing(argument.slice(1, -1), () => attribute.types(inputs.slice(at, at + count).map((input) => input.type)));
    } else {
      const [number, type] = repeated ? argument.split("*") : ["", argument];
      missing(number, () => attribute.integer(count));
      if (at < inputs.length) missing(type, () => attribute.type(inputs[at].type));
    }
    at += count;
  });
  for (const required of entry.required) {
    if (!attributes.has(required)) throw new Error(`graph: operation ${name} lacks its attribute ${required}`);
  }
}

/** A variable that lives as long as the loaded graph. Feed `in` and fetch `set` to write it; fetch `get` to read it. */
export interface Variable extends Output {
  readonly handle: Value;
  readonly in: string;
  readonly set: string;
  readonly get: string;
}

export class Graph {
  private readonly nodes: NodeDefinition[] = [];
  private readonly names = new Map<string, number>();
  private readonly constants = new Map<string, Value>();
  private frame: Frame | undefined;

  private unique(name: string): string {
    const used = this.names.get(name) ?? 0;
    this.names.set(name, used + 1);
    return used === 0 ? name : this.unique(`${name}_${used}`);
  }

  /** Adds a node; `after` are nodes that must run before it. Values from outside the current loop are brought in. */
  operation(
    operation: string,
    inputs: readonly Value[],
    outputs: readonly Output[],
    given: Readonly<Record<string, Buffer>> = {},
    { name, after = [] }: { name?: string; after?: readonly string[] } = {},
  ): Value[] {
    if (inputs.length === 0 && this.frame !== undefined) {
      // the same in every turn
      return this.outside(() => this.operation(operation, inputs, outputs, given, { name, after }));
    }
    const local = inputs.map((value) => this.enter(value));
    const attributes = new Map(Object.entries(given));
    inferAttributes(operation, local, attributes);
    if (name !== undefined && this.names.has(name)) throw new Error(`graph: the name ${name} is taken`);
    const node = this.unique(name ?? operation);
    this.nodes.push({ name: node, operation, inputs: local.map(reference), after, attributes });
    return outputs.map(({ type, shape }, output) => ({ node, output, type, shape, frame: this.frame }));
  }

  /** An operation with one output, by default of the type and shape of the first input. */
  single(
    operation: string,
    inputs: readonly Value[],
    output: Partial<Output> = {},
    given: Readonly<Record<string, Buffer>> = {},
    options: { name?: string; after?: readonly string[] } = {},
  ): Value {
    const { type = inputs[0]?.type, shape = inputs[0]?.shape } = output;
    return this.operation(operation, inputs, [{ type, shape }], given, options)[0];
  }

  /** Runs `build` outside the current loop. */
  private outside<T>(build: () => T): T {
    const frame = this.frame;
    this.frame = undefined;
    try {
      return build();
    } finally {
      this.frame = frame;
    }
  }

  constant(data: ArrayBufferView, type: number, shape: readonly number[] = []): Value {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const key = bytes.length <= 1024 ? `${type} ${shape.join()} ${bytes.toString("latin1")}` : undefined;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known !== undefined) return known;
    const value = this.outside(() =>
      this.single(
        "Const",
        [],
        { type, shape },
        { dtype: attribute.type(type), value: attribute.tensor(type, shape, bytes) },
      ),
    );
    if (key !== undefined) this.constants.set(key, value);
    return value;
  }

  integer(value: number): Value {
    return this.constant(Int32Array.of(value), Type.int32);
  }

  integers(values: readonly number[]): Value {
    return this.constant(Int32Array.from(values), Type.int32, [values.length]);
  }

  placeholder(name: string, { type, shape }: Output): Value {
    const attributes = { dtype: attribute.type(type), shape: attribute.shape(shape) };
    return this.outside(() => this.single("Placeholder", [], { type, shape }, attributes, { name }));
  }

  variable(name: string, { type, shape }: Output): Variable {
    return this.outside(() => {
      const described = { dtype: attribute.type(type), shape: attribute.shape(shape) };
      const handle = this.single(
        "VarHandleOp",
        [],
        { type: Type.resource, shape: [] },
        { ...described, shared_name: attribute.text(name), container: attribute.text("") },
        { name },
      );
      const variable = { handle, type, shape, in: `${name}/in`, set: `${name}/set`, get: `${name}/get` };
      // A fed tensor shares the memory of the JavaScript array that it was made from: the variable keeps a copy.
      const own = this.single("DeepCopy", [this.placeholder(variable.in, { type, shape })]);
      // The session has no targets, only fetches: the write is asked for through a constant that waits for it.
      this.single("Identity", [this.integer(0)], {}, {}, { name: variable.set, after: [this.assign(variable, own)] });
      this.single("Identity", [this.read(variable)], {}, {}, { name: variable.get });
      return variable;
    });
  }

  read({ handle, type, shape }: Variable): Value {
    return this.single("ReadVariableOp", [handle], { type, shape }, { dtype: attribute.type(type) });
  }

  /** Returns the name of the node that writes. */
  assign({ handle, type }: Variable, value: Value): string {
    const given = { dtype: attribute.type(type) };
    return this.single("AssignVariableOp", [handle, value], { type, shape: [] }, given).node;
  }

  /** A value of the outside, as seen in the loop that is being built. */
  private enter(value: Value): Value {
    const frame = this.frame;
    if (value.frame === frame) return value;
    if (frame === undefined) throw new Error("graph: a value of a loop's body is used outside the loop");
    const key = reference(value);
    const known = frame.entered.get(key);
    if (known !== undefined) return known;
    const inside = { ...this.outside(() => this.enterFrame(value, frame.name, true)), frame };
    frame.entered.set(key, inside);
    return inside;
  }

  private enterFrame(value: Value, frame: string, invariant: boolean): Value {
    return this.single(
      "Enter",
      [value],
      {},
      {
        frame_name: attribute.text(frame),
        is_constant: attribute.boolean(invariant),
        parallel_iterations: attribute.integer(1),
      },
    );
  }

  /**
   * for (k = 0; k < count; k++) values = body(values, k), as TensorFlow's own dataflow loop (Enter, Merge, Switch,
   * NextIteration, Exit; Abadi et al. 2016, section 4.4). Not nested. Returns the last values.
   */
  loop(count: Value, initial: readonly Value[], body: (values: Value[], k: Value) => readonly Value[]): Value[] {
    if (this.frame !== undefined) throw new Error("graph: loops do not nest");
    const frame: Frame = { name: this.unique("loop"), entered: new Map() };
    const starts = [this.integer(0), ...initial].map((value) => this.enterFrame(value, frame.name, false));
    this.frame = frame;
    try {
      const merges = starts.map((start) => {
        const inside = { ...start, frame };
        return this.single("Merge", [inside, inside]); // the second input is set below, when the body is known
      });
      const less = this.single("Less", [merges[0], count], { type: Type.bool, shape: [] });
      const condition = this.single("LoopCond", [less]);
      const switches = merges.map((merge) => this.operation("Switch", [merge, condition], [merge, merge]));
      const [k, ...values] = switches.map(([, taken]) => this.single("Identity", [taken]));
      const next = [this.single("AddV2", [k, this.integer(1)]), ...body(values, k)];
      next.forEach((value, position) => {
        const merge = this.nodes.find((node) => node.name === merges[position].node)!;
        merge.inputs[1] = reference(this.single("NextIteration", [value]));
      });
      return switches
        .map(([left]) => this.single("Exit", [left]))
        .slice(1)
        .map((value) => ({ ...value, frame: undefined }));
    } finally {
      this.frame = undefined;
    }
  }

  /** The graph as the file of a SavedModel. */
  bytes(): Buffer {
    return savedModel(this.nodes);
  }
}
