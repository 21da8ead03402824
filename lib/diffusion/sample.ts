/**
 * Sampling: start values at tMax, a scheme's steps down the time grid, one denoising step at its end.
 *
 * Memory is bounded by the batch; the noise of step i of batch b is a function of the stream, b and i alone, so that one batch size gives the
 * same fields whatever is asked for beside them.
 */
import { tf } from "../graph/tensorflow";
import { type Stream } from "../random/stream";
import { randomNormal, seedTensor } from "../random/tensors";
import { type Tolerances, dormandPrince } from "./dormand-prince";
import { dpmSolver } from "./dpm-solver";
import { edmHeun } from "./edm-heun";
import { type NoiseRule, euler, heun } from "./euler-heun";
import { integrate } from "./integrate";
import { predictorCorrector } from "./predictor-corrector";
import type { Schedule } from "./schedule";
import type { Scheme } from "./scheme";
import { type Score, denoised, noiseLevel } from "./score";
import { type Start, startLaw } from "./start";
import { type Spacing, timeGrid } from "./time-grid";

/** A name alone stands for the method with its defaults. */
export type Method =
  | { readonly name: "reverse-sde-euler" }
  | { readonly name: "reverse-sde-heun"; readonly noise?: NoiseRule }
  | { readonly name: "predictor-corrector"; readonly corrections?: number; readonly strength?: number }
  | { readonly name: "flow-euler" }
  | { readonly name: "flow-heun" }
  | ({ readonly name: "flow-adaptive" } & Tolerances)
  | {
      readonly name: "edm-heun";
      readonly churn?: number;
      readonly minRatio?: number;
      readonly maxRatio?: number;
      readonly noiseScale?: number;
    }
  | { readonly name: "dpm-solver" }
  | { readonly name: "dpm-solver-sde" };
export type MethodName = Method["name"];

export interface SampleOptions {
  readonly score: Score;
  readonly schedule: Schedule;
  readonly start: Start;
  readonly dimension: number;
  readonly count: number;
  readonly stream: Stream;
  readonly method: MethodName | Method;
  /** Steps of the grid; the adaptive method chooses its own. */
  readonly steps: number;
  readonly spacing?: Spacing;
  /** End with E[x_0 | x] at tMin (default), which removes the noise that is left there. */
  readonly denoise?: boolean;
  /** Fields in one batch, 512 by default. */
  readonly batch?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** The stepping scheme of a method; the adaptive one has none, since it chooses its times as it goes. */
export function schemeOf(method: Exclude<Method, { name: "flow-adaptive" }>): Scheme {
  switch (method.name) {
    case "reverse-sde-euler":
      return euler("reverse SDE");
    case "reverse-sde-heun":
      return heun("reverse SDE", method.noise);
    case "predictor-corrector":
      return predictorCorrector(method);
    case "flow-euler":
      return euler("probability flow");
    case "flow-heun":
      return heun("probability flow");
    case "edm-heun":
      return edmHeun(method);
    case "dpm-solver":
      return dpmSolver("probability flow");
    case "dpm-solver-sde":
      return dpmSolver("reverse SDE");
    default:
      throw new RangeError(`sample: unknown method "${(method as Method).name}"`);
  }
}

/** Draws [count, dimension] in network units. The caller disposes the result. */
export async function sample(options: SampleOptions): Promise<tf.Tensor2D> {
  const { schedule, dimension, count, stream, steps, signal } = options;
  const { spacing = "quadratic", denoise = true, batch: most = 512 } = options;
  for (const [name, value] of Object.entries({ dimension, count, batch: most })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`sample: ${name} must be a positive integer, got ${value}`);
  }
  const method: Method = typeof options.method === "string" ? ({ name: options.method } as Method) : options.method;
  const { constants } = options.score;
  const score: Score = (x, at) => options.score(x, at, constants);
  const batch = Math.min(most, count);
  const batches = Math.ceil(count / batch);
  const start = startLaw(options.start, schedule, dimension);
  const shape: [number, number] = [batch, dimension];
  const finished: tf.Tensor2D[] = [];
  try {
    for (let b = 0; b < batches; b++) {
      const own = stream.child(b);
      const x1 = tf.tidy(() => start.values(draw(own.child("start"), 0, shape), b * batch));
      const report = (part: number): void => options.onProgress?.(Math.min(count, (b + part) * batch), count);
      let x: tf.Tensor2D;
      if (method.name === "flow-adaptive") {
        x = await dormandPrince({ score, schedule, start: x1, tolerances: method, signal, onProgress: report });
      } else {
        const scheme = schemeOf(method);
        const noise = own.child("noise");
        x = await integrate({
          scheme,
          rows: scheme.rows(schedule, timeGrid(schedule, steps, spacing)),
          start: x1,
          score,
          noise: (i, j) => draw(noise, i * scheme.draws + j, shape),
          signal,
          onProgress: report,
        });
      }
      x1.dispose();
      finished.push(
        tf.tidy(() => {
          const end = denoise ? denoised(score, x, noiseLevel(schedule, schedule.tMin)) : x;
          return end.slice([0, 0], [Math.min(batch, count - b * batch), dimension]);
        }),
      );
      x.dispose();
    }
    return tf.concat2d(finished, 0);
  } finally {
    tf.dispose(finished);
    start.dispose();
  }
}

function draw(s: Stream, step: number, shape: [number, number]): tf.Tensor2D {
  return randomNormal(shape, seedTensor(s, tf.scalar(step, "int32"))) as tf.Tensor2D;
}
