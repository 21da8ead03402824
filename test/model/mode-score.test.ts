import assert from "node:assert/strict";
import { assertClose } from "../assert-close";
import { gaussianScore } from "../../lib/diffusion/exact-score";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { noiseLevel } from "../../lib/diffusion/score";
import { tf } from "../../lib/graph/tensorflow";
import { smoke } from "../../lib/network/architectures";
import { fieldsFromModes } from "../../lib/gaussian/mode-fields";
import { modeSampler } from "../../lib/model/mode-flow";
import { modeGeometry } from "../../lib/model/mode-geometry";
import { modeScore } from "../../lib/model/mode-score";
import { scoreNetwork } from "../../lib/network/score-network";
import { noCalibration } from "../../lib/model/self-calibration";
import { type Stream, stream } from "../../lib/random/stream";
import { UserError } from "../../lib/errors/user-error";

/** A law with smooth modes on 20 cells and two channels. */
function smoothLaw(cells = 20) {
  const dimension = 2 * cells;
  const rank = 8;
  const raw = Array.from({ length: rank }, (_, k) =>
    Float64Array.from({ length: dimension }, (__, i) =>
      Math.cos((Math.PI * (k + 1) * (i % cells)) / cells + (i < cells ? 0 : k)),
    ),
  );
  const modes = new Float64Array(dimension * rank);
  raw.forEach((v, k) => {
    for (let j = 0; j < k; j++) {
      const dot = v.reduce((s, x, i) => s + x * modes[i * rank + j], 0);
      v.forEach((_, i) => (v[i] -= dot * modes[i * rank + j]));
    }
    const norm = Math.sqrt(v.reduce((s, x) => s + x * x, 0));
    v.forEach((x, i) => (modes[i * rank + k] = x / norm));
  });
  const variance = Float64Array.from({ length: rank }, (_, k) => 4 * 0.2 ** k);
  const mean = Float64Array.from({ length: dimension }, (_, i) => Math.sin(i / 3));
  return { dimension, rank, mean, modes, variance };
}

const architecture = { ...smoke, cells: 20, conditions: 3, channelsIn: 6 };
/** A Gaussian law: no third cumulants. */
const none = new Float32Array(5 ** 3);
const network = scoreNetwork(architecture);
const range = { min: -6, max: 2 };

describe("score of whitened modes", () => {
  const law = smoothLaw();
  const features = [0.1, -0.4, 0.7];
  const geometry = modeGeometry(law, 5, 2, features, none);
  const schedule = variancePreserving({ betaMax: 20 });

  for (const t of [1e-3, 0.05, 0.4, 1]) {
    it(`of an untrained network is the exact Gaussian score at t = ${t}`, () => {
      const theta = network.initial(stream(1)); // output layer zero
      const exact = gaussianScore(law);
      const model = modeScore({ law, channels: 2, trained: { network, theta, modes: 5, range, geometry } });
      const x = tf.tensor2d(Float32Array.from(stream(2).normals(6 * 40)), [6, 40]);
      const at = noiseLevel(schedule, t);
      const [a, b] = [exact(x, at).dataSync(), model(x, at).dataSync()];
      const scale = Math.max(...Array.from(b, Math.abs));
      // float32, terms cancel by sigma
      a.forEach((v, i) => assertClose(`component ${i}`, b[i], v, { within: 2e-5 * scale }));
      exact.dispose();
      model.dispose();
    });
  }

  it("with a network equals the flow's velocity: z-hat and x0-hat recombine to the noisy coordinates", () => {
    const theta = network.initial(stream(1)).map((x, i) => x + 0.05 * Math.sin(i));
    const model = modeScore({ law, channels: 2, trained: { network, theta, modes: 5, range, geometry } });
    const t = 0.2;
    const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
    const x = tf.tensor2d(Float32Array.from(stream(3).normals(4 * 40)), [4, 40]);
    const score = model(x, noiseLevel(schedule, t)).dataSync();
    const untrained = modeScore({ law, channels: 2 })(x, noiseLevel(schedule, t)).dataSync();
    // The network moves the noise estimate only inside the span of its five modes.
    for (let n = 0; n < 4; n++) {
      const difference = Float64Array.from(
        { length: 40 },
        (_, i) => (score[n * 40 + i] - untrained[n * 40 + i]) * sigma * alpha,
      );
      const inside = new Float64Array(40);
      for (let k = 0; k < 5; k++) {
        let dot = 0;
        for (let i = 0; i < 40; i++) dot += law.modes[i * law.rank + k] * difference[i];
        for (let i = 0; i < 40; i++) inside[i] += law.modes[i * law.rank + k] * dot;
      }
      const size = Math.sqrt(difference.reduce((s, d) => s + d * d, 0));
      assertClose("has an effect", Math.min(size, 1e-3), 1e-3, { within: 0 });
      difference.forEach((d, i) => assertClose(`component ${i}`, d, inside[i], { within: 1e-4 * size + 1e-6 }));
    }
    model.dispose();
  });
});

