/** A loop run as one TensorFlow graph with its state and constants in variables. See compile-loop.ts. */
import type { NativeBackend } from "./backend";
import { FlatStep, named } from "./flat-step";
import type { LoopDefinition, LoopProgram, Numbers, Tensors } from "./loop";
import { checkLike, checkSteps, like } from "./loop-checks";
import { loopGraph, type LoopGraph } from "./loop-graph";
import { expectSame, type Recording } from "./recording";
import { Session } from "./session";
import { tf } from "./tensorflow";

type Held = "state" | "constants";

export class GraphLoop<
  S extends Tensors,
  C extends Tensors,
  I extends Tensors,
  O extends Tensors,
> implements LoopProgram<S, C, I, O> {
  readonly compiled = true;
  private readonly name: string;
  private readonly step: FlatStep<S, C, I, O>;
  private readonly recording: Recording;
  private readonly variables: LoopGraph["variables"];
  private readonly fetched: readonly string[];
  private readonly session: Session;

  constructor(
    private readonly definition: LoopDefinition<S, C, I, O>,
    backend: NativeBackend,
  ) {
    this.name = definition.name;
    this.step = new FlatStep(definition);
    this.recording = this.step.recordTwice();
    const { graph, variables, feeds, fetched } = loopGraph(definition, this.recording, this.step.outputs);
    this.variables = variables;
    this.fetched = fetched;
    this.session = new Session(backend, this.name, graph, feeds);
    try {
      this.set("state", definition.state);
      this.set("constants", definition.constants ?? {});
    } catch (error) {
      this.session.dispose();
      throw error;
    }
  }

  run(from: number, steps: number, values: I = {} as I): O {
    checkSteps(this.name, from, steps);
    checkLike(this.name, "inputs", values, this.definition.inputs ?? {});
    const numbers = [tf.scalar(from, "int32"), tf.scalar(steps, "int32")];
    try {
      const fed = new Map(this.step.keys.inputs.map((key): [string, tf.Tensor] => [`inputs/${key}`, values[key]]));
      fed.set("first", numbers[0]).set("count", numbers[1]);
      const results = this.session.run(fed, this.fetched);
      const { outputs } = this.step;
      if (outputs.length === 0) tf.dispose(results);
      return named(outputs, results) as Tensors as O;
    } finally {
      tf.dispose(numbers);
    }
  }

  async read(...names: (keyof S & string)[]): Promise<Record<keyof S & string, Numbers>> {
    const tensors = this.get("state", names);
    const copies = Object.entries(tensors).map(async ([key, tensor]) => [key, await tensor.data()] as const);
    const numbers = await Promise.all(copies);
    tf.dispose(tensors);
    return Object.fromEntries(numbers) as Record<keyof S & string, Numbers>;
  }

  tensors(...names: (keyof S & string)[]): Record<keyof S & string, tf.Tensor> {
    return this.get("state", names) as Record<keyof S & string, tf.Tensor>;
  }

  write(values: { readonly [K in keyof S]?: tf.Tensor | Numbers }): void {
    this.set("state", values);
  }

  setConstants(values: { readonly [K in keyof C]?: tf.Tensor | Numbers }): void {
    this.set("constants", values);
  }

  verify(values: Tensors = this.definition.inputs ?? {}): void {
    const held = { state: this.get("state", []), constants: this.get("constants", []) };
    try {
      expectSame(this.name, this.recording, this.step.record(held.state, held.constants, values));
    } finally {
      tf.dispose(held);
    }
  }

  dispose(): void {
    this.session.dispose();
  }

  private set(kind: Held, values: Readonly<Record<string, tf.Tensor | Numbers | undefined>>): void {
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) continue;
      const tensor = like(this.name, kind, key, value, this.definition[kind] ?? {});
      const variable = this.variables[kind][key];
      try {
        tf.dispose(this.session.run(new Map([[variable.in, tensor]]), [variable.set]));
      } finally {
        tensor.dispose();
      }
    }
  }

  private get(kind: Held, names: readonly string[]): Record<string, tf.Tensor> {
    const kept = this.variables[kind];
    const wanted = names.length > 0 ? names : this.step.keys[kind];
    for (const key of wanted) if (!(key in kept)) throw new RangeError(`${this.name}: there is no ${kind}.${key}`);
    if (wanted.length === 0) return {};
    const read = wanted.map((key) => kept[key].get);
    return named(wanted, this.session.run(new Map(), read));
  }
}
