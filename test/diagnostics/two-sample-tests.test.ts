import * as assert from "node:assert";
import { boundaryValues } from "../../lib/diagnostics/boundary-values";
import { classifierTest } from "../../lib/diagnostics/classifier-test";
import { bandCoverage } from "../../lib/diagnostics/coverage";
import { mannWhitney, memorisation } from "../../lib/diagnostics/memorisation";
import { holm } from "../../lib/diagnostics/multiple-testing";
import { modeRankHistograms, rankHistogram } from "../../lib/diagnostics/rank-histogram";
import { slicedWasserstein, squaredDistance } from "../../lib/diagnostics/sliced-wasserstein";
import { tf } from "../../lib/graph/tensorflow";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { assertStandard, meanAndStd } from "./calibration";
import { cells, syntheticFields } from "./synthetic-fields";

const wrongLaws = [
  { name: "a mean off by a fifth of a standard deviation", law: { shift: 0.2 } },
  { name: "a spread 20 % low", law: { spread: 0.8 } },
  { name: "a Gaussian in place of the skewed law", law: { curve: 0 } },
];

describe("rank histograms", () => {
  it("have uniform p-values for equal laws: a tenth of them lies below 0.1", () => {
    const ps = Array.from(
      { length: 300 },
      (_, r) => rankHistogram(stream(1).child(r).normals(400), stream(2).child(r).normals(700), 10).p,
    );
    assertClose("share below 0.1", ps.filter((p) => p < 0.1).length / 300, 0.1, { within: 4 * Math.sqrt(0.09 / 300) });
    assertClose("mean", meanAndStd(ps).mean, 0.5, { within: 4 / Math.sqrt(12 * 300) });
  });

  it("slope with a bias and bend with a wrong spread", () => {
    const reference = stream(3).normals(4000);
    const of = (f: (v: number) => number) => rankHistogram(stream(4).normals(4000).map(f), reference, 8);
    const [biased, narrow] = [of((v) => v + 0.2), of((v) => 0.8 * v)];
    assert.ok(biased.relative[7] > 1.1 && biased.relative[0] < 0.9 && biased.p < 1e-6);
    assert.ok(narrow.relative[0] < 0.9 && narrow.relative[7] < 0.9 && narrow.relative[3] > 1.05 && narrow.p < 1e-6);
    assert.throws(() => rankHistogram(reference.subarray(0, 30), reference), /at least 100 values a side, got 30/);
  });

  for (const { name, law } of wrongLaws) {
    it(`would notice ${name} at n = 1500 in some mode`, () => {
      const [generated, reference] = [syntheticFields(1500, stream(5), law), syntheticFields(1500, stream(6))];
      assert.ok(Math.min(...holm(modeRankHistograms(generated, reference, { modes: 6 }).map(({ p }) => p))) < 1e-3);
    });
  }
});

describe("sliced Wasserstein distance", () => {
  it("of sorted samples of different sizes is the integral over both quantile steps", () => {
    const got = squaredDistance(Float64Array.of(0, 1), Float64Array.of(0, 0, 3));
    assertClose("by hand", got, (1 / 6) * 1 + (1 / 3) * 4, { within: 1e-15 });
    const x = stream(7).normals(50).sort();
    assertClose(
      "a shift",
      squaredDistance(
        x,
        x.map((v) => v + 2),
      ),
      4,
      { within: 1e-12 },
    );
  });

  it("has a p that is uniform for equal laws", () => {
    const results = Array.from({ length: 60 }, (_, r) =>
      slicedWasserstein(syntheticFields(150, stream(8).child(r)), syntheticFields(300, stream(9).child(r)), {
        stream: stream(10).child(r),
        modes: 6,
        directions: 16,
        splits: 19,
      }),
    );
    const low = results.filter(({ p }) => p <= 0.2).length / 60;
    assertClose("share of p <= 0.2", low, 0.2, { within: 4 * Math.sqrt(0.16 / 60) });
  });

  for (const { name, law } of wrongLaws) {
    it(`would notice ${name} at n = 1000`, () => {
      const [generated, reference] = [syntheticFields(1000, stream(11), law), syntheticFields(1000, stream(12))];
      const { z, p } = slicedWasserstein(generated, reference, { stream: stream(13), modes: 6, splits: 19 });
      assert.ok(z > 3 && p === 1 / 20, `z ${z}, p ${p}`);
    });
  }
});

