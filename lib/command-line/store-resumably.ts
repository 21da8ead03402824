/**
 * How `generate` and `sample` write a .npy: in pieces, by one process at a time, going on after an interruption where
 * it stopped.
 */
import type { Json } from "../storage/json";
import { resumeNpy, type ResumableNpy } from "../storage/resumable-npy";
import { Interrupted } from "../cache/interrupt";
import { withLock } from "../cache/lock";
import type { Progress } from "./progress";

interface Job {
  readonly out: string;
  /** [conditions, count, channels, cells along each axis] */
  readonly shape: readonly number[];
  /** All that the numbers depend on. */
  readonly request: Json;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** `make` appends what is missing; `size` is the number of elements of one field. */
export async function storeResumably(
  { out, shape, request, progress, signal }: Job,
  make: (file: ResumableNpy, size: number) => Promise<void>,
): Promise<void> {
  const onWait = (owner: string): void => progress.say(`${owner} is writing ${out}; waiting`);
  const size = shape.slice(2).reduce((product, n) => product * n, 1);
  const write = async (): Promise<void> => {
    const file = await resumeNpy(out, shape, request);
    try {
      if (file.stored > 0)
        progress.say(`going on after ${file.stored / size} fields that are stored in ${out}.partial`);
      await make(file, size);
      await file.commit();
    } catch (error) {
      if (signal.reason instanceof Interrupted) await file.suspend();
      throw error;
    } finally {
      await file.abandon();
    }
  };
  await withLock(out, write, { signal, onWait });
}
