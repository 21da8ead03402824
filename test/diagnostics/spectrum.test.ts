import * as assert from "node:assert";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { profileRatios } from "../../lib/diagnostics/moments";
import { principalModes, modeScores } from "../../lib/diagnostics/principal-modes";
import { roughness } from "../../lib/diagnostics/roughness";
import { scaled } from "../../lib/diagnostics/scaling";
import { spectrumRatio } from "../../lib/diagnostics/spectrum";
import { gram, rowProducts, symmetricEigen } from "../../lib/numerics/linear-algebra";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { assertStandard, meanAndStd } from "./calibration";
import { syntheticFields } from "./synthetic-fields";

describe("principal modes", () => {
  it("make the ensemble's own scores white", () => {
    const sample = syntheticFields(500, stream(2));
    const modes = principalModes(sample);
    const y = modeScores(sample, modes, { whitened: true });
    for (const [a, b] of [
      [0, 0],
      [0, 1],
      [5, 5],
      [3, 7],
    ]) {
      let sum = 0;
      for (let i = 0; i < 500; i++) sum += (y[i * modes.count + a] * y[i * modes.count + b]) / 499;
      assertClose(`covariance of modes ${a} and ${b}`, sum, a === b ? 1 : 0, { within: 1e-6 });
    }
  });

  it("are as many as the law has degrees of freedom, not more", () => {
    // twelve modes and one quadratic term
    assert.strictEqual(principalModes(syntheticFields(200, stream(2)), { relativeStd: 1e-7 }).count, 13);
  });

  it("of a grid of many cells are those of the whole covariance, down to the rounding of single precision", () => {
    const [n, d, rank] = [80, 600, 24];
    const normals = stream(3).normals(rank * d + n * rank);
    const values = new Float64Array(n * d);
    for (let i = 0; i < n; i++)
      for (let k = 0; k < rank; k++)
        for (let j = 0; j < d; j++)
          values[i * d + j] += 0.7 ** k * normals[rank * d + i * rank + k] * normals[k * d + j];
    const sample = fieldSample(values, { channels: 1, cells: d });
    const found = principalModes(sample, { relativeStd: 1e-3, most: 12 });
    assert.equal(found.count, 12);
    const S = gram(scaled(sample, found.factors, found.mean), n, d).map((v) => v / (n - 1));
    const whole = symmetricEigen(S, d);
    for (let k = 0; k < found.count; k++) {
      const [own, exact] = [found.vectors.subarray(k * d, (k + 1) * d), whole.vectors.subarray(k * d, (k + 1) * d)];
      const cosine = own.reduce((sum, v, i) => sum + v * exact[i], 0);
      // Of a mode of relative size s single precision leaves an error of some 1e-7 / s^2.
      const rounding = (100 * 2 ** -24 * whole.values[0]) / whole.values[k];
      assertClose(`variance of mode ${k}`, found.variances[k] / whole.values[k], 1, { within: rounding });
      assertClose(`direction of mode ${k}`, Math.abs(cosine), 1, { within: rounding });
    }
    const scores = modeScores(sample, found, { whitened: true });
    const exact = rowProducts(scaled(sample, found.factors, found.mean), n, d, found.vectors, found.count);
    // A product of d numbers of unit size in single precision, in units of the weakest score.
    const largest = Math.sqrt(found.variances[0] / found.variances[found.count - 1]);
    scores.forEach((score, at) =>
      assertClose("score", score, exact[at] / Math.sqrt(found.variances[at % found.count]), {
        within: d * 2 ** -24 * largest,
      }),
    );
    const ratios = profileRatios(sample, sample)[0];
    assert.deepEqual([ratios.bias.raw, ratios.std.ratio, ratios.skewness.error], [0, 1, 0]);
  });
});

describe("spectrum ratio by mode", () => {
  const compare = (r: number, law = {}, n = 200) =>
    spectrumRatio(syntheticFields(n, stream(21).child(r), law), syntheticFields(3 * n, stream(22).child(r)), {
      stream: stream(23).child(r),
      relativeStd: 1e-4,
    });

  it("is 1 for equal laws in large and small modes alike, with the told errors", () => {
    const all = Array.from({ length: 60 }, (_, r) => compare(r));
    for (const k of [0, 3, 6, 9, 11]) {
      assertStandard(
        `mode ${k}`,
        all.map((ratio) => ratio.z[k]),
        { kurtosis: 4 },
      );
    }
  });

  it("would be biased in small modes if they came from the fields whose variance is taken", () => {
    const ratios = Array.from({ length: 30 }, (_, r) => {
      const reference = syntheticFields(150, stream(24).child(r));
      const modes = principalModes(reference);
      const y = modeScores(syntheticFields(1500, stream(25).child(r)), modes, { whitened: true });
      let sum = 0;
      for (let i = 0; i < 1500; i++) sum += y[i * modes.count + 11] ** 2 / 1500;
      return sum;
    });
    assert.ok(meanAndStd(ratios).mean > 1.08);
  });

  it("sees small modes that are 10 % wide of the mark although moments and roughness of the whole do not", () => {
    const seen = compare(0, { smallModes: 1.1 }, 3000);
    assert.ok(seen.p < 1e-6, `p = ${seen.p}`);
    assert.ok(compare(0, {}, 3000).p > 1e-3);
    const small = seen.relativeStd.flatMap((s, k) =>
      s < 0.01 && s > 1e-3 ? [{ r: seen.ratio[k], e: seen.logError[k] }] : [],
    );
    const error = (1.21 * Math.sqrt(small.reduce((sum, { e }) => sum + e * e, 0))) / small.length;
    assertClose("ratio of small modes", meanAndStd(small.map(({ r }) => r)).mean, 1.21, { within: 4 * error });
  });
});

describe("roughness by band", () => {
  it("is 1 for equal laws with the told errors, and sees a white floor in the upper band first", () => {
    const compare = (r: number, law = {}) =>
      roughness(syntheticFields(300, stream(31).child(r), law), syntheticFields(600, stream(32).child(r)))[0];
    const equal = Array.from({ length: 60 }, (_, r) => compare(r));
    [0, 1, 2].forEach((b) =>
      assertStandard(
        `band ${b}`,
        equal.map(({ bands }) => (bands[b].ratio - 1) / bands[b].standardError),
        { kurtosis: 4 },
      ),
    );
    const [low, middle, high] = compare(0, { floor: 0.02 }).bands;
    assert.ok(high.ratio > middle.ratio && middle.ratio > low.ratio);
    assert.ok(high.ratio > 1 + 5 * high.standardError && Math.abs(low.ratio - 1) < 4 * low.standardError);
  });
});
