import assert from "node:assert/strict";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { tf } from "../../lib/graph/tensorflow";
import { smoke } from "../../lib/network/architectures";
import type { Network } from "../../lib/network/network";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import type { FieldPool } from "../../lib/training/field-pool";
import type { OptimiserOptions } from "../../lib/training/optimiser";
import { meanLoss, replicaTrainer } from "../../lib/training/replicas";
import { train } from "../../lib/training/train";
import { velocityObjective } from "../../lib/training/velocity-objective";
import { assertClose } from "../assert-close";

const schedule = { betaMin: 0.001, betaMax: 20, tMin: 1e-4 };
const [cells, conditions, count] = [10, 16, 8];
const noise = stream(1).normals(conditions * count * cells);

/**
 * Fields around a mean that the condition gives: x_0 = f + 0.3 noise, with `seen` what the network is told instead of
 * f.
 */
function pool(seen: (c: number) => number = (c) => feature(c)): FieldPool {
  const fields = Float32Array.from(noise, (z, k) => feature(Math.floor(k / (cells * count))) + 0.3 * z);
  const features = Float32Array.from({ length: conditions }, (_, c) => seen(c));
  return { conditions: Array.from({ length: conditions }, () => ({})), count, cells, channels: 1, fields, features };
}
const feature = (c: number): number => (2 * c + 1) / conditions - 1;

const network = scoreNetwork({ ...smoke, cells, channelsIn: 1, channelsOut: 1, conditions: 1, dilations: [1] });
const optimiser = (steps: number, learningRate = 5e-3): OptimiserOptions => ({
  steps,
  learningRate,
  orthogonalRate: 0,
  warmUp: 10,
  finalFraction: 0.02,
  clip: 1,
  average: 0.95,
  betas: [0.9, 0.99],
});
const objective = (p: FieldPool, batch = 64, n: Network = network) =>
  velocityObjective(n, p, stream(2), { batch, schedule });

describe("the velocity objective", () => {
  it("is the score's loss over alpha^2: computed again in double precision for F = x", () => {
    let seen: { x: Float32Array; level: Float32Array } | undefined;
    const echo: Network = {
      parameters: [],
      size: 1,
      initial: () => new Float32Array(1),
      apply: (_, x, __, level) => {
        seen = { x: x.dataSync<"float32">().slice(), level: level.dataSync<"float32">().slice() };
        return x;
      },
    };
    const own = objective({ ...pool(), fields: new Float32Array(noise.length).fill(0.7) }, 64, echo);
    const { loss } = own.loss(tf.tensor1d([0]), own.constants, tf.scalar(3, "int32"));
    const vp = variancePreserving(schedule);
    const log = (t: number) => Math.log(vp.sigma(t) / vp.alpha(t));
    const [least, largest] = [log(vp.tMin), log(1)];
    let sum = 0;
    seen!.x.forEach((x, k) => {
      const ratio = Math.exp(least + ((seen!.level[Math.floor(k / cells)] + 1) / 2) * (largest - least));
      const alpha = 1 / Math.hypot(1, ratio);
      const sigma = ratio * alpha;
      const z = (x - alpha * 0.7) / sigma;
      sum += (alpha * z - sigma * 0.7 - x) ** 2 / seen!.x.length;
    });
    assertClose("loss", loss.dataSync()[0], sum, { within: 1e-3 });
    tf.dispose(own.constants);
  });

  it("refuses a batch that cannot be split over the bands", () => {
    assert.throws(() => objective(pool(), 12), /multiple of 8, got 12/);
  });
});

describe("replicas of a training", () => {
  it("are, for the first one, the training loop's own training, bit for bit", async () => {
    const own = objective(pool());
    const trainer = replicaTrainer(own, optimiser(40));
    const replica = await trainer.train({ number: 0, stream: stream(5) });
    trainer.dispose();
    tf.dispose(own.constants);
    const whole = await train({
      objective: objective(pool()),
      optimiser: optimiser(40),
      stream: stream(5),
      stepsPerCall: 20,
      heldOutEvery: 100,
      checkpointEvery: 100,
    });
    assert.deepEqual(replica.theta, whole.average);
  });

  it("the condition lowers the loss, and permuted against the fields it does not: the null of every ablation", async () => {
    const right = objective(pool());
    const trainer = replicaTrainer(right, optimiser(300));
    const held = objective(pool(), 512);
    const shuffled = tf.tensor2d(
      Float32Array.from({ length: conditions }, (_, c) => feature((5 * c + 3) % conditions)),
      [conditions, 1],
    );
    const told = await trainer.train({ number: 1, stream: stream(6) });
    const mistold = await trainer.train({
      number: 1,
      stream: stream(6),
      constants: { ...right.constants, features: shuffled },
    });
    const again = await trainer.train({ number: 1, stream: stream(6) });
    assert.deepEqual(again.theta, told.theta, "a replica does not remember the one before");
    const other = await trainer.train({ number: 2, stream: stream(6) });
    assert.notDeepEqual(other.theta, told.theta);
    const [a, b] = [told, mistold].map(({ theta }) => meanLoss(held, theta, 4));
    // Var f = 1/3 of a whole of 0.42: what the condition tells where there is much noise, about a third of the levels.
    assert.ok(b - a > 0.05, `held-out losses ${a} (told) and ${b} (permuted)`);
    trainer.dispose();
    shuffled.dispose();
    tf.dispose([right.constants, held.constants]);
  });

  it("one that diverges is reported and not thrown, and the next one is not touched by it", async () => {
    const own = objective(pool());
    const trainer = replicaTrainer(own, optimiser(60));
    const wild = tf.mul(own.constants.fields, 1e30); // squares overflow
    const burst = await trainer.train({ number: 0, stream: stream(5), constants: { ...own.constants, fields: wild } });
    assert.equal(burst.diverged, true);
    assert.equal(burst.theta.length, 0);
    const calm = await trainer.train({ number: 0, stream: stream(5) });
    assert.equal(calm.diverged, false);
    assert.ok(calm.losses.length === 10 && calm.losses[9] < calm.losses[0]);
    trainer.dispose();
    wild.dispose();
    tf.dispose(own.constants);
  });
});
