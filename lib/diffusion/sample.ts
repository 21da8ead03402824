/**
 * Sampling: start values at tMax, a scheme's steps down the time grid, one denoising step at its end.
 *
 * Memory is bounded by the batch; the noise of step i of batch b is a function of the stream, b and i alone, so that
 * one batch size gives the same fields whatever is asked for beside them.
 */
import { onDevice } from "../graph/device";
import { tf } from "../graph/tensorflow";
import type { Stream } from "../random/stream";
import { randomNormal, seedTensor } from "../random/tensors";
import { type Tolerances, dormandPrince } from "./dormand-prince";
import { dpmSolver } from "./dpm-solver";
import { edmHeun } from "./edm-heun";
import { type NoiseRule, euler, heun } from "./euler-heun";
import { integrator } from "./integrate";
import { predictorCorrector } from "./predictor-corrector";
import type { Schedule } from "./schedule";
import type { BoundScore, Scheme } from "./scheme";
import { type Constants, type Score, denoised, noiseLevel } from "./score";
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

export interface SamplerOptions {
  readonly score: Score;
  readonly schedule: Schedule;
  readonly dimension: number;
  readonly method: MethodName | Method;
  /** Steps of the grid; the adaptive method chooses its own. */
  readonly steps: number;
  readonly spacing?: Spacing;
  /** End with E[x_0 | x] at tMin (default), which removes the noise that is left there. */
  readonly denoise?: boolean;
  /** Fields in one batch, 512 by default; the last one is padded. */
  readonly batch?: number;
  /**
   * Compiled or eager steps: the same noise, the same numbers to rounding. Default: compiled for a score that declares
   * its constants, from 20 steps.
   */
  readonly mode?: "graph" | "eager";
}

export interface SampleRequest {
  readonly start: Start;
  readonly count: number;
  readonly stream: Stream;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export type SampleOptions = SamplerOptions & SampleRequest;

const defaultBatch = 512;
/** Compiling takes about a second, which this many steps repay. */
const compileFrom = 20;

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
  checkPositive("count", options.count);
  return onDevice(async () => {
    const own = createSampler({ ...options, batch: Math.min(options.batch ?? defaultBatch, options.count) });
    try {
      const x = await own.sample(options);
      await x.data(); // so that it can be used when the device has been given back
      return x;
    } finally {
      own.dispose();
    }
  });
}

/** A sampler that is used again: its program is compiled once. Dispose it. */
export interface Sampler {
  /** `constants` replaces the score's (same names and shapes), for example those of another condition. */
  sample(request: SampleRequest & { readonly constants?: Constants }): Promise<tf.Tensor2D>;
  dispose(): void;
}

export function createSampler(options: SamplerOptions): Sampler {
  const { schedule, dimension, steps, score } = options;
  const { spacing = "quadratic", denoise = true, batch = defaultBatch } = options;
  for (const [name, value] of Object.entries({ dimension, batch })) checkPositive(name, value);
  const method: Method = typeof options.method === "string" ? ({ name: options.method } as Method) : options.method;
  const mode = options.mode ?? (score.constants && steps >= compileFrom ? "graph" : "eager");
  const shape: [number, number] = [batch, dimension];
  const scheme = method.name === "flow-adaptive" ? undefined : schemeOf(method);
  const rows = scheme?.rows(schedule, timeGrid(schedule, steps, spacing)) ?? [];
  const loop = scheme && integrator({ scheme, rows, shape, score, mode });

  return {
    dispose: () => loop?.dispose(),
    sample: async ({ start: law, count, stream, constants = score.constants, onProgress, signal }) => {
      checkPositive("count", count);
      const bound: BoundScore = (x, at) => score(x, at, constants);
      if (constants) loop?.setConstants(constants);
      const start = startLaw(law, schedule, dimension);
      const finished: tf.Tensor2D[] = [];
      try {
        for (let first = 0; first < count; first += batch) {
          const own = stream.child(first / batch);
          const report = (part: number): void => onProgress?.(Math.min(count, Math.floor(first + part * batch)), count);
          const x1 = tf.tidy(() => start.values(normals(own.child("start"), shape), first));
          const run = { start: x1, stream: own.child("noise"), signal, onProgress: report };
          const tolerances = method.name === "flow-adaptive" ? method : undefined;
          const walk = loop ? loop.run(run) : dormandPrince({ ...run, score: bound, schedule, tolerances });
          const x = await walk.finally(() => x1.dispose());
          const end = tf.tidy(() => {
            const last = denoise ? denoised(bound, x, noiseLevel(schedule, schedule.tMin)) : x;
            return last.slice([0, 0], [Math.min(batch, count - first), dimension]);
          });
          x.dispose();
          finished.push(end);
        }
        return tf.concat2d(finished, 0);
      } finally {
        tf.dispose(finished);
        start.dispose();
      }
    },
  };
}

function checkPositive(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`sample: ${name} must be a positive integer, got ${value}`);
  }
}

function normals(s: Stream, shape: [number, number]): tf.Tensor2D {
  return randomNormal(shape, seedTensor(s, tf.scalar(0, "int32"))) as tf.Tensor2D;
}
