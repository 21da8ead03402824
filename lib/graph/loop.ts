/** What a loop is made of and what it offers, compiled or not. See compile-loop.ts. */
import type { ConvolutionPrecision } from "./bfloat16-convolutions";
import type { tf } from "./tensorflow";

export type Tensors = Readonly<Record<string, tf.Tensor>>;
export type Numbers = Float32Array | Int32Array | Uint8Array;

export interface LoopDefinition<S extends Tensors, C extends Tensors, I extends Tensors, O extends Tensors> {
  /** For messages. */
  readonly name: string;
  /** First values. They are copied; the caller keeps and disposes its own. Shapes and types are fixed from here on. */
  readonly state: S;
  /** Resident values, set once. They are copied. */
  readonly constants?: C;
  /** Examples (shape and type) of what is given anew with each call; one value serves all steps of a call. */
  readonly inputs?: I;
  /**
   * One step: a pure function of its arguments, made of TensorFlow.js operations. `i` is the step's number, int32, from
   * `first` on: random draws and rows of coefficient tables follow from it. Outputs are small (a loss): a row a step.
   */
  readonly step: (
    state: S,
    constants: C,
    inputs: I,
    i: tf.Scalar,
  ) => { readonly state: { readonly [K in keyof S]: tf.Tensor }; readonly outputs?: O };
  /**
   * Precision of the products inside convolutions, "float32" by default. Only a compiled loop can do otherwise; an
   * eager one stays at float32.
   */
  readonly convolutions?: ConvolutionPrecision;
  /** "graph": compiled if the backend can (the default); "eager": always as written. */
  readonly mode?: "graph" | "eager";
  /** Hears why the loop is not compiled; without it, a process warning says so once. */
  readonly onNotice?: (message: string) => void;
}

export interface LoopProgram<S extends Tensors, C extends Tensors, I extends Tensors, O extends Tensors> {
  /** Whether the steps run as a graph, or eagerly, with the same numbers to rounding. */
  readonly compiled: boolean;
  /**
   * Makes the steps numbered first ... first + count - 1 and blocks until they are done, so choose `count` for 0.1 to
   * 0.2 s. Returns the outputs stacked [count, ...]; the caller owns them. `inputs` may be left out if there are none.
   */
  run(first: number, count: number, inputs?: I): O;
  /** Copies of the state as plain numbers, or of the parts that are named. */
  read(...names: (keyof S & string)[]): Promise<Record<keyof S & string, Numbers>>;
  /** The state as tensors, or the parts that are named; the caller owns them. */
  tensors(...names: (keyof S & string)[]): Record<keyof S & string, tf.Tensor>;
  /** Replaces parts of the state (tensors or plain numbers, which are copied). */
  write(state: { readonly [K in keyof S]?: tf.Tensor | Numbers }): void;
  /** Replaces constants, for example the parameters before another round of samples. */
  setConstants(constants: { readonly [K in keyof C]?: tf.Tensor | Numbers }): void;
  /** Records the step again; throws if it is no longer the program that was compiled. Takes one or two eager steps. */
  verify(inputs?: I): void;
  /** Frees graph, state and constants. */
  dispose(): void;
}
