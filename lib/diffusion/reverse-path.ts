/**
 * The reverse process step by step: what `sample` draws, kept at every time of the grid. Eager, for a look at few
 * fields.
 */
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import { randomNormal, seedTensor } from "../random/tensors";
import { type Method, schemeOf } from "./sample";
import type { Schedule } from "./schedule";
import { scalars } from "./scheme";
import type { Score } from "./score";
import { type Start, startLaw } from "./start";
import { type Spacing, timeGrid } from "./time-grid";

export interface PathOptions {
  readonly score: Score;
  readonly schedule: Schedule;
  readonly dimension: number;
  readonly method: Exclude<Method, { name: "flow-adaptive" }>;
  readonly steps: number;
  readonly spacing?: Spacing;
  readonly start: Start;
  readonly count: number;
  readonly stream: Stream;
}

/** The state at one time, [count, dimension] in network units. */
export interface PathState {
  readonly t: number;
  readonly values: Float32Array;
}

/**
 * From the start at tMax to tMin, one entry more than steps, without the last denoising step. The same numbers as
 * `sample` has with this stream and `count` fields in a batch.
 */
export function reversePath(options: PathOptions): PathState[] {
  const { score, schedule, dimension, steps, spacing = "quadratic", count, stream } = options;
  const scheme = schemeOf(options.method);
  const times = timeGrid(schedule, steps, spacing);
  const shape: [number, number] = [count, dimension];
  const own = stream.child(0);
  const normals = (of: Stream, number: number): tf.Tensor2D =>
    randomNormal(shape, seedTensor(of, tf.scalar(number, "int32"))) as tf.Tensor2D;
  const law = startLaw(options.start, schedule, dimension);
  const states: PathState[] = [];
  try {
    let state = tf.tidy(() => [
      law.values(normals(own.child("start"), 0), 0),
      ...Array.from({ length: scheme.memory }, () => tf.zeros<tf.Rank.R2>(shape)),
    ]);
    states.push({ t: times[0], values: state[0].dataSync<"float32">() });
    for (const [i, numbers] of scheme.rows(schedule, times).entries()) {
      const next = tf.tidy(() => {
        const noise = Array.from({ length: scheme.draws }, (_, j) => normals(own.child("noise"), i * scheme.draws + j));
        return scheme.step(state, scalars(numbers), noise, (x, at) => score(x, at, score.constants));
      });
      tf.dispose(state);
      state = next;
      states.push({ t: times[i + 1], values: state[0].dataSync<"float32">() });
    }
    tf.dispose(state);
    return states;
  } finally {
    law.dispose();
  }
}
