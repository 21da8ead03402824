/**
 * Recording: a function of tensors runs once, eagerly, while everything it asks of the native binding is written down.
 *
 * What a record cannot see is JavaScript: a number from Math.random, a counter, a branch on a value. Such things would
 * be baked in for ever, so `recordTwice` records a second time with other numbers in the inputs and refuses if anything
 * differs; reading a value that depends on an input, and operations with hidden state, are refused outright.
 */
import { type Binding, type NativeBackend, nativeBackend, type OperationAttribute, typeNumber } from "./backend";
import { operationEntry } from "./graph";
import { attribute } from "./protobuf";
import { type Entry, expectSame, type RecordedConstant, type Recording } from "./recording";
import { tf } from "./tensorflow";

/** Output shapes that depend on values: a graph would keep those of the recording. */
const dynamicShapes = new Set(["Where", "Unique", "UniqueV2", "UniqueWithCounts", "StringSplit", "SparseReshape"]);
const hasDynamicShape = (name: string) => dynamicShapes.has(name) || name.startsWith("NonMaxSuppression");

let active: { readonly backend: NativeBackend; readonly real: Binding; readonly listening: Binding } | undefined;
/** Whether a function is being recorded at this moment: a compiled function then simply joins the recording. */
export function isRecording(): boolean {
  return active !== undefined;
}

/** What `action` asks of the backend is not written down: it asks what the backend can do, and yields no tensor. */
export function unrecorded<T>(action: () => T): T {
  if (active === undefined) return action();
  const { backend, real, listening } = active;
  backend.binding = real;
  try {
    return action();
  } finally {
    backend.binding = listening;
  }
}

