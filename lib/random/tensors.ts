/**
 * Random tensors as functions of a seed: TensorFlow's StatelessRandom operations, whose numbers depend on the seed (two
 * 32-bit integers) and the shape alone. They can be recorded in a graph with the seed as an input and give the same
 * bits there. `seedTensor` makes the seed of step i of a loop from a named stream.
 * TensorFlow hashes the seed before use, so neighbouring seeds are as good as distant ones. Their numbers are
 * float32 (24-bit uniforms, Box-Muller normals): right for noise in training and sampling; data are drawn from
 * `Stream`. On another backend (WebGPU) the native library still makes the draws, which are then handed over: the same
 * bits on every device.
 */
import { type Binding, nativeLibrary, type OperationAttribute, typeNumber } from "../graph/backend";
import { tf } from "../graph/tensorflow";
import type { Stream } from "./stream";

/** Standard normals of the given shape, float32. `seed`: int32 [2]. The caller disposes the result. */
export function randomNormal(shape: number[], seed: tf.Tensor1D): tf.Tensor {
  return stateless("randomNormal", "StatelessRandomNormal", shape, seed, "float32", []);
}

/** Uniforms in [0, 1) of the given shape, float32. `seed`: int32 [2]. The caller disposes the result. */
export function randomUniform(shape: number[], seed: tf.Tensor1D): tf.Tensor {
  return stateless("randomUniform", "StatelessRandomUniform", shape, seed, "float32", []);
}

/**
 * Integers in [0, bound) of the given shape, int32. A remainder of 32 random bits: probabilities differ by at most
 * bound / 2^32 relative. `seed`: int32 [2]. The caller disposes the result.
 */
export function randomIntegers(shape: number[], seed: tf.Tensor1D, bound: number): tf.Tensor {
  if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 31 - 1) {
    throw new RangeError(`randomIntegers: the bound must be a whole number from 1 to 2^31 - 1, got ${bound}`);
  }
  return tf.tidy(() =>
    stateless("randomIntegers", "StatelessRandomUniformInt", shape, seed, "int32", [
      tf.scalar(0, "int32"),
      tf.scalar(bound, "int32"),
    ]),
  );
}

/** The seed of one step, int32 [2]; `step` is an int32 scalar, a tensor so that it can be a graph's input. */
export function seedTensor(s: Stream, step: tf.Scalar): tf.Tensor1D {
  if (step.dtype !== "int32") throw new TypeError(`seedTensor: the step must be an int32 scalar, got ${step.dtype}`);
  const [first, second] = s.seed;
  return tf.tidy(() => tf.stack([tf.scalar(first, "int32"), tf.scalar(second, "int32").add(step)]).as1D());
}

function stateless(
  who: string,
  operation: string,
  shape: number[],
  seed: tf.Tensor1D,
  dtype: "float32" | "int32",
  bounds: tf.Tensor[],
): tf.Tensor {
  if (seed.dtype !== "int32" || seed.shape.length !== 1 || seed.shape[0] !== 2) {
    throw new TypeError(`${who}: the seed must be an int32 tensor of shape [2], got ${seed.dtype} [${seed.shape}]`);
  }
  const backend = nativeLibrary();
  if (backend === undefined) throw new Error(`${who}: needs TensorFlow's native library, which is not loaded`);
  const attribute = (name: string, type: tf.DataType): OperationAttribute => ({
    name,
    type: backend.binding.TF_ATTR_TYPE,
    value: typeNumber(type),
  });
  const attributes = [attribute("dtype", dtype), attribute("T", "int32"), attribute("Tseed", "int32")];
  if (tf.getBackend() !== "tensorflow") {
    return handedOver(backend.binding, operation, attributes, shape, [seed, ...bounds], dtype);
  }
  return tf.tidy(() =>
    backend.executeSingleOutput(operation, attributes, [tf.tensor1d(shape, "int32"), seed, ...bounds]),
  );
}

/**
 * The native operation on plain numbers, its result as a tensor of the backend in use. Seed and bounds were made from
 * JavaScript numbers.
 */
function handedOver(
  binding: Binding,
  operation: string,
  attributes: OperationAttribute[],
  shape: number[],
  given: readonly tf.Tensor[],
  dtype: "float32" | "int32",
): tf.Tensor {
  const int32 = 3;
  const ids = [
    binding.createTensor([shape.length], int32, Int32Array.from(shape)),
    ...given.map((tensor) => binding.createTensor(tensor.shape, int32, Int32Array.from(tensor.dataSync()))),
  ];
  try {
    const [{ id }] = binding.executeOp(operation, attributes, ids, 1);
    ids.push(id);
    const values = binding.tensorDataSync(id) as Float32Array | Int32Array;
    return tf.tensor(values.slice(), shape, dtype);
  } finally {
    ids.forEach((id) => binding.deleteTensor(id));
  }
}
