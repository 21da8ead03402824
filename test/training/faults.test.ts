import assert from "node:assert/strict";
import { tf } from "../../lib/graph/tensorflow";
import type { FieldPool } from "../../lib/training/field-pool";
import type { Objective } from "../../lib/training/objective";
import { TrainingStopped } from "../../lib/training/finite";
import { train, type TrainingOptions, type TrainingState } from "../../lib/training/train";
import { type SmallTraining, smallPlain } from "./small-training";

describe("a training that goes wrong", function () {
  this.timeout(300_000);
  let training: SmallTraining;
  before(async () => {
    training = await smallPlain();
  });

  /** Runs it to its bad end: the error, and the checkpoints until then. No tensor may be left. */
  async function end(options: TrainingOptions): Promise<{ error: TrainingStopped; saved: TrainingState[] }> {
    const saved: TrainingState[] = [];
    const constants = [options.objective, options.heldOut].flatMap((o) => Object.values(o?.constants ?? {})).length;
    const before = tf.memory().numTensors - constants;
    try {
      await train({ ...options, onCheckpoint: async (state) => void saved.push(state) });
    } catch (error) {
      assert.ok(error instanceof TrainingStopped, String(error));
      assert.match(error.message, /last checkpoint is kept as it was\. Remedy: /);
      assert.equal(tf.memory().numTensors, before);
      return { error, saved };
    }
    return assert.fail("it should have stopped");
  }

  /** The objective with its loss multiplied from step `from` on. */
  const multiplied = (objective: Objective, from: number, factor: number): Objective => ({
    ...objective,
    loss: (theta, constants, i) => {
      const batch = objective.loss(theta, constants, i);
      const now = tf.where(i.greaterEqual(from), tf.scalar(factor), tf.scalar(1));
      return { ...batch, loss: batch.loss.mul(now) as tf.Scalar };
    },
  });

  for (const bad of [NaN, Infinity]) {
    it(`${bad} in the data stops it before the first step and says where`, async () => {
      const pool = training.pool as FieldPool;
      const fields = pool.fields.slice();
      fields[3 * 40 + 17] = bad; // [field, number in it]
      const { error, saved } = await end(training.options({ steps: 8, stepsPerCall: 4, pool: { ...pool, fields } }));
      assert.match(
        error.message,
        new RegExp(`training data must be finite, fields\\[3, 17\\] is ${bad}, before the first`),
      );
      assert.equal(saved.length, 0);
    });

    it(`${bad} in the loss stops it and says at which step; the last checkpoint is from before`, async () => {
      const options = training.options({ steps: 8, stepsPerCall: 2 });
      const objective = multiplied(options.objective, 5, bad);
      const { error, saved } = await end({ ...options, objective });
      assert.match(error.message, new RegExp(`the loss is (${bad}|NaN) at step 5`));
      assert.equal(saved[saved.length - 1].step, 4);
      assert.ok(saved[saved.length - 1].theta.every(Number.isFinite));
    });
  }

  it("NaN in the weights alone stops it at the next checkpoint, which is not written", async () => {
    const options = training.options({ steps: 4, stepsPerCall: 1 });
    const { objective } = options;
    // step 2 is the last whose loss is finite: its gradient is not, so the weights that it leaves are not
    const poisoned: Objective = {
      ...objective,
      loss: (theta, constants, i) => {
        const batch = objective.loss(theta, constants, i);
        const zero = theta.slice(0, 1).sum().mul(0); // sqrt has no slope there, and an infinite one times 0 is NaN
        const poison = tf.sqrt(zero.add(tf.where(i.equal(2), tf.scalar(0), tf.scalar(1))));
        return { ...batch, loss: batch.loss.add(poison) as tf.Scalar };
      },
    };
    const { error, saved } = await end({ ...options, objective: poisoned, heldOut: undefined });
    assert.match(error.message, /theta\[0\] is NaN after step 3/);
    assert.deepEqual(saved.map(({ step }) => step), [1, 2]); // prettier-ignore
  });

  it("a loss that rises tenfold stops it with step and numbers, keeping the last good checkpoint; 0 switches this off", async () => {
    const grown = (): TrainingOptions => {
      const options = training.options({ steps: 180, stepsPerCall: 10 });
      return {
        ...options,
        heldOut: undefined,
        heldOutEvery: 1000,
        objective: multiplied(options.objective, 100, 20),
      };
    };
    const { error, saved } = await end(grown());
    assert.match(
      error.message,
      /the loss diverged: at step 1\d\d its median .* rise of 10 times or more.*training\.learningRate.*training\.divergence=0/,
    );
    const at = Number(/at step (\d+)/.exec(error.message)?.[1]);
    assert.ok(at >= 131 && at < 164, `noticed at ${at}`);
    const last = saved[saved.length - 1];
    assert.ok(last.step >= 100 && last.step <= at, `the last checkpoint is of step ${last.step}`);
    const all = await train({ ...grown(), divergence: 0 });
    assert.equal(all.step, 180);
  });

  it("a rate far too high diverges for real and is stopped before its last step", async () => {
    const options = training.options({ steps: 400, stepsPerCall: 20, learningRate: 30 });
    const { error } = await end({
      ...options,
      heldOut: undefined,
      heldOutEvery: 1000,
      optimiser: { ...options.optimiser, clip: 1e9, warmUp: 200 },
    });
    assert.match(error.message, /diverged: at step|is (NaN|Infinity) at step|is NaN after step/);
  });
});
