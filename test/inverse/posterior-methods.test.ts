import * as assert from "node:assert";
import { clusteredSize } from "../../lib/inverse/clustered-size";
import { ensembleSmoother } from "../../lib/inverse/ensemble-smoother";
import { type AffineLatentModel, gaussianLatent } from "../../lib/inverse/latent-model";
import type { PosteriorDraws } from "../../lib/inverse/likelihood";
import { effectiveShare, linearPosterior, placed } from "../../lib/inverse/linear-posterior";
import { observed, sensors, simulatedReadings } from "../../lib/inverse/observations";
import { temperedPosterior } from "../../lib/inverse/tempered-posterior";
import { drawBank, weightedBank } from "../../lib/inverse/weighted-bank";
import { cholesky, choleskySolve } from "../../lib/numerics/linear-algebra";
import { effectiveSize, logMeanExp, systematicResample } from "../../lib/numerics/importance-weights";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const [dimension, rank, m] = [8, 6, 3];
/** A Gaussian law with modes that are no unit vectors, in units of a network with a mean and a spread of their own. */
function law() {
  const raw = stream(1).normals(dimension * rank);
  const modes = new Float64Array(dimension * rank);
  for (let k = 0; k < rank; k++) {
    const column = Float64Array.from({ length: dimension }, (_, i) => raw[i * rank + k]);
    for (let l = 0; l < k; l++) {
      const along = column.reduce((sum, v, i) => sum + v * modes[i * rank + l], 0);
      column.forEach((_, i) => (column[i] -= along * modes[i * rank + l]));
    }
    const norm = Math.hypot(...column);
    column.forEach((v, i) => (modes[i * rank + k] = v / norm));
  }
  const variance = Float64Array.from({ length: rank }, (_, k) => 2 / (1 + k));
  return { dimension, rank, mean: stream(2).normals(dimension), modes, variance };
}
const normalisation = { mean: [5, -1], std: [2, 0.5] };
const model = gaussianLatent(law(), normalisation);
const at = (i: number, j = i) => {
  const both = i === j ? { index: [i], weight: [1] } : { index: [i, j], weight: [1, -1] };
  const [index, weight] = [Int32Array.from(both.index), Float64Array.from(both.weight)];
  return { name: `entry ${i}`, unit: "1", index, weight, constant: 0 };
};
const of = sensors([at(0), at(5), at(2, 7)], [0.3, 0.1, 0.5], dimension);
const readings = simulatedReadings(of, model.fields(stream(20).normals(rank)), stream(21));

/** Mean and covariance of fields given readings, in the space of data: S - S H^T (H S H^T + R)^-1 H S. */
function textbook() {
  const { mean, modes, variance } = law();
  const scale = (i: number) => normalisation.std[Math.floor(i / 4)];
  const mu = mean.map((v, i) => normalisation.mean[Math.floor(i / 4)] + scale(i) * v);
  const S = Float64Array.from({ length: dimension ** 2 }, (_, at) => {
    const [i, j] = [Math.floor(at / dimension), at % dimension];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += modes[i * rank + k] * variance[k] * modes[j * rank + k];
    return scale(i) * scale(j) * sum;
  });
  const H = of.functionals.map(({ index, weight }) => {
    const row = new Float64Array(dimension);
    index.forEach((i, k) => (row[i] = weight[k]));
    return row;
  });
  const times = (row: Float64Array) => mu.map((_, i) => row.reduce((sum, v, j) => sum + S[i * dimension + j] * v, 0));
  const SH = H.map(times);
  const P = Float64Array.from({ length: m * m }, (_, k) => {
    const [a, b] = [Math.floor(k / m), k % m];
    return SH[a].reduce((sum, v, i) => sum + v * H[b][i], 0) + (a === b ? of.std[a] ** 2 : 0);
  });
  const L = cholesky(P, m);
  const r = readings.value.map((v, j) => v - H[j].reduce((sum, h, i) => sum + h * mu[i], 0));
  const w = choleskySolve(L, m, r);
  const logDet = 2 * [0, 1, 2].reduce((sum, j) => sum + Math.log(L[j * (m + 1)] / of.std[j]), 0);
  return {
    mean: mu.map((v, i) => v + SH.reduce((sum, row, j) => sum + row[i] * w[j], 0)),
    std: mu.map((_, i) => {
      const own = Float64Array.from(SH, (row) => row[i]);
      const gain = choleskySolve(L, m, own);
      return Math.sqrt(S[i * (dimension + 1)] - own.reduce((sum, v, j) => sum + v * gain[j], 0));
    }),
    logEvidence: -0.5 * logDet - 0.5 * r.reduce((sum, v, j) => sum + v * w[j], 0),
  };
}

