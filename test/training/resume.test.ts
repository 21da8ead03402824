import assert from "node:assert/strict";
import * as path from "node:path";
import { tf } from "../../lib/graph/tensorflow";
import { readCheckpoint, writeCheckpoint } from "../../lib/training/checkpoint";
import { train, TrainingInterrupted, type TrainingState } from "../../lib/training/train";
import { temporaryFolder } from "../temporary-folder";
import { type SmallTraining, smallModes, smallPlain } from "./small-training";

/** Everything of a state, bits included: -0 differs from 0. */
const bits = (state: TrainingState): string =>
  JSON.stringify([
    state.step,
    state.log,
    state.divergence,
    ...(["theta", "first", "second", "average", "window"] as const).map((name) =>
      Buffer.from(state[name].buffer, state[name].byteOffset, state[name].byteLength).toString("base64"),
    ),
  ]);

for (const [kind, make] of [
  ["of whitened modes", smallModes],
  ["of the whole score", smallPlain],
] as const) {
  describe(`a training ${kind} that is interrupted`, function () {
    this.timeout(300_000);
    const folder = temporaryFolder();
    let training: SmallTraining;
    before(async () => {
      training = await make();
    });

    /** The checkpoints of an uninterrupted run, through their files. */
    async function checkpoints(steps: number, stepsPerCall: number): Promise<TrainingState[]> {
      const options = training.options({ steps, stepsPerCall });
      const states: TrainingState[] = [];
      const onCheckpoint = async (state: TrainingState): Promise<void> => {
        const file = path.join(folder(), String(state.step));
        await writeCheckpoint(file, state);
        const stored = await readCheckpoint(file, { size: options.objective.network.size, steps });
        assert.equal(bits(stored!), bits(state));
        states.push(stored!);
      };
      const final = await train({ ...options, onCheckpoint });
      assert.equal(bits(states[states.length - 1]), bits(final));
      return states;
    }

    it("at any step at all goes on bit for bit: weights, optimiser, moving average, log, and the open window of the log", async () => {
      const steps = 6;
      const states = await checkpoints(steps, 1);
      assert.deepEqual(states.map(({ step }) => step), [1, 2, 3, 4, 5, 6]); // prettier-ignore
      const whole = states.pop()!;
      assert.deepEqual(whole.log.map(({ step }) => step), [3, 6]); // prettier-ignore
      for (const resume of states) {
        const resumed = await train({ ...training.options({ steps, stepsPerCall: 1 }), resume });
        assert.equal(bits(resumed), bits(whole), `resumed after step ${resume.step}`);
      }
    });

    it("in the middle of a group of steps stops at the group's end, and goes on in the same groups, bit for bit", async () => {
      const steps = 10; // groups of 4, 4 and 2
      const whole = (await checkpoints(steps, 4)).pop()!;
      for (const from of [1, 7]) {
        // the wish to stop comes while the group that holds step `from` is being computed
        const controller = new AbortController();
        let saved: TrainingState | undefined;
        const interrupted = train({
          ...training.options({ steps, stepsPerCall: 4 }),
          onProgress: (done) => {
            if (done > from) controller.abort();
          },
          checkpointEvery: 1000, // what is saved is saved because of the wish
          onCheckpoint: async (state) => {
            saved = state;
          },
          signal: controller.signal,
        });
        await assert.rejects(interrupted, TrainingInterrupted);
        assert.equal(saved?.step, 4 * Math.ceil((from + 1) / 4));
        const resumed = await train({ ...training.options({ steps, stepsPerCall: 4 }), resume: saved });
        assert.equal(bits(resumed), bits(whole), `interrupted in step ${from}`);
      }
    });

    it("holds a constant number of tensors from step to step and leaves none behind", async () => {
      const before = tf.memory().numTensors;
      const counts: number[] = [];
      const onProgress = (): void => void counts.push(tf.memory().numTensors);
      await train({ ...training.options({ steps: 12, stepsPerCall: 1 }), onProgress });
      assert.equal(counts.length, 12);
      assert.deepEqual(new Set(counts).size, 1, `tensors after each step: ${counts.join(", ")}`);
      assert.equal(tf.memory().numTensors, before);
    });
  });
}