describe("classifier two-sample test", () => {
  const ask = (law: object, r = 0, count = 150) =>
    classifierTest(syntheticFields(count, stream(14).child(r), law), syntheticFields(count, stream(15).child(r)), {
      stream: stream(16).child(r),
      modes: [4, 8],
      epochs: 12,
    });

  it("is right half of the time for equal laws, with the told error", () => {
    const runs = 14;
    const all = Array.from({ length: runs }, (_, r) => ask({}, r));
    // Folds share training fields. The worst case is judging by the nearest neighbour: two thirds of the fields are
    // each other's (on a line; fewer in more dimensions), which makes the variance of the sum at most 5/3 of that of
    // independent judgements.
    const most = Math.sqrt(5 / 3);
    for (const k of [0, 1]) {
      const { mean, std } = meanAndStd(all.map((results) => results[k].z));
      assertClose(`${all[0][k].modes} modes: mean of z`, mean, 0, { within: (4 * most) / Math.sqrt(runs) });
      assert.ok(std <= most * (1 + 4 / Math.sqrt(2 * runs)), `${all[0][k].modes} modes: std of z is ${std}`);
    }
  });

  it("tells a Gaussian from a skewed law with the same mean and covariance, and leaves no tensor behind", () => {
    const before = tf.memory().numTensors;
    const [four, eight] = ask({ curve: 0 }, 0, 600);
    assert.ok(four.z > 3 && eight.z > 10, `z ${four.z}, ${eight.z}`);
    assert.strictEqual(tf.memory().numTensors, before);
  });
});

describe("coverage of quantile bands", () => {
  it("is nominal for equal laws, with the told error", () => {
    const all = Array.from({ length: 80 }, (_, r) =>
      bandCoverage(syntheticFields(200, stream(17).child(r)), syntheticFields(300, stream(18).child(r))),
    );
    for (const channel of [0, 1]) {
      // quantiles interpolated between n order statistics cover (n - 1) / (n + 1) of the nominal share
      assertStandard(
        "half",
        all.map((c) => c[channel][0].z + (0.5 * 2) / 201 / c[channel][0].standardError),
      );
    }
  });

  it("falls short for a model that is too narrow and is more than nominal for one that is too wide", () => {
    const reference = syntheticFields(1500, stream(19));
    const [narrow, wide] = [0.8, 1.25].map(
      (spread) => bandCoverage(syntheticFields(1500, stream(20), { spread }), reference)[0],
    );
    narrow.forEach(({ z }) => assert.ok(z < -4, `${z}`));
    wide.forEach(({ z }) => assert.ok(z > 4, `${z}`));
  });
});

describe("memorisation", () => {
  it("Mann-Whitney counts pairs, ties one half", () => {
    assertClose("by hand", mannWhitney([1, 2, 2], [2, 3]).share, (2 + 1.5 + 1.5) / 6, { within: 1e-15 });
    assert.strictEqual(mannWhitney([1, 1], [1, 1, 1]).z, 0);
  });

  it("has a standard z for fresh fields, and sees one field in three copied with a little noise", () => {
    const draw = (name: string, r: number, count: number) => syntheticFields(count, stream(21).child(name).child(r));
    const ask = (r: number, copied: number) => {
      const [training, fresh, own] = [draw("training", r, 300), draw("fresh", r, 300), draw("generated", r, 300)];
      const copies = training.slice(0, copied);
      own.values.set(copies.values.map((v, k) => v * (1 + 1e-7 * (k % 3))));
      return memorisation(own, { training, fresh, modes: 6 });
    };
    assertStandard(
      "fresh fields",
      Array.from({ length: 40 }, (_, r) => ask(r, 0).z),
    );
    const [plain, copying] = [ask(0, 0), ask(0, 100)];
    assert.ok(copying.z > plain.z + 3 && copying.p < 0.01, `z ${plain.z} without, ${copying.z} with copies`);
  });
});

describe("boundary values", () => {
  it("finds the held cells and what generated fields miss there", () => {
    const [c, phi] = boundaryValues(syntheticFields(50, stream(22)), syntheticFields(80, stream(23)));
    assert.deepStrictEqual(c.held, [{ cell: cells - 1, value: 1000, largestDeviation: 0 }]);
    assert.deepStrictEqual(phi.held, [{ cell: 0, value: 0, largestDeviation: 0 }]);
    const wrong = syntheticFields(50, stream(22));
    wrong.values[cells - 1] = 1000.5;
    assertClose("deviation", boundaryValues(wrong, syntheticFields(80, stream(23)))[0].held[0].largestDeviation, 0.5, {
      within: 1e-12,
    });
  });
});

describe("corrections for many tests", () => {
  it("give the values of a worked example", () => {
    const p = [0.01, 0.04, 0.03, 0.005];
    const expected = [0.03, 0.06, 0.06, 0.02];
    holm(p).forEach((v, k) => assertClose(`Holm ${k}`, v, expected[k], { within: 1e-15 }));
    assert.throws(() => holm([0.2, NaN]), /p-values lie in \[0, 1\], got NaN at 1/);
  });

  it("keep the chance of any false rejection at the level", () => {
    const runs = 2000;
    let rejected = 0;
    for (let r = 0; r < runs; r++) if (holm([...stream(24).child(r).uniforms(10)]).some((p) => p <= 0.1)) rejected++;
    assertClose("family-wise error", rejected / runs, 1 - 0.99 ** 10, { within: 4 * Math.sqrt(0.09 / runs) });
  });
});
