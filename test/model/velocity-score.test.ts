import assert from "node:assert/strict";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { noiseLevel } from "../../lib/diffusion/score";
import { tf } from "../../lib/graph/tensorflow";
import { type Architecture, smoke } from "../../lib/network/architectures";
import { conditionsAsChannels } from "../../lib/network/conditions-as-channels";
import { scoreNetwork } from "../../lib/network/score-network";
import { levelFeature, velocityScore } from "../../lib/model/velocity-score";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const settings = { betaMin: 0.001, betaMax: 20, tMin: 1e-4 };
const schedule = variancePreserving(settings);
const a: Architecture = { ...smoke, cells: 20, channelsIn: 2 };
const [rows, dimension] = [3, 40];
const x = Float32Array.from(stream(2).normals(rows * dimension));
const features = Float32Array.from(stream(3).normals(rows * 3));

describe("the score by way of the velocity", () => {
  it("without a trained network is the score of the standard normal law at every noise level", () => {
    const network = scoreNetwork(a);
    const score = velocityScore(
      { network, theta: network.initial(stream(1)), channels: 2, schedule: settings },
      features,
      rows,
    );
    for (const t of [1e-4, 0.1, 1]) {
      const got = score(tf.tensor2d(x, [rows, dimension]), noiseLevel(schedule, t)).dataSync();
      got.forEach((s, k) => assertClose(`t = ${t}, number ${k}`, s, -x[k], { within: 1e-6 }));
    }
    score.dispose();
  });

  it("is -(x + alpha / sigma F), each row at its own condition, channels outside instead of inside", () => {
    const network = scoreNetwork({ ...a, zeroOutput: false });
    const theta = network.initial(stream(1));
    const score = velocityScore({ network, theta, channels: 2, schedule: settings }, features, rows);
    const t = 0.3;
    const got = score(tf.tensor2d(x, [rows, dimension]), noiseLevel(schedule, t)).dataSync();
    const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
    const level = levelFeature(settings)(tf.scalar(alpha), tf.scalar(sigma)).dataSync()[0];
    for (let row = 0; row < rows; row++) {
      const inside = Float32Array.from({ length: 40 }, (_, k) => x[row * 40 + (k % 2) * 20 + Math.floor(k / 2)]);
      const F = network
        .apply(
          tf.tensor1d(theta),
          tf.tensor3d(inside, [1, 20, 2]),
          tf.tensor2d(features.slice(3 * row, 3 * row + 3), [1, 3]),
          tf.fill([1, 1], level),
        ) // prettier-ignore
        .dataSync();
      F.forEach((f, k) => {
        const at = row * 40 + (k % 2) * 20 + Math.floor(k / 2);
        assertClose(`row ${row}, number ${k}`, got[at], -(x[at] + (alpha / sigma) * f), { within: 1e-4 });
      });
    }
    score.dispose();
  });

  it("the network sees the level from -1 to 1 over the schedule", () => {
    const at = (t: number) =>
      levelFeature(settings)(tf.scalar(schedule.alpha(t)), tf.scalar(schedule.sigma(t))).dataSync()[0];
    assertClose("least", at(1e-4), -1, { within: 1e-4 });
    assertClose("largest", at(1), 1, { within: 1e-4 });
    assert.ok(at(0.1) > at(0.05));
  });
});

describe("conditions as channels", () => {
  const network = conditionsAsChannels({ ...a, zeroOutput: false });
  const theta = network.initial(stream(4));
  const evaluate = (z: Float32Array, level: number): Float32Array =>
    network
      .apply(tf.tensor1d(theta), tf.tensor3d(x, [rows, 20, 2]), tf.tensor2d(z, [rows, 3]), tf.fill([rows, 1], level))
      .dataSync<"float32">();
  const change = (p: Float32Array, q: Float32Array): number => Math.max(...p.map((v, k) => Math.abs(v - q[k])));

  it("the output depends on each of the conditions and on the noise level", () => {
    const before = evaluate(features, 0.2);
    assert.ok(change(evaluate(features, 0.4), before) > 1e-4);
    for (const which of [0, 1, 2]) {
      const other = features.map((z, k) => (k === which ? z + 1 : z)); // of the first row
      const after = evaluate(other, 0.2);
      assert.ok(change(after.slice(0, 40), before.slice(0, 40)) > 1e-4, `condition ${which}`);
      assert.equal(change(after.slice(40), before.slice(40)), 0);
    }
  });
});
