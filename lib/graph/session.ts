/**
 * A graph loaded into the native library, ready to run. It is handed over as a SavedModel in a temporary folder, which
 * is gone when the constructor returns: the library keeps what it read.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NativeBackend, typeNumber } from "./backend";
import type { Graph, Output } from "./graph";
import type { tf } from "./tensorflow";

export class Session {
  private id: number | undefined;

  /**
   * `name` appears in messages; `feeds` are the placeholders, whose shapes the native session itself does not check.
   */
  constructor(
    private readonly backend: NativeBackend,
    private readonly name: string,
    graph: Graph,
    private readonly feeds: ReadonlyMap<string, Output>,
  ) {
    const folder = mkdtempSync(join(tmpdir(), "tensorflow-graph-"));
    try {
      writeFileSync(join(folder, "saved_model.pb"), graph.bytes());
      this.id = this.explain("could not be loaded", () => backend.binding.loadSavedModel(folder, "serve"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private explain<T>(what: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw new Error(`graph "${this.name}" ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /**
   * Runs what the fetched nodes depend on. The caller owns the tensors that come back. Each new combination of feeds
   * and fetches costs TensorFlow's optimiser once, so keep to few.
   */
  run(feeds: ReadonlyMap<string, tf.Tensor>, fetches: readonly string[]): tf.Tensor[] {
    const { id } = this;
    if (id === undefined) throw new Error(`graph "${this.name}": it was disposed and cannot run`);
    for (const [name, tensor] of feeds) {
      const expected = this.feeds.get(name);
      if (expected === undefined) throw new Error(`graph "${this.name}" has no input ${name}`);
      if (expected.type !== typeNumber(tensor.dtype) || expected.shape.join() !== tensor.shape.join()) {
        throw new TypeError(
          `graph "${this.name}": input ${name} has the shape [${expected.shape}] and type number ${expected.type}, ` +
            `got ${tensor.dtype} [${tensor.shape}]`,
        );
      }
    }
    const output = (name: string) => `${name}:0`;
    const ids = this.backend.getInputTensorIds([...feeds.values()]);
    const handles = this.explain("failed", () =>
      this.backend.binding.runSavedModel(id, ids, [...feeds.keys()].map(output).join(), fetches.map(output).join()),
    );
    return handles.map((handle) => this.backend.createOutputTensor(handle));
  }

  /** Frees the graph and its variables. A second call does nothing. */
  dispose(): void {
    if (this.id !== undefined) this.backend.binding.deleteSavedModel(this.id);
    this.id = undefined;
  }
}