/** Mean and std of every entry within 4.5 standard errors of the closed form, for `independent` draws. */
function assertPosterior(fields: Float64Array, independent: number, inflate = 1) {
  const expected = textbook();
  const count = fields.length / dimension;
  for (let i = 0; i < dimension; i++) {
    const column = Float64Array.from({ length: count }, (_, n) => fields[n * dimension + i]);
    const mean = column.reduce((a, b) => a + b, 0) / count;
    const std = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / count);
    const error = expected.std[i] / Math.sqrt(independent);
    assertClose(`mean of entry ${i}`, mean, expected.mean[i], { within: 4.5 * error * inflate + 1e-9 });
    assertClose(`std of entry ${i}`, std, expected.std[i], { within: 4.5 * error * inflate + 1e-9 });
  }
}

describe("posteriors of a Gaussian law against the closed form in the space of data", () => {
  const closed = linearPosterior(model.affine(of), readings);
  const fieldsOf = (draws: PosteriorDraws) => model.fields(draws.images);

  it("the closed form in the space of coordinates has the textbook's mean, spread and evidence", () => {
    const expected = textbook();
    assertClose("log evidence", closed.logEvidence, expected.logEvidence, { within: 1e-10 });
    const mean = model.fields(closed.mean);
    mean.forEach((v, i) => assertClose(`mean ${i}`, v, expected.mean[i], { within: 1e-10 }));
    // C^(1/2) column by column: fields of m + C^(1/2) e_k
    const variance = new Float64Array(dimension);
    for (let k = 0; k < rank; k++) {
      const unit = new Float64Array(rank);
      unit[k] = 1;
      model.fields(placed(closed, unit)).forEach((v, i) => (variance[i] += (v - mean[i]) ** 2));
    }
    variance.forEach((v, i) => assertClose(`std ${i}`, Math.sqrt(v), expected.std[i], { within: 1e-10 }));
  });

  it("a weighted bank", async () => {
    const bank = await drawBank(model, 200_000, stream(3));
    const draws = weightedBank(model, bank, readings, 20_000, stream(4));
    assert.ok(draws.ess > 200 && draws.ess <= 20_000, `ess ${draws.ess}`);
    assertPosterior(fieldsOf(draws), draws.ess);
    const share = effectiveShare(model.affine(of), readings);
    const found = effectiveSize(Float64Array.from(likelihoods(bank.images)));
    assertClose("effective share", found / 200_000, share, { within: 0.2 * share });
    const error = Math.sqrt(1 / found);
    assertClose("log evidence", draws.logEvidence, textbook().logEvidence, { within: 4 * error });
  });

  it("tempered sampling from the exact posterior needs one step and accepts all; its evidence is exact", async () => {
    const draws = await temperedPosterior(model, readings, closed, { count: 4000, stream: stream(5) });
    assert.deepStrictEqual([draws.temperatures, draws.acceptance], [[1], [1]]);
    assertClose("log evidence", draws.logEvidence, textbook().logEvidence, { within: 1e-9 });
    assert.strictEqual(draws.ess, 4000);
    assertPosterior(fieldsOf(draws), 4000);
  });

  it("tempered sampling from a wrong Gaussian, the prior, gets there too", async () => {
    const prior = { ...closed, mean: new Float64Array(rank), shrinkage: new Float64Array(m).fill(1), logScale: 0 };
    const draws = await temperedPosterior(model, readings, prior, { count: 8000, stream: stream(6), moves: 12 });
    assert.ok(draws.temperatures.length >= 3 && draws.temperatures.at(-1) === 1);
    assert.ok(draws.ess > 500 && draws.ess <= 8000, `ess ${draws.ess}`);
    assertPosterior(fieldsOf(draws), draws.ess);
    assertClose("log evidence", draws.logEvidence, textbook().logEvidence, { within: 0.15 });
  });

  it("the ensemble smoother, exact for a linear model up to its ensemble's own covariances", async () => {
    const draws = await ensembleSmoother(model, readings, { count: 20_000, stream: stream(7) });
    assertPosterior(fieldsOf(draws), 20_000, 2);
  });

  it("would notice a reading that is ignored, a sign that is reversed, a noise that is doubled", async () => {
    const wrong = [
      {
        ...readings,
        functionals: of.functionals.slice(0, 2),
        value: readings.value.slice(0, 2),
        std: of.std.slice(0, 2),
      },
      { ...readings, value: readings.value.map((v) => -v) },
      { ...readings, std: of.std.map((s) => 2 * s) },
    ];
    for (const bad of wrong) {
      const found = linearPosterior(model.affine(bad), bad);
      const draws = await temperedPosterior(model, bad, found, { count: 4000, stream: stream(8) });
      assert.throws(() => assertPosterior(fieldsOf(draws), 4000));
    }
  });

  function likelihoods(images: Float64Array): number[] {
    const read = model.reader(of)(images);
    return Array.from({ length: images.length / rank }, (_, n) =>
      [0, 1, 2].reduce((sum, j) => sum - 0.5 * ((read[n * m + j] - readings.value[j]) / of.std[j]) ** 2, 0),
    );
  }
});

