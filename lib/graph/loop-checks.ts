/** What a loop demands of the caller, compiled or not: the same words for the same mistakes. */
import type { LoopDefinition, Numbers, Tensors } from "./loop";
import { tf } from "./tensorflow";

/** first and count as non-negative integers whose steps fit an int32 counter. */
export function checkSteps(name: string, first: number, count: number): void {
  if (
    !Number.isSafeInteger(first) ||
    first < 0 ||
    !Number.isSafeInteger(count) ||
    count < 1 ||
    first + count > 2 ** 31
  ) {
    throw new RangeError(
      `${name}: run(first, count) takes whole numbers first >= 0 and count >= 1 with first + count <= 2^31, ` +
        `got ${first} and ${count}`,
    );
  }
}

/** The tensors given for `kind` have the names, shapes and types of the examples. */
export function checkLike(name: string, kind: string, given: Tensors, examples: Tensors): void {
  for (const key of Object.keys(given)) {
    if (!(key in examples)) {
      throw new RangeError(`${name}: there is no ${kind}.${key}, only ${Object.keys(examples).join(", ") || "none"}`);
    }
  }
  for (const [key, { dtype, shape }] of Object.entries(examples)) {
    const tensor = given[key] as tf.Tensor | undefined;
    if (!(tensor instanceof tf.Tensor) || tensor.dtype !== dtype || tensor.shape.join() !== shape.join()) {
      const got = tensor instanceof tf.Tensor ? `${tensor.dtype} [${tensor.shape}]` : String(tensor);
      throw new TypeError(
        `${name}: ${kind}.${key} must be ${dtype} [${shape}] as it was when the loop was made, got ${got}`,
      );
    }
  }
}

/** A new tensor with the given values and the example's shape and type; plain numbers are copied. */
export function like(
  name: string,
  kind: string,
  key: string,
  value: tf.Tensor | Numbers,
  examples: Tensors,
): tf.Tensor {
  const example = examples[key] as tf.Tensor | undefined;
  if (example === undefined) {
    throw new RangeError(`${name}: there is no ${kind}.${key}, only ${Object.keys(examples).join(", ") || "none"}`);
  }
  if (!(value instanceof tf.Tensor) && value.length !== example.size) {
    throw new RangeError(
      `${name}: ${kind}.${key} takes ${example.size} numbers [${example.shape}], got ${value.length}`,
    );
  }
  const tensor = value instanceof tf.Tensor ? value.clone() : tf.tensor(value.slice(), example.shape, example.dtype);
  try {
    checkLike(name, kind, { [key]: tensor }, { [key]: example });
  } catch (error) {
    tensor.dispose();
    throw error;
  }
  return tensor;
}

/** Calls the step and checks what it returns. */
export function checkedStep<S extends Tensors, C extends Tensors, I extends Tensors, O extends Tensors>(
  { name, step, state: examples }: LoopDefinition<S, C, I, O>,
  ...[state, constants, inputs, i]: [S, C, I, tf.Scalar]
): { state: Tensors; outputs: Tensors } {
  const result = step(state, constants, inputs, i) as ReturnType<typeof step> | undefined;
  if (typeof result?.state !== "object") {
    throw new TypeError(`${name}: the step must return { state, outputs } synchronously`);
  }
  checkLike(name, "the step's state", result.state, examples);
  const outputs: Tensors = result.outputs ?? {};
  for (const [key, output] of Object.entries(outputs)) {
    if (!(output instanceof tf.Tensor) || (output.dtype !== "float32" && output.dtype !== "int32")) {
      throw new TypeError(`${name}: output ${key} of a step must be a tensor of type float32 or int32`);
    }
  }
  return { state: result.state, outputs };
}
