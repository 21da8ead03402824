/**
 * A training's state as one safetensors file, written whole or not at all, and read with suspicion: what does not fit
 * the training that asks for it is refused with the file's name.
 */
import * as fs from "node:fs/promises";
import { z } from "zod";
import { checkedJson } from "../storage/checked-json";
import { readSafetensors, writeSafetensors } from "../storage/safetensors";
import { DamagedFileError, errorCode, explainReadError } from "../errors/user-error";
import type { TrainingState } from "./train";

const remedy = "remove the file; the training then begins anew";

const measured = { loss: z.number(), explained: z.array(z.number()) };
/** The entries of a training log. */
export const logSchema = z.array(
  z.object({ step: z.number().int().min(1), ...measured, heldOut: z.object(measured).optional() }),
);
const divergenceSchema = z.object({
  recent: z.array(z.number()).max(1000),
  lowest: z
    .number()
    .nullable()
    .transform((x) => x ?? Infinity), // JSON has no infinity
});
const stepSchema = z.number().int().min(0);

const vectors = ["theta", "first", "second", "average"] as const;

export async function writeCheckpoint(file: string, state: TrainingState): Promise<void> {
  const vector = (data: Float32Array) => ({ dtype: "float32" as const, shape: [data.length], data });
  const tensors = Object.fromEntries([...vectors, "window" as const].map((name) => [name, vector(state[name])]));
  const { step, log, divergence } = state;
  const metadata = { step: String(step), log: JSON.stringify(log), divergence: JSON.stringify(divergence) };
  await writeSafetensors(file, tensors, metadata);
}

/** What a checkpoint must fit: the number of the network's parameters and of the training's steps. */
export interface CheckpointExpectation {
  readonly size: number;
  readonly steps: number;
}

/** The state in a file, or undefined if there is none. @throws DamagedFileError | UserError */
export async function readCheckpoint(
  file: string,
  { size, steps }: CheckpointExpectation,
): Promise<TrainingState | undefined> {
  const there = await fs.access(file).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === "ENOENT") return false; // nothing to resume: a fresh training
      throw explainReadError(error, file);
    },
  );
  if (!there) return undefined;
  const { tensors, metadata } = await readSafetensors(file);
  const vector = (name: string, fits: (length: number) => boolean, expected: string): Float32Array => {
    const tensor = tensors[name];
    if (tensor?.dtype === "float32" && tensor.shape.length === 1 && fits(tensor.data.length)) return tensor.data;
    const got = tensor === undefined ? "nothing" : `${tensor.dtype} [${tensor.shape.join(", ")}]`;
    throw new DamagedFileError(file, `${name} must be float32 [${expected}], got ${got}`, remedy);
  };
  const parameters = (name: string): Float32Array => vector(name, (length) => length === size, String(size));
  const step = checkedJson(stepSchema.max(steps), metadata.step, file, "metadata step", remedy);
  const log = checkedJson(logSchema, metadata.log, file, "metadata log", remedy);
  const { recent, lowest } = checkedJson(divergenceSchema, metadata.divergence, file, "metadata divergence", remedy);
  return {
    step,
    log,
    // one by one: the kernel, which checks without strict nulls, takes a transformed key for optional
    divergence: { recent, lowest },
    theta: parameters("theta"),
    first: parameters("first"),
    second: parameters("second"),
    average: parameters("average"),
    window: vector("window", () => true, "any"),
  };
}
