/** A loop run step by step through TensorFlow.js: the reference for the compiled one, and what other backends get. */
import type { LoopDefinition, LoopProgram, Numbers, Tensors } from "./loop";
import { checkedStep, checkLike, checkSteps, like } from "./loop-checks";
import { disposeKept } from "./record";
import { tf } from "./tensorflow";

type Held = "state" | "constants";
const empty = (): Record<Held, Record<string, tf.Tensor>> => ({ state: {}, constants: {} });

export class EagerLoop<
  S extends Tensors,
  C extends Tensors,
  I extends Tensors,
  O extends Tensors,
> implements LoopProgram<S, C, I, O> {
  readonly compiled = false;
  private readonly name: string;
  /** Only the shapes and types of the examples are used later on: the caller may dispose them. */
  private readonly examples: Record<Held | "inputs", Tensors>;
  private held = empty();
  private disposed = false;

  constructor(private readonly definition: LoopDefinition<S, C, I, O>) {
    const { name, state, constants = {}, inputs = {} } = definition;
    this.name = name;
    this.examples = { state, constants, inputs };
    this.hold("state", state);
    this.hold("constants", constants);
  }

  run(first: number, count: number, inputs: I = {} as I): O {
    this.requireAlive();
    checkSteps(this.name, first, count);
    checkLike(this.name, "inputs", inputs, this.examples.inputs);
    const rows = Array.from({ length: count }, (_, k) => this.once(inputs, first + k));
    const stacked = Object.keys(rows[0]).map((key) => [key, tf.stack(rows.map((row) => row[key]))] as const);
    tf.dispose(rows);
    return Object.fromEntries(stacked) as O;
  }

  async read(...names: (keyof S & string)[]): Promise<Record<keyof S & string, Numbers>> {
    const copies = this.named(names).map(async ([key, tensor]) => [key, (await tensor.data()).slice()] as const);
    return Object.fromEntries(await Promise.all(copies)) as Record<keyof S & string, Numbers>;
  }

  tensors(...names: (keyof S & string)[]): Record<keyof S & string, tf.Tensor> {
    const copies = this.named(names).map(([key, tensor]) => [key, tensor.clone()] as const);
    return Object.fromEntries(copies) as Record<keyof S & string, tf.Tensor>;
  }

  write(state: { readonly [K in keyof S]?: tf.Tensor | Numbers }): void {
    this.requireAlive();
    this.hold("state", state);
  }

  setConstants(constants: { readonly [K in keyof C]?: tf.Tensor | Numbers }): void {
    this.requireAlive();
    this.hold("constants", constants);
  }

  verify(): void {
    // It runs as written.
  }

  dispose(): void {
    this.disposed = true;
    tf.dispose(this.held);
    this.held = empty();
  }

  /** One step: replaces the state and returns the outputs. */
  private once(inputs: I, number: number): Tensors {
    const { held } = this;
    const result = tf.tidy(() => {
      const i = tf.scalar(number, "int32");
      const { state, outputs } = checkedStep(this.definition, held.state as S, held.constants as C, inputs, i);
      // Clones, since a step may return one tensor twice or one of its arguments.
      const own = (tensors: Tensors) =>
        Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, tensor.clone()]));
      const next = { state: own(state), outputs: own(outputs) };
      const arguments_ = [held.state, held.constants, inputs].flatMap((tensors) => Object.values(tensors));
      disposeKept([...Object.values(state), ...Object.values(outputs)], arguments_);
      return next;
    });
    tf.dispose(held.state);
    held.state = Object.fromEntries(Object.entries(result.state).map(([key, tensor]) => [key, tf.keep(tensor)]));
    return result.outputs;
  }

  private hold(kind: Held, values: Readonly<Record<string, tf.Tensor | Numbers | undefined>>): void {
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) continue;
      const tensor = tf.keep(like(this.name, kind, key, value, this.examples[kind]));
      this.held[kind][key]?.dispose();
      this.held[kind][key] = tensor;
    }
  }

  private named(names: readonly string[]): [string, tf.Tensor][] {
    this.requireAlive();
    const { state } = this.held;
    return (names.length > 0 ? names : Object.keys(state)).map((key) => {
      if (!(key in state)) throw new RangeError(`${this.name}: there is no state.${key}`);
      return [key, state[key]];
    });
  }

  private requireAlive(): void {
    if (this.disposed) throw new Error(`${this.name}: the loop was disposed`);
  }
}
