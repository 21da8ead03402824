/**
 * The training log as files beside the checkpoint, while the training runs:
 *   log.jsonl                        one JSON object per entry; always the entries of the state that the training goes
 *                                    on from, then the new ones
 *   events.out.tfevents.training     the same numbers for TensorBoard (tensorboard --logdir data/model)
 * An entry is appended in one write. What a kill tore off, and entries after the checkpoint that a resumed training
 * makes again, are cut off when the files are opened, so that neither file ever holds an entry twice.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { appendFileSync } from "node:fs";
import { writeAtomically } from "../storage/atomic";
import { decodeRecords } from "../storage/tfrecord";
import { errorCode, explainReadError, explainWriteError } from "../errors/user-error";
import { scalarsRecord, stepOfEvent, versionRecord } from "./tensorboard";
import type { LogEntry } from "./train";

export const logFile = "log.jsonl";
/** TensorBoard looks for "tfevents" in the name. */
export const eventsFile = "events.out.tfevents.training";

export const logLines = (log: readonly LogEntry[]): string => log.map((entry) => `${JSON.stringify(entry)}\n`).join("");

/** Quantities of an entry by the names that TensorBoard groups them by; bands count from fine to coarse. */
export function scalarsOf({ loss, explained, heldOut }: LogEntry): Record<string, number> {
  const bands = (values: readonly number[], name: string): [string, number][] =>
    values.map((value, b) => [`${name}/band ${b + 1}`, value]);
  return {
    "loss/training": loss,
    ...(heldOut ? { "loss/held out": heldOut.loss } : {}),
    ...Object.fromEntries(bands(explained, "explained in training")),
    ...(heldOut ? Object.fromEntries(bands(heldOut.explained, "explained on held-out data")) : {}),
  };
}

export interface LogFiles {
  /** Returns when the entry is in both files. */
  append(entry: LogEntry): void;
  /** The events so far, for the artifact. */
  events(): Promise<Buffer>;
}

/**
 * Brings both files to the state of `log` and returns how to add to them. @throws UserError | StorageError naming the
 * path
 */
export async function openLogFiles(
  folder: string,
  log: readonly LogEntry[],
  now: () => number = () => Date.now() / 1000,
): Promise<LogFiles> {
  const [lines, events] = [path.join(folder, logFile), path.join(folder, eventsFile)];
  await writeAtomically(lines, logLines(log));
  const kept = await cutTo(events, log);
  if (kept === 0) await writeAtomically(events, versionRecord(now()));
  const record = (entry: LogEntry): Buffer => scalarsRecord(now(), entry.step, scalarsOf(entry));
  for (const entry of log.slice(Math.max(0, kept - 1))) appendTo(events, record(entry));
  return {
    append(entry) {
      appendTo(lines, logLines([entry]));
      appendTo(events, record(entry));
    },
    events: () =>
      fs.readFile(events).catch((error: unknown) => {
        throw explainReadError(error, events);
      }),
  };
}

function appendTo(file: string, data: string | Buffer): void {
  try {
    appendFileSync(file, data);
  } catch (error) {
    throw explainWriteError(error, file);
  }
}

/**
 * Cuts the events after those that agree, step by step, with the log; returns how many records stay, the opening one
 * included.
 */
async function cutTo(file: string, log: readonly LogEntry[]): Promise<number> {
  const bytes = await fs.readFile(file).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return Buffer.alloc(0);
    throw explainReadError(error, file);
  });
  const steps = [0, ...log.map(({ step }) => step)];
  const records = decodeRecords(bytes);
  let kept = 0;
  while (kept < Math.min(records.length, steps.length) && stepOfEvent(records[kept].data) === steps[kept]) kept++;
  if (kept > 0 && records[kept - 1].end < bytes.length) {
    await fs.truncate(file, records[kept - 1].end).catch((error: unknown) => {
      throw explainWriteError(error, file);
    });
  }
  return kept;
}
