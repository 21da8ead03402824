import assert from "node:assert/strict";
import { leadingGaussian } from "../../lib/gaussian/ensemble-law";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const [count, d] = [9, 4];
const values = stream(1)
  .normals(count * d)
  .map((v, k) => (1 + (k % d)) * v + 10 * (k % d));
const mean = Array.from({ length: d }, (_, i) => values.reduce((s, v, k) => s + (k % d === i ? v : 0), 0) / count);
const covariance = (i: number, j: number): number => {
  let sum = 0;
  for (let n = 0; n < count; n++) sum += (values[n * d + i] - mean[i]) * (values[n * d + j] - mean[j]);
  return sum / (count - 1);
};

describe("the normal law of an ensemble", () => {
  it("has its mean and, on all axes, its covariance with n - 1; variances fall, axes are orthonormal", () => {
    for (const rank of [d, 10 * d]) {
      const law = leadingGaussian(values, count, rank);
      assert.deepEqual([law.dimension, law.rank, law.modes.length, law.variance.length], [d, d, d * d, d]);
      for (let i = 0; i < d; i++) {
        assertClose(`mean ${i}`, law.mean[i], mean[i], { within: 1e-13 });
        for (let j = 0; j < d; j++) {
          let [sum, product] = [0, 0];
          for (let k = 0; k < d; k++) {
            sum += law.modes[i * d + k] * law.variance[k] * law.modes[j * d + k];
            product += law.modes[k * d + i] * law.modes[k * d + j];
          }
          assertClose(`covariance ${i}, ${j}`, sum, covariance(i, j), { within: 1e-12 });
          assertClose(`axes ${i} and ${j}`, product, Number(i === j), { within: 1e-12 });
        }
        if (i > 0) assert.ok(law.variance[i - 1] >= law.variance[i]);
      }
    }
  });

  it("on fewer axes has the first ones of all", () => {
    const [all, two] = [d, 2].map((rank) => leadingGaussian(values, count, rank));
    assert.deepEqual([two.rank, two.variance], [2, all.variance.slice(0, 2)]);
    for (let i = 0; i < d; i++)
      assert.deepEqual(two.modes.slice(2 * i, 2 * i + 2), all.modes.slice(i * d, i * d + 2), `cell ${i}`);
  });
});
