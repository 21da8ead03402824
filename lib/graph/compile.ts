/**
 * compile(fn): the same function, run as one TensorFlow graph. The function is recorded at its first call with
 * arguments of some shapes and types, and again when these change; afterwards no JavaScript of it runs.
 *
 *     const score = compile((x: tf.Tensor2D, w: tf.Tensor2D) => tf.softmax(tf.matMul(x, w)), { name: "score" });
 *     const y = score(x, w); // owned by the caller, as any tensor
 *     score.dispose();
 *
 * What may change from call to call must be an argument. A value that would be baked in is refused (see record.ts),
 * with one exception that nothing can see: a JavaScript number read from outside which stays the same while the
 * function is recorded and changes later; `verify` finds that too, at the price of one eager run.
 * Derivatives are taken inside (tf.grads in `fn`); TensorFlow.js cannot differentiate through the compiled call itself.
 */
import { nativeBackend, notice, typeNumber } from "./backend";
import { Graph, type Output } from "./graph";
import { isRecording, record, recordTwice } from "./record";
import { expectSame, type Recording, replay } from "./recording";
import { Session } from "./session";
import { tf } from "./tensorflow";

export interface CompileOptions {
  /** For messages. */
  readonly name?: string;
  /** Tensors from outside that the function may use. Their present values become part of the graph; keep them small. */
  readonly captures?: readonly tf.Tensor[];
  /** "graph": compiled if the backend can (the default); "eager": always as written. */
  readonly mode?: "graph" | "eager";
  /** Hears why a function is not compiled; without it, a process warning says so once. */
  readonly onNotice?: (message: string) => void;
}

export type Compiled<A extends tf.Tensor[], R extends tf.Tensor | tf.Tensor[]> = ((...inputs: A) => R) & {
  /** Records the function again on these arguments; throws if it is no longer the program that was compiled. */
  verify(...inputs: A): void;
  /** Frees the graphs. The function can be called again and is then recorded anew. */
  dispose(): void;
};

interface Program {
  readonly recording: Recording;
  readonly session: Session;
  readonly inputs: readonly string[];
  readonly results: readonly string[];
}

const signature = (inputs: readonly tf.Tensor[]) => inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(" ");

/** The shapes for which one function was recorded before it is said that something is odd. */
const manyShapes = 16;

export function eagerNotice(name: string): string {
  return (
    `${name} runs operation by operation: compiled graphs need the native TensorFlow backend, ` +
    `and the backend in use is "${tf.getBackend()}". Results are the same, slower.`
  );
}

/** See the head of this file. Arguments and results are tensors of types float32, int32 and bool. */
export function compile<A extends tf.Tensor[], R extends tf.Tensor | tf.Tensor[]>(
  fn: (...inputs: A) => R,
  { name = fn.name || "function", captures = [], mode = "graph", onNotice }: CompileOptions = {},
): Compiled<A, R> {
  const programs = new Map<string, Program>();
  let single = false;
  let told = false;
  const tell = (message: string) => {
    if (!told) notice(message, onNotice);
    told = true;
  };
  const listed = (...inputs: tf.Tensor[]): readonly tf.Tensor[] => {
    const result = fn(...(inputs as A));
    single = result instanceof tf.Tensor;
    const all = (single ? [result] : result) as tf.Tensor[];
    if (!Array.isArray(all) || !all.every((tensor) => tensor instanceof tf.Tensor)) {
      throw new TypeError(`${name}: a compiled function returns a tensor or an array of tensors, synchronously`);
    }
    return all;
  };

  function run(...inputs: A): R {
    const odd = inputs.findIndex((input) => !(input instanceof tf.Tensor));
    if (odd >= 0) {
      throw new TypeError(
        `${name}: argument ${odd} of a compiled function must be a tensor, got ${typeof inputs[odd]}`,
      );
    }
    if (mode === "eager" || isRecording()) return fn(...inputs);
    if (nativeBackend() === undefined) {
      tell(eagerNotice(name));
      return tf.tidy(() => fn(...inputs));
    }
    const key = signature(inputs);
    let program = programs.get(key);
    if (program === undefined) {
      program = programOf(name, recordTwice(name, listed, inputs, { captures }), inputs);
      programs.set(key, program);
      if (programs.size === manyShapes)
        tell(`${name} was compiled for ${manyShapes} different shapes, the last ${key}`);
    }
    const { session, results } = program;
    const outputs = session.run(new Map(program.inputs.map((input, k) => [input, inputs[k]])), results);
    return (single ? outputs[0] : outputs) as R;
  }

  function verify(...inputs: A): void {
    const program = programs.get(signature(inputs));
    if (program !== undefined) expectSame(name, program.recording, record(name, listed, inputs, captures));
  }

  function dispose(): void {
    programs.forEach(({ session }) => session.dispose());
    programs.clear();
  }
  return Object.assign(run, { verify, dispose });
}

/** The recorded function as a graph in a session. */
function programOf(name: string, recording: Recording, given: readonly tf.Tensor[]): Program {
  const graph = new Graph();
  const feeds = new Map<string, Output>();
  const values = given.map(({ dtype, shape }, k) => {
    const output = { type: typeNumber(dtype), shape };
    feeds.set(`input${k}`, output);
    return graph.placeholder(`input${k}`, output);
  });
  const results = replay(recording, graph, values).map(
    (value, k) => graph.single("Identity", [value], {}, {}, { name: `result${k}` }).node,
  );
  const session = new Session(nativeBackend()!, name, graph, feeds);
  return { recording, session, inputs: [...feeds.keys()], results };
}
