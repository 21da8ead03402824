import assert from "node:assert";
import { variancePreserving } from "../../lib/diffusion/schedule";
import { matchedTo, startLaw } from "../../lib/diffusion/start";
import { tf } from "../../lib/graph/tensorflow";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const schedule = variancePreserving({ betaMax: 3 });
const c = Math.SQRT1_2;
const law = {
  dimension: 2,
  rank: 1,
  mean: Float64Array.of(1, -1),
  modes: Float64Array.of(c, c),
  variance: Float64Array.of(0.8),
};

describe("start laws", () => {
  it("matched moments: mean alpha mu and covariance alpha^2 S + sigma^2 I, to sampling error", () => {
    const n = 20000;
    const start = startLaw(matchedTo(law), schedule, 2);
    const z = tf.tensor2d(Float32Array.from(stream(1).normals(2 * n)), [n, 2]);
    const values = start.values(z, 0);
    const x = values.dataSync<"float32">();
    const [a, v] = [schedule.alpha(1), schedule.sigma(1) ** 2];
    const expected = [a * a * 0.4 + v, a * a * 0.4, a * a * 0.4 + v];
    const mean = [0, 1].map((k) => x.reduce((sum, value, i) => sum + (i % 2 === k ? value : 0), 0) / n);
    mean.forEach((m, k) => assertClose("mean", m, a * law.mean[k], { within: 4 * Math.sqrt(expected[0] / n) }));
    [
      [0, 0],
      [0, 1],
      [1, 1],
    ].forEach(([i, j], e) => {
      // prettier-ignore
      let sum = 0;
      for (let r = 0; r < n; r++) sum += (x[2 * r + i] - mean[i]) * (x[2 * r + j] - mean[j]);
      assertClose("covariance", sum / n, expected[e], { within: 4 * expected[0] * Math.sqrt(2 / n) });
    });
    tf.dispose([z, values]);
    start.dispose();
  });

  it("its density is the normal one, also for correlated components", () => {
    const start = startLaw(matchedTo(law), schedule, 2);
    const [a, v] = [schedule.alpha(1), schedule.sigma(1) ** 2];
    const x = [0.3, -1.2];
    const r = x.map((value, i) => value - a * law.mean[i]);
    const [along, across] = [c * (r[0] + r[1]), c * (r[0] - r[1])];
    const total = a * a * 0.8 + v;
    const expected = -0.5 * (along ** 2 / total + across ** 2 / v + Math.log(total * v)) - Math.log(2 * Math.PI);
    assertClose("log density", start.logDensity(Float64Array.from(x))[0], expected, { within: 1e-12 });
    start.dispose();
  });

  it("given values come back row by row, and a batch beyond their end repeats the last", () => {
    const values = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const start = startLaw({ law: "given", values }, schedule, 2);
    const z = tf.zeros<tf.Rank.R2>([2, 2]);
    const x = start.values(z, 2);
    assert.deepStrictEqual([...x.dataSync()], [5, 6, 5, 6]);
    tf.dispose([values, z, x]);
  });

  it("refuse a covariance that is none and sizes that do not fit", () => {
    const covariance = Float64Array.of(1, 9, 9, 1);
    assert.throws(
      () => startLaw({ law: "matched moments", mean: law.mean, covariance }, schedule, 2),
      /the covariance must be positive definite/,
    );
    assert.throws(() => startLaw(matchedTo(law), schedule, 3), /expected mean \[3\]/);
  });
});