describe("probability flow in whitened modes", () => {
  const law = smoothLaw();
  const geometry = modeGeometry(law, 5, 2, [0, 0, 0], none);

  it("leaves its start where it is when the network is untrained: exact for Gaussian data at any number of levels", async () => {
    const theta = network.initial(stream(1));
    const sampler = modeSampler({ network, theta, modes: 5, range, gamma: 1, channels: 2 }, { levels: 3, batch: 16 });
    const y = await sampler.sample(geometry, 20, stream(5));
    const start = stream(5).normals(20 * 5);
    y.forEach((v, i) => assertClose(`coordinate ${i}`, v, start[i], { within: 1e-6 }));
    sampler.dispose();
  });

  it("gives the same field number k whatever the count", async () => {
    const theta = network.initial(stream(1)).map((x, i) => x + 0.05 * Math.sin(i));
    const sampler = modeSampler({ network, theta, modes: 5, range, gamma: 1, channels: 2 }, { levels: 4, batch: 8 });
    const few = await sampler.sample(geometry, 5, stream(5));
    const many = await sampler.sample(geometry, 20, stream(5));
    few.forEach((v, i) => assertClose(`coordinate ${i}`, v, many[i], { within: 0 }));
    sampler.dispose();
  });

  describe("where a number is not finite says at which condition, field, coordinate and level", () => {
    const theta = network.initial(stream(1));
    const sampler = modeSampler({ network, theta, modes: 5, range, gamma: 1, channels: 2 }, { levels: 4, batch: 8 });
    after(() => sampler.dispose());
    const refused = (work: Promise<unknown>, message: RegExp): Promise<void> =>
      assert.rejects(work, (error) => error instanceof UserError && message.test(error.message));

    it("one field of the second batch", async () => {
      const normals = (count: number, offset = 0): Float64Array => {
        const values = stream(5).normals(count, offset);
        const at = 13 * 5 + 2 - offset;
        if (at >= 0 && at < count) values[at] = Infinity;
        return values;
      };
      const broken: Stream = { ...stream(5), normals };
      await refused(
        sampler.sample(geometry, 20, broken, { name: "condition 7" }),
        /condition 7, field 13, whitened coordinate 0 is NaN after level 1 of 4\. Remedy: /,
      );
      await sampler.sample(geometry, 13, broken); // what is drawn to fill the last batch does not count
    });

    it("not before the level that it came from", async () => {
      const calibration = noCalibration(4, 5);
      calibration.shift[2 * 5 + 1] = NaN;
      await refused(
        sampler.sample(geometry, 3, stream(5), { calibration }),
        /the condition, field 0, .* after level 3 of 4/,
      );
    });

    it("a calibration", async () => {
      const std = geometry.std.map((s, k) => (k === 1 ? NaN : s));
      await refused(
        sampler.calibrate({ ...geometry, std }, stream(5), { count: 16, name: "condition 7" }),
        /condition 7, calibration, field 0, .* is NaN after level 1 of 4/,
      );
    });
  });

  it("returns to fields with the law's mean and spread", () => {
    const n = 4000;
    const y = Float32Array.from(stream(8).normals(n * 5));
    const fields = fieldsFromModes(y, n, law, { mean: [10, -2], std: [3, 0.5] }, stream(9));
    for (const i of [0, 7, 25]) {
      const channel = i < 20 ? 0 : 1;
      const [shift, scale] = [[10, -2][channel], [3, 0.5][channel]];
      let variance = 0;
      for (let k = 0; k < law.rank; k++) variance += law.variance[k] * law.modes[i * law.rank + k] ** 2;
      const expected = scale * Math.sqrt(variance);
      let [sum, square] = [0, 0];
      for (let k = 0; k < n; k++) {
        const d = fields[k * 40 + i] - (shift + scale * law.mean[i]);
        sum += d / n;
        square += (d * d) / n;
      }
      assertClose("mean", sum, 0, { within: (4 * expected) / Math.sqrt(n) });
      assertClose("spread", Math.sqrt(square), expected, { within: (4 * expected) / Math.sqrt(2 * n) });
    }
  });
});
