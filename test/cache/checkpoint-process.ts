/**
 * A process that trains without TensorFlow, for the test that kills it: node -r tsx/cjs checkpoint-process.ts DATA
 * PROJECT Cache, lock, checkpoint, log and TensorBoard files are the study's own and used as its model stage uses them;
 * only the step is not a network's: x <- 4 r x (1 - x) in single precision, 200,000 times over, so that the state of
 * step n is a function of n and nearly all of the time goes into writing checkpoints. It loads, waits for a line on its
 * input, and then begins. Prints "from N" and then the number of each step whose checkpoint is written.
 */
import * as path from "node:path";
import { Cache } from "../../lib/cache/cache";
import { Interrupted } from "../../lib/cache/interrupt";
import type { Stage } from "../../lib/cache/stage";
import { readCheckpoint, writeCheckpoint } from "../../lib/training/checkpoint";
import { openLogFiles } from "../../lib/training/log-files";
import type { TrainingState } from "../../lib/training/train";

export const size = 200_000;
export const steps = 100_000;
export const logEvery = 3;

export function freshState(): TrainingState {
  const theta = Float32Array.from({ length: size }, (_, k) => (k + 0.5) / size);
  const zeros = new Float32Array(size);
  return {
    step: 0,
    theta,
    first: zeros,
    second: zeros,
    average: theta,
    log: [],
    window: new Float32Array(0),
    divergence: { recent: [], lowest: Infinity },
  };
}

/** One step; pure. */
export function stepped(state: TrainingState): TrainingState {
  const theta = state.theta.map((x) => 3.99 * x * (1 - x));
  const average = state.average.map((x, k) => 0.9 * x + 0.1 * theta[k]);
  const step = state.step + 1;
  const window = Float32Array.of(...state.window, theta[0], theta[1]);
  const due = step % logEvery === 0;
  const log = due ? [...state.log, { step, loss: window[0], explained: [window[1]] }] : state.log;
  return { ...state, step, theta, average, log, window: due ? new Float32Array(0) : window };
}

const training: Stage<{ seed: number }, number> = {
  name: "model",
  module: "lib/training/a.ts",
  async run(_, { folder, signal }) {
    const file = path.join(folder, "checkpoint.safetensors");
    let state = (await readCheckpoint(file, { size, steps })) ?? freshState();
    const files = await openLogFiles(folder, state.log);
    process.stdout.write(`from ${state.step}\n`);
    while (state.step < steps) {
      const entries = state.log.length;
      state = stepped(state);
      for (const entry of state.log.slice(entries)) files.append(entry);
      await writeCheckpoint(file, state);
      process.stdout.write(`${state.step}\n`);
      signal.throwIfAborted();
    }
    return state.step;
  },
  save: async () => undefined,
  load: async () => 0,
};

if (require.main === module) {
  const [data, project] = process.argv.slice(2);
  process.stdin.once("data", () => {
    process.stdin.destroy();
    new Cache(data, project).obtain(training, { seed: 1 }).then(undefined, (error: Error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exitCode = error instanceof Interrupted ? 130 : 1;
    });
  });
}