describe("posteriors of a model that is not Gaussian", () => {
  /** T(y) = y + (y^2 - 1) / 4 + y^3 / 20, one coordinate, read as it is. */
  const bent = (y: number) => y + 0.25 * (y * y - 1) + y ** 3 / 20;
  const unit = { base: Float64Array.of(0), slope: Float64Array.of(1) };
  const curved: AffineLatentModel = {
    dimension: 1,
    imageSize: 1,
    size: 1,
    evaluations: 1,
    images: (y) => Promise.resolve(y.map(bent)),
    fields: (images) => images.slice(),
    reader: () => (images) => images.slice(),
    affine: () => unit,
  };
  const one = observed(sensors([at(0)], 0.2, 1), [1.7]);
  const quadrature = () => {
    let [mass, first, second] = [0, 0, 0];
    for (let y = -8; y <= 8; y += 1e-3) {
      const w = Math.exp(-0.5 * y * y - 0.5 * ((bent(y) - 1.7) / 0.2) ** 2) * (1e-3 / Math.sqrt(2 * Math.PI));
      mass += w;
      first += w * bent(y);
      second += w * bent(y) ** 2;
    }
    return { logEvidence: Math.log(mass), mean: first / mass, std: Math.sqrt(second / mass - (first / mass) ** 2) };
  };

  it("tempered sampling and a bank agree with quadrature; the Gaussian answer does not", async () => {
    const expected = quadrature();
    const closed = linearPosterior(unit, one);
    const tempered = await temperedPosterior(curved, one, closed, { count: 20_000, stream: stream(9) });
    const bank = weightedBank(curved, await drawBank(curved, 200_000, stream(10)), one, 20_000, stream(11));
    for (const [name, { images, logEvidence, ess }] of Object.entries({ tempered, bank })) {
      const mean = images.reduce((a, b) => a + b, 0) / images.length;
      const std = Math.sqrt(images.reduce((a, b) => a + (b - mean) ** 2, 0) / images.length);
      const within = (4 * expected.std) / Math.sqrt(ess);
      assertClose(`${name}: mean`, mean, expected.mean, { within });
      assertClose(`${name}: std`, std, expected.std, { within });
      assertClose(`${name}: log evidence`, logEvidence, expected.logEvidence, { within: 0.03 });
    }
    assert.throws(() => assertClose("linear", closed.logEvidence, expected.logEvidence, { within: 0.03 }));
  });

  it("gives the same bits for the same stream, and evaluations are counted", async () => {
    const closed = linearPosterior(unit, one);
    const [a, b] = await Promise.all(
      [0, 1].map(() => temperedPosterior(curved, one, closed, { count: 500, stream: stream(9) })),
    );
    assert.deepStrictEqual(a, b);
    const moved = a.acceptance.filter((share) => share < 1).length;
    assert.strictEqual(a.evaluations, 500 * (1 + 4 * moved));
  });
});

describe("weights of draws", () => {
  it("effective number: all for equal weights, one where one has all, none where none has any", () => {
    assertClose("equal", effectiveSize(new Float64Array(7).fill(-900)), 7, { within: 1e-9 });
    assertClose("one", effectiveSize([-Infinity, 3, -Infinity]), 1, { within: 1e-12 });
    assert.strictEqual(effectiveSize([-Infinity, -Infinity]), 0);
    assertClose("mean", logMeanExp([Math.log(1), Math.log(3)]), Math.log(2), { within: 1e-12 });
  });

  it("systematic resampling takes each draw its share of times, rounded up or down", () => {
    const weights = Float64Array.of(0.05, 0.55, 0, 0.4);
    for (const u of [0.01, 0.3, 0.5, 0.99]) {
      const counts = [0, 0, 0, 0];
      systematicResample(weights, 10, u).forEach((i) => counts[i]++);
      counts.forEach((n, i) => assert.ok(Math.abs(n - 10 * weights[i]) < 1, `${n} copies of ${weights[i]}`));
    }
  });

  it("families of equal draws count once each, independent ones all", () => {
    const family = Int32Array.from({ length: 2000 }, (_, n) => Math.floor(n / 4));
    const each = stream(12).normals(500);
    assertClose(
      "copies",
      clusteredSize(
        Float64Array.from(family, (f) => each[f]),
        family,
      ),
      500,
      { within: 1e-6 },
    );
    const free = clusteredSize(stream(13).normals(2000), family);
    assert.ok(free > 1700, `independent members: ${free}`);
  });
});
