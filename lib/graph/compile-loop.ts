/**
 * compileLoop: a state that is advanced step by step, many steps in one call, as one TensorFlow graph.
 *
 *     state_(k+1), outputs_k = step(state_k, constants, inputs, first + k),    k = 0 ... count - 1
 *
 * The state (parameters, optimiser moments, or a sampler's x) and the constants (a resident data set, a network's
 * parameters, a table of coefficients) live in the graph's variables and cross to JavaScript only when asked for.
 * The loop is part of the graph with `count` as an input, so the same bits come out whether ten steps are made in one
 * call or in two, provided that a step's randomness is drawn from its number (stateless operations).
 *
 *     const loop = compileLoop({ name: "training", state: { theta, m, v }, constants: { fields }, inputs: { rate },
 *       step: (state, { fields }, { rate }, i) => ({ state: { theta, m, v }, outputs: { loss } }) });
 *     const { loss } = loop.run(0, 20, { rate }); // loss: tensor [20], owned by the caller
 */
import { nativeBackend, notice } from "./backend";
import type { ConvolutionPrecision } from "./bfloat16-convolutions";
import { eagerNotice } from "./compile";
import { eagerLoop } from "./eager-loop";
import { graphLoop } from "./graph-loop";
import { tf } from "./tensorflow";

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
  /** Precision of the products inside convolutions, "float32" by default. Only a compiled loop can do otherwise; an eager one stays at float32. */
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

/** See the head of this file. Tensors of types float32, int32 and bool; outputs float32 or int32. */
export function compileLoop<
  S extends Tensors,
  C extends Tensors = Record<never, never>,
  I extends Tensors = Record<never, never>,
  O extends Tensors = Record<never, never>,
>(definition: LoopDefinition<S, C, I, O>): LoopProgram<S, C, I, O> {
  const { name, mode = "graph", onNotice } = definition;
  for (const [kind, tensors] of Object.entries({
    state: definition.state,
    constants: definition.constants ?? {},
    inputs: definition.inputs ?? {},
  })) {
    for (const [key, tensor] of Object.entries(tensors)) {
      if (!/^[A-Za-z0-9][\w.-]*$/.test(key)) {
        throw new RangeError(
          `compileLoop "${name}": ${kind}.${key} must be named with letters, digits, "_", "-" and "."`,
        );
      }
      if (!(tensor instanceof tf.Tensor)) {
        throw new TypeError(`compileLoop "${name}": ${kind}.${key} must be a tensor, got ${typeof tensor}`);
      }
    }
  }
  const backend = nativeBackend();
  if (mode === "graph" && backend !== undefined) return graphLoop(definition, backend);
  if (mode === "graph") notice(eagerNotice(name), onNotice);
  return eagerLoop(definition);
}
