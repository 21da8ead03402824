/** Searching with a coarse model and refining: the answer is the fine model's, whatever the coarse one lacks. */
import * as assert from "node:assert";
import { adaptedReference } from "../../lib/inverse/adapted-reference";
import { clusteredSize } from "../../lib/inverse/clustered-size";
import type { AffineLatentModel } from "../../lib/inverse/latent-model";
import { linearPosterior, placed } from "../../lib/inverse/linear-posterior";
import { observed, sensors } from "../../lib/inverse/observations";
import { temperedPosterior } from "../../lib/inverse/tempered-posterior";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const affine = { base: Float64Array.of(0), slope: Float64Array.of(1) };
/** One coordinate, T(y) = y + bend (y^2 - 1) + y^3 / 20, read as it is. */
const model = (bend: number, evaluations: number): AffineLatentModel => ({
  dimension: 1,
  imageSize: 1,
  size: 1,
  evaluations,
  images: (y) => Promise.resolve(y.map((v) => v + bend * (v * v - 1) + v ** 3 / 20)),
  fields: (images) => images.slice(),
  reader: () => (images) => images.slice(),
  affine: () => affine,
});
const [fine, coarse] = [model(0.25, 20), model(0, 4)];
const sensor = { name: "x", unit: "1", index: Int32Array.of(0), weight: Float64Array.of(1), constant: 0 };
const reading = observed(sensors([sensor], 0.2, 1), [1.7]);

/** ln evidence, mean and spread of the image by quadrature. */
function quadrature(bend: number): { logEvidence: number; mean: number; std: number } {
  let [mass, first, second] = [0, 0, 0];
  for (let y = -8; y <= 8; y += 1e-3) {
    const x = y + bend * (y * y - 1) + y ** 3 / 20;
    const w = Math.exp(-0.5 * y * y - 0.5 * ((x - 1.7) / 0.2) ** 2) * (1e-3 / Math.sqrt(2 * Math.PI));
    [mass, first, second] = [mass + w, first + w * x, second + w * x * x];
  }
  const mean = first / mass;
  return { logEvidence: Math.log(mass), mean, std: Math.sqrt(second / mass - mean ** 2) };
}

describe("a search by a coarse model", () => {
  const ask = (options: object = {}) =>
    temperedPosterior(fine, reading, linearPosterior(affine, reading), {
      count: 20_000,
      stream: stream(9),
      coarse,
      ...options,
    });

  it("ends in the fine model's posterior and evidence, not in the coarse one's", async () => {
    const draws = await ask();
    const [right, wrong] = [quadrature(0.25), quadrature(0)];
    const mean = draws.images.reduce((a, b) => a + b, 0) / draws.images.length;
    const std = Math.sqrt(draws.images.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.images.length);
    const within = (4 * right.std) / Math.sqrt(draws.ess);
    assertClose("mean", mean, right.mean, { within });
    assertClose("std", std, right.std, { within });
    // an evidence is a mean over count draws of weights whose spread is below one
    assertClose("log evidence", draws.logEvidence, right.logEvidence, { within: 4 / Math.sqrt(draws.ess) });
    assert.ok(Math.abs(right.logEvidence - wrong.logEvidence) > 1.5 * (4 / Math.sqrt(draws.ess)));
    draws.images.forEach((x, n) => {
      const y = draws.coordinates[n];
      assert.ok(Math.abs(x - (y + 0.25 * (y * y - 1) + y ** 3 / 20)) < 1e-12, "images are the fine model's");
    });
  });

  it("counts the evaluations of both, and gives the same bits for the same stream", async () => {
    const [a, b] = [await ask({ count: 500 }), await ask({ count: 500 })];
    assert.deepStrictEqual(a, b);
    assert.ok(a.evaluations >= 500 * 20 && a.evaluations % 4 === 0);
  });

  it("starts from a Gaussian with the mean and, a little widened, the spread of what the scouts found", () => {
    const [d, count] = [5, 4000];
    const linear = {
      mean: new Float64Array(d),
      directions: Float64Array.of(0.6, 0.8, 0, 0, 0),
      shrinkage: Float64Array.of(0.3),
      logScale: Math.log(0.3),
    };
    const scale = [0.5, 0.1, 1, 1, 0.8];
    const y = stream(3)
      .normals(count * d)
      .map((v, i) => (i % d) * 0.1 + scale[i % d] * v);
    const found = adaptedReference(y, linear);
    const draws = placed(found, stream(4).normals(count * d));
    for (let k = 0; k < d; k++) {
      const column = Float64Array.from({ length: count }, (_, n) => draws[n * d + k]);
      const mean = column.reduce((a, b) => a + b, 0) / count;
      const std = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / count);
      assertClose(`mean ${k}`, mean, 0.1 * k, { within: (8 * scale[k]) / Math.sqrt(count) });
      assertClose(`std ${k}`, std, Math.sqrt(1.2) * scale[k], { within: (8 * scale[k]) / Math.sqrt(count) });
    }
  });
});

describe("what families of draws are worth", () => {
  /**
   * Random effects: members of a family share a part of variance r. The mean of all has variance (1 + (size - 1) r) /
   * count.
   */
  for (const r of [0.1, 0.5, 0.9]) {
    it(`with a correlation of ${r} within families the mean is as uncertain as that of so many independent draws`, () => {
      const [families, size, trials] = [200, 10, 200];
      const count = families * size;
      const family = Int32Array.from({ length: count }, (_, n) => Math.floor(n / size));
      let [said, squares] = [0, 0];
      for (let t = 0; t < trials; t++) {
        const own = stream(5).child(t);
        const [shared, alone] = [own.child("shared").normals(families), own.child("alone").normals(count)];
        const values = alone.map((v, n) => Math.sqrt(r) * shared[family[n]] + Math.sqrt(1 - r) * v);
        said += clusteredSize(values, family) / trials;
        squares += (values.reduce((a, b) => a + b, 0) / count) ** 2 / trials;
      }
      const known = count / (1 + (size - 1) * r);
      assertClose("said", said, known, { within: 0.06 * known });
      // the mean square of 200 means of variance 1 / known
      assertClose("seen", 1 / squares, known, { within: 4 * known * Math.sqrt(2 / trials) });
    });
  }
});
