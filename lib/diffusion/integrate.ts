/**
 * The one loop over the steps of a scheme: it owns iteration, memory, noise and the event loop's turn.
 *
 * Step i of the loop reads row i of the scheme's coefficients and the normal tensors number i draws + j of a stream's
 * seed, so the step is a function of (state, constants, i) and runs as a compiled graph (many steps a call) or eagerly,
 * with the same noise.
 */
import { setImmediate } from "node:timers/promises";
import { compileLoop } from "../graph/compile-loop";
import { gatherRows } from "../graph/gather-rows";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import { randomNormal, seedTensor } from "../random/tensors";
import type { Row, Scheme } from "./scheme";
import type { Constants, Score } from "./score";

export interface IntegratorOptions {
  readonly scheme: Scheme;
  /** Coefficients of each step, from scheme.rows. */
  readonly rows: readonly Row<number>[];
  /** [batch, dimension] */
  readonly shape: [number, number];
  readonly score: Score;
  readonly mode: "graph" | "eager";
}

export interface Run {
  /** [batch, dimension]; kept. */
  readonly start: tf.Tensor2D;
  /** The noise's seed. */
  readonly stream: Stream;
  readonly signal?: AbortSignal;
  /** Receives the finished fraction. */
  readonly onProgress?: (fraction: number) => void;
}

export interface Integrator {
  /** x at the last time [batch, dimension]; the caller disposes it. Aborting throws the signal's reason. */
  run(run: Run): Promise<tf.Tensor2D>;
  /** New values of the score's constants, of the same shapes. */
  setConstants(constants: Constants): void;
  dispose(): void;
}

/** Seconds that one call may block the event loop. */
const turn = 0.15;

export function integrator({ scheme, rows, shape, score, mode }: IntegratorOptions): Integrator {
  const names = Array.from({ length: scheme.memory }, (_, k) => `memory${k}`);
  const inLoop = (constants: Constants): Record<string, tf.Tensor> =>
    Object.fromEntries(Object.entries(constants).map(([name, tensor]) => [`score.${name}`, tensor]));
  const state = Object.fromEntries(["x", ...names].map((name) => [name, tf.zeros(shape)]));
  const columns = Object.keys(rows[0]);
  const table = tf.tensor2d(rows.map((row) => columns.map((name) => row[name])));
  const own = { table, seed: tf.zeros([2], "int32") };
  const constants: Record<string, tf.Tensor> = { ...own, ...inLoop(score.constants ?? {}) };
  const loop = compileLoop({
    name: "sampler",
    mode,
    state,
    constants,
    step: (current, { table, seed, ...rest }, _inputs, i) => {
      const resident = Object.fromEntries(Object.entries(rest).map(([name, t]) => [name.slice("score.".length), t]));
      const bound = score.constants ? resident : undefined;
      const numbers = tf.unstack(gatherRows<tf.Tensor1D>(table, i)) as tf.Scalar[];
      const [x, ...memory] = scheme.step(
        [current.x, ...names.map((name) => current[name])] as tf.Tensor2D[],
        Object.fromEntries(columns.map((name, k) => [name, numbers[k]])),
        normals(scheme.draws, shape, seed as tf.Tensor1D, i),
        (y, at) => score(y, at, bound),
      );
      return { state: { x, ...Object.fromEntries(names.map((name, k) => [name, memory[k]])) } };
    },
  });
  tf.dispose([state, own]);
  return {
    run: async ({ start, stream, signal, onProgress }) => {
      tf.tidy(() => {
        loop.setConstants({ seed: seedTensor(stream, tf.scalar(0, "int32")) });
        loop.write({ x: start, ...Object.fromEntries(names.map((name) => [name, tf.zeros(shape)])) });
      });
      let count = 1;
      for (let i = 0; i < rows.length;) {
        signal?.throwIfAborted();
        const before = performance.now();
        tf.dispose(loop.run(i, count));
        i += count;
        onProgress?.(i / rows.length);
        const seconds = (performance.now() - before) / 1000;
        count = Math.max(1, Math.min(rows.length - i, 4 * count, Math.floor((count * turn) / Math.max(seconds, 1e-6))));
        await setImmediate();
      }
      return loop.tensors("x").x as tf.Tensor2D;
    },
    setConstants: (constants) => loop.setConstants(inLoop(constants)),
    dispose: () => loop.dispose(),
  };
}

/** The draws of step i; each seed as seedTensor makes it. */
function normals(draws: number, shape: [number, number], seed: tf.Tensor1D, i: tf.Scalar): tf.Tensor2D[] {
  return Array.from({ length: draws }, (_, j) => {
    const number = i.mul(tf.scalar(draws, "int32")).add(tf.scalar(j, "int32"));
    return randomNormal(shape, seed.add<tf.Tensor1D>(tf.stack([tf.scalar(0, "int32"), number]))) as tf.Tensor2D;
  });
}
