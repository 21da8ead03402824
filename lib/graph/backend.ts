/**
 * What this folder needs of the native backend: TensorFlow's binding, which runs single operations and loaded graphs,
 * and the two functions that turn tensors into the binding's handles and back.
 */
import { tf } from "./tensorflow";

/** An attribute as the binding takes it; `type` is one of the TF_ATTR_ numbers. */
export interface OperationAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** A tensor as the binding describes it. */
export interface Handle {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The part of tfjs-node's binding that is used or recorded. */
export interface Binding {
  createTensor(shape: number[], dtype: number, data: ArrayBufferView | readonly Uint8Array[]): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): ArrayBufferView;
  executeOp(name: string, attributes: OperationAttribute[], inputs: number[], outputs: number): Handle[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): Handle[];
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
}

export interface NativeBackend {
  binding: Binding;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(handle: Handle): tf.Tensor;
  executeSingleOutput(name: string, attributes: OperationAttribute[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OperationAttribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
  /** Operations run on an NVIDIA card. */
  readonly isUsingGpuDevice: boolean;
}

/**
 * The native TensorFlow backend if it is the one in use, otherwise undefined (WebGPU, WebAssembly, plain JavaScript).
 */
export const nativeBackend = (): NativeBackend | undefined =>
  tf.getBackend() === "tensorflow" ? nativeLibrary() : undefined;

/** TensorFlow's native library where it is loaded, whatever backend is in use. */
export function nativeLibrary(): NativeBackend | undefined {
  const backend = tf.findBackend("tensorflow") as Partial<NativeBackend> | null;
  return backend?.binding === undefined ? undefined : (backend as NativeBackend);
}

/** The element type's number in TensorFlow; throws for a type that no graph of this folder takes as an argument. */
export function typeNumber(dtype: tf.DataType): number {
  const numbers: Partial<Record<tf.DataType, number>> = { float32: 1, int32: 3, bool: 10, complex64: 8 };
  const number = numbers[dtype];
  if (number === undefined) throw new TypeError(`graph: tensors of type ${dtype} cannot enter a graph`);
  return number;
}

const given = new Set<string>();
/** Says something once: through `onNotice` if there is one, otherwise as a process warning. */
export function notice(message: string, onNotice?: (message: string) => void): void {
  if (onNotice !== undefined) {
    onNotice(message);
  } else if (!given.has(message)) {
    given.add(message);
    process.emitWarning(message, { code: "SGM_GRAPH" });
  }
}
