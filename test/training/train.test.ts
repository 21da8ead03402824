import assert from "node:assert/strict";
import { assertClose } from "../assert-close";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { drawConditions } from "../../lib/ensemble/conditions";
import { tf } from "../../lib/graph/tensorflow";
import { smoke } from "../../lib/network/architectures";
import { networkFeatureCount } from "../../lib/model/mode-geometry";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { modeObjective, modeWeights, noiseRange } from "../../lib/training/mode-objective";
import { train, type TrainingOptions } from "../../lib/training/train";
import { whitenedPool, type WhitenedPool } from "../../lib/training/whitened-pool";
import { problem } from "../../lib/transport/problems";

const p = problem("electrode-published");
const cells = 20;
const modes = 6;
const network = scoreNetwork({ ...smoke, cells, channelsIn: 6, conditions: networkFeatureCount(p) });

describe("training", () => {
  let pool: WhitenedPool;
  const objective = (data: WhitenedPool = pool) =>
    modeObjective(network, data, stream(5), {
      conditions: 16,
      fields: 2,
      gamma: 1,
      channels: 2,
      range: noiseRange(data, 1),
      penalty: 1,
    });
  const options = (steps: number): TrainingOptions => ({
    objective: objective(),
    heldOutEvery: 8,
    optimiser: {
      steps: 24,
      learningRate: 4e-3,
      orthogonalRate: 0.03,
      warmUp: 4,
      finalFraction: 0.02,
      clip: 0.5,
      average: 0.9,
      betas: [0.9, 0.99],
    },
    stream: stream(7),
    stepsPerCall: 4,
    checkpointEvery: steps,
  });

  before(async () => {
    const statistics = await fitGaussian({ problem: p, cells, nodes: 6, porosities: 128, stream: stream(1) });
    pool = await whitenedPool({
      problem: p,
      statistics,
      conditions: drawConditions(p, 12, stream(2)),
      count: 64,
      modes,
      components: "correlation",
      stream: stream(3),
    });
  });

  it("whitens its pool: coordinates have mean 0 and variance 1 over conditions", () => {
    const n = pool.coordinates.length / modes;
    for (const k of [0, 2, 5]) {
      let [sum, square] = [0, 0];
      for (let i = 0; i < n; i++) {
        sum += pool.coordinates[i * modes + k] / n;
        square += pool.coordinates[i * modes + k] ** 2 / n;
      }
      // 768 fields, and 128 porosities at each of few nodes behind the fit
      assertClose(`mean of mode ${k}`, sum, 0, { within: 4 * Math.sqrt(1 / n + 1 / 300) });
      assertClose(`variance of mode ${k}`, square, 1, { within: 5 * Math.sqrt(3 / n + 3 / 300) });
    }
  });

  const explainedUntrained = (data: WhitenedPool): Float32Array => {
    const o = objective(data);
    const theta = tf.tensor1d(network.initial(stream(1)));
    const values = o.loss(theta, o.constants, tf.scalar(0, "int32")).explained.dataSync<"float32">();
    tf.dispose(o.constants);
    return values;
  };

  it("starts from the Gaussian model where the law has no third cumulants: nothing is explained, and nothing more than nothing", () => {
    const gaussian = { ...pool, cumulants: new Float32Array(pool.cumulants.length) };
    explainedUntrained(gaussian).forEach((e) => assertClose("explained", e, 0, { within: 1e-7 }));
  });

  it("learns: after some steps the held-out bands of middle noise are explained better than by the Gaussian", async () => {
    const base = options(1000);
    const final = await train({
      ...base,
      objective: objective(),
      heldOut: objective(),
      heldOutEvery: 150,
      optimiser: { ...base.optimiser, steps: 150, average: 0.95 },
      checkpointEvery: 1000,
    });
    const explained = final.log[final.log.length - 1].heldOut!.explained;
    assert.ok(Math.max(...explained) > 0.005, `explained by band: ${explained.join(", ")}`);
  });

  it("weights sum to one and fall with the mode's variance", () => {
    const weights = modeWeights(pool);
    assertClose(
      "sum",
      weights.reduce((a, b) => a + b, 0),
      1,
      { within: 1e-6 },
    );
    weights.slice(1).forEach((w, k) => assert.ok(w <= weights[k]));
  });
});
