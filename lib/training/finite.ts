/** NaN and infinity stop a training where they are first seen: in its data, its loss or its parameters. */
import { tf } from "../graph/tensorflow";
import { UserError } from "../errors/user-error";

/** A training that must not go on. Its last checkpoint is kept. */
export class TrainingStopped extends UserError {
  override name = "TrainingStopped";

  constructor(what: string, remedy = "a lower training.learningRate, or a smaller training.clip") {
    super(`train: ${what}. The last checkpoint is kept as it was. Remedy: ${remedy}.`);
  }
}

export const nonFinite = (value: number): boolean => !Number.isFinite(value);

/** Refuses resident data with a number that is not finite, naming the array and the place in it. */
export function requireFiniteData(what: string, tensors: Readonly<Record<string, tf.Tensor>>): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor.dtype !== "float32") continue;
    const fine = tf.tidy(() => tf.isFinite(tensor).all());
    const isFine = fine.dataSync()[0] === 1;
    fine.dispose();
    if (isFine) continue;
    const values = tensor.dataSync();
    const at = values.findIndex(nonFinite);
    const strides = tensor.shape.map((_, k) => tensor.shape.slice(k + 1).reduce((product, n) => product * n, 1));
    const place = tensor.shape.map((n, k) => Math.floor(at / strides[k]) % n).join(", ");
    throw new TrainingStopped(
      `${what} must be finite, ${name}[${place}] is ${values[at]}, before the first step`,
      "look for the condition at which the solver fails: npm run -s sgm -- generate says which field it is",
    );
  }
}

/** The parameters and what the optimiser keeps of each, flat, after so many steps. */
export interface Vectors {
  readonly step: number;
  readonly theta: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly average: Float32Array;
}

/** Refuses parameters or optimiser state that are not finite. */
export function requireFiniteState(state: Vectors): void {
  for (const name of ["theta", "first", "second", "average"] as const) {
    const at = state[name].findIndex(nonFinite);
    if (at >= 0) throw new TrainingStopped(`${name}[${at}] is ${state[name][at]} after step ${state.step}`);
  }
}
