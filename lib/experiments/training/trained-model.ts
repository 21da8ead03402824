/**
 * A finished training as a safetensors file: the averaged parameters, and as metadata the range of noise levels and the
 * training log.
 */
import { z } from "zod";
import type { ConvolutionPrecision } from "../../graph/bfloat16-convolutions";
import { type LearntSteps, weightRows } from "../../model/flow-steps";
import type { NoiseRange } from "../../model/mode-velocity";
import type { NumericArray } from "../../storage/numeric-array";
import { checkedJson } from "../../storage/checked-json";
import { readSafetensors, type Tensors } from "../../storage/safetensors";
import { DamagedFileError } from "../../errors/user-error";
import { logSchema } from "../../training/checkpoint";
import type { LogEntry } from "../../training/train";

/** What sampling needs of a training. */
export interface TrainedModel {
  readonly theta: Float32Array;
  /** Of a network of whitened modes. */
  readonly range?: NoiseRange;
  /** Of a network of whitened modes: c [levels, K] of lib/model/variance-term. */
  readonly varianceTerm?: Float32Array;
  /** Likewise: steps for few evaluations, of lib/model/learnt-steps. */
  readonly learntSteps?: readonly LearntSteps[];
  /** What the training computed its convolutions in; not read back. */
  readonly convolutions?: ConvolutionPrecision;
  readonly log: readonly LogEntry[];
  /** The log for TensorBoard; not read back. */
  readonly events?: Uint8Array;
}

/** Raise it when the same numbers come to mean another network. */
const format = "5";
const remedy = "train it again: npm run -s sgm -- train";
const rangeSchema = z
  .object({ min: z.number(), max: z.number() })
  .refine((r) => r.min < r.max, "min must be below max");

export function modelMetadata({ range, convolutions, log }: TrainedModel): Record<string, string> {
  return {
    format,
    ...(range ? { range: JSON.stringify(range) } : {}),
    ...(convolutions ? { convolutions } : {}),
    log: JSON.stringify(log),
  };
}

/** @throws DamagedFileError (damaged, made by another version, not a model at all) | UserError (not readable) */
export async function readTrainedModel(file: string): Promise<TrainedModel> {
  const { tensors, metadata } = await readSafetensors(file);
  const { theta } = tensors;
  if (metadata.format !== format) {
    const found = metadata.format ?? "none";
    const problem = `it was made by another version of this project (format ${found}, ${format} is read)`;
    throw new DamagedFileError(file, problem, remedy);
  }
  if (theta?.dtype !== "float32" || theta.shape.length !== 1) {
    throw new DamagedFileError(file, "theta must be a float32 vector", remedy);
  }
  const { varianceTerm } = tensors;
  if (varianceTerm && (varianceTerm.dtype !== "float32" || varianceTerm.shape.length !== 2)) {
    throw new DamagedFileError(file, "varianceTerm must be a float32 matrix", remedy);
  }
  for (const [name, { data }] of Object.entries(tensors)) {
    const bad = data.findIndex((x: number | bigint) => !Number.isFinite(Number(x)));
    if (bad >= 0) throw new DamagedFileError(file, `${name}[${bad}] is ${data[bad]}`, remedy);
  }
  const range =
    metadata.range === undefined
      ? {}
      : { range: checkedJson(rangeSchema, metadata.range, file, "metadata range", remedy) };
  const log = checkedJson(logSchema, metadata.log, file, "metadata log", remedy);
  const learntSteps = stepsFrom(tensors, file);
  return {
    theta: theta.data,
    ...range,
    varianceTerm: varianceTerm?.dtype === "float32" ? varianceTerm.data : undefined,
    learntSteps,
    log,
  };
}

/** Tensors of learnt steps by name: "steps8.levels" [8], "steps8.weights" [8 * 4, modes] for eight evaluations. */
export function stepTensors(learnt: readonly LearntSteps[]): Tensors {
  return Object.fromEntries(
    learnt.flatMap(({ levels, weights }): [string, NumericArray][] => {
      const [n, rows] = [levels.length, levels.length * weightRows];
      return [
        [`steps${n}.levels`, { dtype: "float64", shape: [n], data: levels }],
        [`steps${n}.weights`, { dtype: "float32", shape: [rows, weights.length / rows], data: weights }],
      ];
    }),
  );
}

function stepsFrom(tensors: Tensors, file: string): LearntSteps[] {
  return Object.entries(tensors).flatMap(([name, levels]) => {
    const n = /^steps(\d+)\.levels$/.exec(name)?.[1];
    if (n === undefined) return [];
    const weights = tensors[`steps${n}.weights`];
    const whole = levels.dtype === "float64" && levels.data.length === Number(n) && Number(n) >= 2;
    if (!whole || weights?.dtype !== "float32" || weights.shape[0] !== Number(n) * weightRows) {
      const expected = `steps${n}: ${n} float64 levels and ${Number(n) * weightRows} float32 rows of weights`;
      throw new DamagedFileError(file, `expected ${expected}`, remedy);
    }
    return [{ levels: levels.data, weights: weights.data }];
  });
}
