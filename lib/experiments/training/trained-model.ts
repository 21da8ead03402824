/**
 * A finished training as a safetensors file: the averaged parameters, and as metadata the range of noise levels and the
 * training log.
 */
import { z } from "zod";
import type { ConvolutionPrecision } from "../../graph/bfloat16-convolutions";
import type { NoiseRange } from "../../model/mode-velocity";
import { checkedJson } from "../../storage/checked-json";
import { readSafetensors } from "../../storage/safetensors";
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
  /** What the training computed its convolutions in; not read back. */
  readonly convolutions?: ConvolutionPrecision;
  readonly log: readonly LogEntry[];
  /** The log for TensorBoard; not read back. */
  readonly events?: Uint8Array;
}

/** Raise it when the same numbers come to mean another network. */
const format = "4";
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
  for (const [name, data] of Object.entries({ theta: theta.data, varianceTerm: varianceTerm?.data })) {
    const bad = data?.findIndex((x) => !Number.isFinite(x)) ?? -1;
    if (bad >= 0) throw new DamagedFileError(file, `${name}[${bad}] is ${data?.[bad]}`, remedy);
  }
  const range =
    metadata.range === undefined
      ? {}
      : { range: checkedJson(rangeSchema, metadata.range, file, "metadata range", remedy) };
  const log = checkedJson(logSchema, metadata.log, file, "metadata log", remedy);
  return { theta: theta.data, ...range, varianceTerm: varianceTerm?.data as Float32Array | undefined, log };
}