/** The bytes of a new tensor's values; strings cannot be recorded. */
function bytesOf(data: ArrayBufferView | readonly unknown[]): Buffer {
  if (!ArrayBuffer.isView(data)) throw new TypeError("a tensor of strings cannot be recorded");
  return Buffer.from(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
}

function encode(binding: Binding, { name, type, value }: OperationAttribute): Buffer {
  const many = Array.isArray(value);
  switch (type) {
    case binding.TF_ATTR_TYPE:
      return many ? attribute.types(value as number[]) : attribute.type(value as number);
    case binding.TF_ATTR_SHAPE:
      return attribute.shape(value as number[]);
    case binding.TF_ATTR_BOOL:
      return many ? attribute.booleans(value as boolean[]) : attribute.boolean(value as boolean);
    case binding.TF_ATTR_INT:
      return many ? attribute.integers(value as number[]) : attribute.integer(value as number);
    case binding.TF_ATTR_FLOAT:
      return many ? attribute.floats(value as number[]) : attribute.float(value as number);
    case binding.TF_ATTR_STRING:
      return attribute.text(value as string);
    default:
      throw new Error(`its attribute ${name} has a kind (${type}) that cannot be recorded`);
  }
}

class Recorder {
  private readonly entries: Entry[] = [];
  private readonly numbers = new Map<number, number>(); // the binding's tensor id -> number of the value
  private readonly created = new Map<number, RecordedConstant>(); // made from JavaScript values during the recording
  private readonly varying = new Set<number>(); // ids of tensors that depend on an input
  private readonly captured: ReadonlySet<number>;
  private values: number;
  private refusal: Error | undefined;
  private checking = false;

  constructor(
    private readonly name: string,
    private readonly backend: NativeBackend,
    private readonly inputs: readonly tf.Tensor[],
    captures: readonly tf.Tensor[],
  ) {
    backend.getInputTensorIds(inputs).forEach((id, number) => {
      this.numbers.set(id, number);
      this.varying.add(id);
    });
    this.captured = new Set(backend.getInputTensorIds(captures));
    this.values = inputs.length;
  }

  /** Remembers the first refusal with its place in the code; it is thrown after the function has returned. */
  private refuse(reason: string): Error {
    this.refusal ??= new Error(`${this.name} cannot be recorded as a graph: ${reason}`);
    return this.refusal;
  }

  private addConstant(id: number, constant: RecordedConstant): number {
    this.entries.push(constant);
    this.numbers.set(id, this.values);
    return this.values++;
  }

  private number(id: number, user: string, tensor?: tf.Tensor): number {
    const known = this.numbers.get(id);
    if (known !== undefined) return known;
    const created = this.created.get(id);
    if (created !== undefined) return this.addConstant(id, created);
    if (this.captured.has(id) && tensor !== undefined) {
      return this.addConstant(id, {
        kind: "constant",
        type: typeNumber(tensor.dtype),
        shape: tensor.shape,
        data: bytesOf(tensor.dataSync()),
      });
    }
    const count = this.backend.binding.tensorDataSync(id).byteLength / 4;
    throw this.refuse(
      `${user} uses a tensor of ${count} numbers that was made outside the function. ` +
        "Pass it as an argument (an input or a constant of the loop), or make it inside the function",
    );
  }

  /** The binding with its three relevant functions replaced by ones that write down what they do. */
  private listen(real: Binding): Binding {
    const createTensor: Binding["createTensor"] = (shape, dtype, data) => {
      const id = real.createTensor(shape, dtype, data);
      this.created.set(id, { kind: "constant", type: dtype, shape: [...shape], data: bytesOf(data) });
      return id;
    };
    const tensorDataSync: Binding["tensorDataSync"] = (id) => {
      if (this.varying.has(id) && !this.checking) {
        this.refuse("it reads a value that depends on its inputs in JavaScript (dataSync, arraySync, data or print)");
      }
      return real.tensorDataSync(id);
    };
    const executeOp: Binding["executeOp"] = (name, attributes, inputs, count) => {
      const entry = operationEntry(name);
      if (entry === undefined) throw this.refuse(`operation ${name} is not in the table operations.json`);
      if (entry.stateful === true) {
        throw this.refuse(`operation ${name} has hidden state; random draws must come from the stateless operations`);
      }
      if (hasDynamicShape(name)) throw this.refuse(`the shape that ${name} returns depends on values`);
      const numbers = inputs.map((id) => this.number(id, name));
      const handles = this.execute(real, name, attributes, inputs, count);
      this.entries.push({
        kind: "operation",
        name,
        attributes: Object.fromEntries(attributes.map((given) => [given.name, encode(real, given)])),
        inputs: numbers,
        outputs: handles.map(({ dtype, shape }) => ({ type: dtype, shape: [...shape] })),
      });
      const varies = inputs.some((id) => this.varying.has(id));
      for (const { id } of handles) {
        this.numbers.set(id, this.values++);
        if (varies) this.varying.add(id);
      }
      return handles;
    };
    const deleteTensor: Binding["deleteTensor"] = (id) => real.deleteTensor(id);
    // The rest (constants such as TF_ATTR_INT) comes from the real binding through the prototype.
    const replaced = { createTensor, tensorDataSync, executeOp, deleteTensor };
    return Object.create(real, Object.getOwnPropertyDescriptors(replaced)) as Binding;
  }

  private execute(real: Binding, ...[name, attributes, inputs, count]: Parameters<Binding["executeOp"]>) {
    try {
      return real.executeOp(name, attributes, inputs, count);
    } catch (error) {
      throw this.refuse(`operation ${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /**
   * tf.gather reads its indices in JavaScript, only to check their range. That read is let through; in a graph the
   * native operation checks them itself. Returns what restores the kernel.
   */
  private letGatherCheck(): () => void {
    const kernel = tf.getKernel("GatherV2", "tensorflow") as { kernelFunc: tf.KernelFunc } | undefined;
    if (kernel === undefined) return () => undefined;
    const original = kernel.kernelFunc;
    kernel.kernelFunc = (given) => {
      this.checking = true;
      try {
        return original(given);
      } finally {
        this.checking = false;
      }
    };
    return () => {
      kernel.kernelFunc = original;
    };
  }

  record(fn: (...inputs: tf.Tensor[]) => readonly tf.Tensor[], captures: readonly tf.Tensor[]): Recording {
    const { backend } = this;
    const real = backend.binding;
    // Constants from declared outside tensors come first, so that their numbers do not depend on where they are used.
    backend.getInputTensorIds(captures).forEach((id, k) => this.number(id, "a capture", captures[k]));
    const listening = this.listen(real);
    const restoreGather = this.letGatherCheck();
    backend.binding = listening;
    active = { backend, real, listening };
    try {
      const results = fn(...this.inputs);
      const numbers = results.map((result) =>
        this.number(backend.getInputTensorIds([result])[0], "the result", result),
      );
      if (this.refusal !== undefined) throw this.refusal;
      const outputs = results.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
      return { inputs: this.inputs.length, entries: this.entries, results: numbers, outputs };
    } catch (error) {
      throw this.refusal ?? error;
    } finally {
      backend.binding = real;
      restoreGather();
      active = undefined;
    }
  }
}

/** Other numbers for an input: floats in (0, 1), integers and truth values as they are (they may be indices). */
function otherNumbers(tensor: tf.Tensor): tf.Tensor {
  return tensor.dtype === "float32" ? tf.randomUniform(tensor.shape, 0.05, 0.95) : tensor;
}

/** The same values under a new handle, so that the function reaches them through its arguments only. */
function fresh(backend: NativeBackend, tensor: tf.Tensor): tf.Tensor {
  const type = { name: "T", type: backend.binding.TF_ATTR_TYPE, value: typeNumber(tensor.dtype) };
  return backend.executeSingleOutput("Identity", [type], [tensor]);
}

/** A result that was carried out of an inner scope by tf.keep would outlive every scope: it is released here. */
export function disposeKept(results: readonly tf.Tensor[], inputs: readonly tf.Tensor[]): void {
  for (const result of results) {
    if (result.kept && !result.isDisposed && !inputs.includes(result)) result.dispose();
  }
}

/** Records `fn` once on these inputs. The tensors that it makes are released. */
export function record(
  name: string,
  fn: (...inputs: tf.Tensor[]) => readonly tf.Tensor[],
  inputs: readonly tf.Tensor[],
  captures: readonly tf.Tensor[] = [],
): Recording {
  const backend = nativeBackend();
  if (backend === undefined) throw new Error(`${name}: recording needs the native TensorFlow backend`);
  if (active !== undefined) throw new Error(`${name}: it is being recorded inside another recording`);
  let result: Recording | undefined;
  tf.tidy(() => {
    const own = inputs.map((input) => fresh(backend, input));
    let returned: readonly tf.Tensor[] = [];
    result = new Recorder(name, backend, own, captures).record((...values) => (returned = fn(...values)), captures);
    disposeKept(returned, [...own, ...captures]);
  });
  return result!;
}

/**
 * Records `fn` on the given inputs, and again on other numbers; throws, saying why, if the two differ. `other` replaces
 * the numbers of the second time (by default floats are drawn anew and integers stay).
 */
export function recordTwice(
  name: string,
  fn: (...inputs: tf.Tensor[]) => readonly tf.Tensor[],
  inputs: readonly tf.Tensor[],
  {
    captures = [],
    other = otherNumbers,
  }: { captures?: readonly tf.Tensor[]; other?: (t: tf.Tensor, k: number) => tf.Tensor } = {},
): Recording {
  const first = record(name, fn, inputs, captures);
  const changed = tf.tidy(() => inputs.map((input, k) => other(input, k).clone()));
  try {
    expectSame(name, first, record(name, fn, changed, captures));
  } finally {
    tf.dispose(changed);
  }
  return first;
}
