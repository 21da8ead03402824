/** The network's velocity differentiated backwards, against differences of the velocity itself and against the flow. */
import assert from "node:assert/strict";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { guidedFlow } from "../../lib/inverse/guided-flow";
import { noisyModesOf } from "../../lib/inverse/guided-model";
import { flowLatent } from "../../lib/inverse/latent-model";
import { modeSampler } from "../../lib/model/mode-flow";
import { modePullback } from "../../lib/model/mode-pullback";
import { arraysOf, atCondition, modesOf, type ScoreModel } from "../../lib/model/score-model";
import { scoreNetwork } from "../../lib/network/score-network";
import { stream } from "../../lib/random/stream";
import { architectureOf } from "../../lib/experiments/training/architecture";
import { assembleModel } from "../../lib/experiments/training/assemble-model";
import { configuration } from "../../lib/study/configuration";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";

const K = 4;
const condition = { l: 1e-5, U0: 0, F_right: 25 };

describe("pullback of a network's velocity", function () {
  this.timeout(60_000);
  let model: ScoreModel;
  before(async () => {
    const asked = configuration({ preset: "smoke", problem: { cells: 20 }, network: { size: "smoke", modes: K } });
    const statistics = await fitGaussian({
      problem: problem(asked.problem.name),
      cells: 20,
      nodes: 4,
      porosities: 64,
      stream: stream(1),
    });
    const drawn = stream(2).normals(scoreNetwork(architectureOf(asked)).size);
    const theta = Float32Array.from(drawn, (v) => 0.1 * v); // untrained: any smooth function will do
    model = assembleModel(asked, statistics, { theta, log: [], range: { min: -3, max: 2 } });
  });

  it("agrees with differences, row by row, also in a batch that is not full", async () => {
    const pullback = modePullback(modesOf(model, "test"), arraysOf(atCondition(model, condition)), { batch: 8 });
    const angles = { cos: [0.9, 0.8, 0.7, 0.6], sin: [0.436, 0.6, 0.714, 0.8] };
    const w = Float32Array.from(stream(3).normals(2 * K));
    const y = Float32Array.from(stream(4).normals(11 * K));
    const { velocity, pulled } = await pullback.at(y, -1, angles, w);
    assert.ok(velocity.some((v) => Math.abs(v) > 1e-3));
    const step = 1e-2;
    for (let k = 0; k < K; k++) {
      const moved = (sign: number): Float32Array => y.map((v, i) => (i % K === k ? v + sign * step : v));
      const [up, down] = [await pullback.at(moved(1), -1, angles, w), await pullback.at(moved(-1), -1, angles, w)];
      for (let n = 0; n < 11; n++) {
        for (let j = 0; j < 2; j++) {
          let difference = 0;
          for (let i = 0; i < K; i++) {
            difference += (w[j * K + i] * (up.velocity[n * K + i] - down.velocity[n * K + i])) / (2 * step);
          }
          assertClose(`row ${n}, w ${j}, mode ${k}`, pulled[(n * 2 + j) * K + k], difference, { within: 5e-3 });
        }
      }
    }
    pullback.dispose();
  });

  it("readings that say nothing leave the model's own flow", async () => {
    const at = atCondition(model, condition);
    const levels = 6;
    const sampler = modeSampler(modesOf(model, "test"), { levels, batch: 16 });
    const latent = flowLatent(at.law, model.statistics.normalisation, { sampler, condition: arraysOf(at) });
    const modes = noisyModesOf(model, at, { levels, batch: 16 });
    const { rank } = at.law;
    const start = stream(5).normals(16 * rank);
    const readings = { base: Float64Array.of(0), slope: new Float64Array(rank).fill(1) };
    const guide = {
      guidance: "mmps",
      weight: 1,
      readings,
      value: Float64Array.of(1),
      std: Float64Array.of(1e9),
    } as const;
    const [guided, free] = [await guidedFlow(modes, guide, start), await latent.images(start)];
    guided.forEach((v, i) => assertClose(`number ${i}`, v, free[i], { within: 1e-4 }));
    assert.ok(
      free.some((v, i) => Math.abs(v - start[i]) > 1e-3),
      "the flow moves",
    );
    modes.dispose();
    sampler.dispose();
  });
});
