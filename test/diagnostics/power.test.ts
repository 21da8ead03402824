/**
 * Power of the two-sample tests, derived beforehand. Each test is given samples that are equal, near (most runs must
 * not notice) and far, of a law for which the expected statistic is known in closed form; over many repetitions the
 * mean of the statistic must be that value, and where the law of the statistic is known the share of rejections must be
 * its power.
 */
import * as assert from "node:assert";
import { classifierTest } from "../../lib/diagnostics/classifier-test";
import { bandCoverage } from "../../lib/diagnostics/coverage";
import { energyDistance } from "../../lib/diagnostics/energy-distance";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { memorisation } from "../../lib/diagnostics/memorisation";
import type { Fields } from "../../lib/fields/fields";
import { chiSquareTail, normalTail } from "../../lib/numerics/distributions";
import { rankHistogram } from "../../lib/diagnostics/rank-histogram";
import { slicedWasserstein } from "../../lib/diagnostics/sliced-wasserstein";
import { spectrumRatio } from "../../lib/diagnostics/spectrum";
import { normalQuantile } from "../../lib/random/normal";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { meanAndStd } from "./calibration";

const cdf = (x: number): number => 1 - normalTail(x);

/** `cells` independent normal numbers a field, of these standard deviations, the first shifted. */
function normals(
  name: string,
  r: number,
  count: number,
  law: { shift?: number; std?: readonly number[] } = {},
): Fields {
  const { shift = 0, std = [1] } = law;
  const cells = std.length;
  const z = stream(404).child(name).child(r).normals(count * cells); // prettier-ignore
  return fieldSample(
    z.map((v, k) => std[k % cells] * v + (k % cells === 0 ? shift : 0)),
    { channels: 1, cells },
  );
}
const repeat = <T>(runs: number, f: (r: number) => T): T[] => Array.from({ length: runs }, (_, r) => f(r));

describe("power of the energy distance: normal laws a shift apart", () => {
  // E|X - Y| for X - Y ~ N(shift, 2); distance variance of the normal law (Szekely, Rizzo and Bakirov 2007, theorem 7)
  const distance = (d: number): number =>
    2 * ((2 / Math.sqrt(Math.PI)) * Math.exp(-(d * d) / 4) + d * (2 * cdf(d / Math.SQRT2) - 1)) -
    4 / Math.sqrt(Math.PI);
  const distanceVariance = 4 * ((1 - Math.sqrt(3)) / Math.PI + 1 / 3);
  const [n, runs] = [400, 40];
  const nullVariance = distanceVariance * (4 / (n * (n - 1)) + 4 / (n * n));
  for (const { name, shift } of [
    { name: "equal", shift: 0 },
    { name: "near", shift: 0.05 },
    { name: "far", shift: 0.25 },
  ]) {
    it(`${name}: z is ${(distance(shift) / Math.sqrt(nullVariance)).toFixed(1)} on average`, () => {
      const z = repeat(
        runs,
        (r) =>
          energyDistance(normals(`x ${shift}`, r, n, { shift }), normals(`y ${shift}`, r, n), {
            stream: stream(1),
            splits: 1,
          }).z,
      );
      // the part of the statistic that is linear in the samples, 2 shift (2 cdf(x) - 1), has variance 4 shift^2 / 3 a
      // field
      const std = Math.sqrt(1 + ((4 * shift * shift) / 3) * (2 / n / nullVariance));
      assertClose("mean z", meanAndStd(z).mean, distance(shift) / Math.sqrt(nullVariance), {
        within: (4 * std) / Math.sqrt(runs),
      });
    });
  }
});

describe("power of the sliced Wasserstein distance: along one direction a shift adds its square", () => {
  const [n, runs] = [400, 30];
  for (const { name, shift } of [
    { name: "equal", shift: 0 },
    { name: "near", shift: 0.05 },
    { name: "far", shift: 0.3 },
  ]) {
    it(`${name}: the square exceeds its null by ${(shift * shift).toFixed(4)}`, () => {
      const excess = repeat(runs, (r) => {
        const [x, y] = [normals(`x ${shift}`, r, n, { shift }), normals(`y ${shift}`, r, n)];
        const { distance, nullMean } = slicedWasserstein(x, y, {
          stream: stream(2).child(r),
          modes: 1,
          directions: 1,
          splits: 9,
        });
        return distance ** 2 - nullMean ** 2;
      });
      const { mean, std } = meanAndStd(excess);
      // whitened by the pooled standard deviation
      assertClose("excess", mean, (shift * shift) / (1 + (shift * shift) / 4), { within: (4 * std) / Math.sqrt(runs) });
    });
  }
});

describe("power of rank histograms: non-central chi-square", () => {
  const [n, bins, runs] = [500, 10, 300];
  const critical = 16.918977604620448; // of 9 degrees of freedom, 5 %
  for (const { name, shift } of [
    { name: "equal", shift: 0 },
    { name: "near", shift: 0.05 },
    { name: "far", shift: 0.25 },
  ]) {
    const pooled = (x: number): number => 0.5 * (cdf(x) + cdf(x - shift));
    const edges = Array.from({ length: bins - 1 }, (_, b) => {
      let [low, high] = [-10, 10];
      for (let k = 0; k < 60; k++) {
        const middle = 0.5 * (low + high);
        if (pooled(middle) < (b + 1) / bins) low = middle;
        else high = middle;
      }
      return low;
    });
    const share = (at: (x: number) => number) =>
      [...edges, Infinity].map((e, b) => (e === Infinity ? 1 : at(e)) - (b === 0 ? 0 : at(edges[b - 1])));
    const [p, q] = [share((x) => cdf(x - shift)), share(cdf)];
    const excess = p.reduce((sum, pb, b) => sum + ((n / 2) * (pb - q[b]) ** 2) / ((pb + q[b]) / 2), 0);
    let power = 0;
    for (let j = 0, weight = Math.exp(-excess / 2); j < 200; weight *= excess / 2 / ++j) {
      power += weight * chiSquareTail(critical, bins - 1 + 2 * j);
    }
    it(`${name}: chi-square is ${(bins - 1 + excess).toFixed(1)} on average and rejects in ${(100 * power).toFixed(0)} % of cases`, () => {
      const all = repeat(runs, (r) => {
        const [x, y] = [normals(`x ${shift}`, r, n, { shift }), normals(`y ${shift}`, r, n)];
        return rankHistogram(x.values, y.values, bins);
      });
      const within = 4 * Math.sqrt((2 * (bins - 1) + 4 * excess) / runs);
      assertClose("mean", meanAndStd(all.map((h) => h.chiSquare)).mean, bins - 1 + excess, { within });
      const rejected = all.filter((h) => h.p <= 0.05).length / runs;
      assertClose("power", rejected, power, { within: 4 * Math.sqrt((power * (1 - power)) / runs) + 1 / n });
    });
  }
});

describe("power of coverage: a normal model of the wrong width", () => {
  const [n, runs] = [400, 60];
  for (const { name, width } of [
    { name: "equal", width: 1 },
    { name: "near", width: 0.97 },
    { name: "far", width: 0.75 },
  ]) {
    it(`${name}: the bands of nominal 50, 80 and 95 % hold what the normal law says`, () => {
      const all = repeat(
        runs,
        (r) => bandCoverage(normals(`x ${width}`, r, n, { std: [width] }), normals(`y ${width}`, r, n))[0],
      );
      [0.5, 0.8, 0.95].forEach((nominal, k) => {
        const expected = 2 * cdf(width * normalQuantile(0.5 + nominal / 2)) - 1;
        const error = Math.sqrt(expected * (1 - expected) * (2 / n));
        const mean = meanAndStd(all.map((c) => c[k].share)).mean;
        // order statistics of n fields cover (n - 1) / (n + 1) of the nominal share
        assertClose(`share in ${nominal}`, mean, expected, { within: (4 * error) / Math.sqrt(runs) + 2 / n });
      });
    });
  }
});

describe("power of the memorisation test: a share of the fields is copied", () => {
  const [n, runs] = [200, 25];
  for (const { name, copied } of [
    { name: "equal", copied: 0 },
    { name: "near", copied: 0.05 },
    { name: "far", copied: 0.3 },
  ]) {
    const variance = (2 * n + 1) / (12 * n * n);
    const expected = copied / 2 / Math.sqrt(variance);
    it(`${name}: z is ${expected.toFixed(1)} on average`, () => {
      const std = [1, 0.8, 0.6];
      const z = repeat(runs, (r) => {
        const [training, fresh, own] = ["training", "fresh", "own"].map((who) =>
          normals(`${who} ${copied}`, r, n, { std }),
        );
        own.values.set(training.values.subarray(0, Math.round(copied * n) * std.length));
        return memorisation(own, { training, fresh, modes: 3 }).z;
      });
      assertClose("mean z", meanAndStd(z).mean, expected, { within: 4 / Math.sqrt(runs) });
    });
  }
});

describe("power of the spectrum ratio: every standard deviation off by a factor", () => {
  const [n, m, runs] = [300, 600, 40];
  for (const { name, factor } of [
    { name: "equal", factor: 1 },
    { name: "near", factor: 1.02 },
    { name: "far", factor: 1.2 },
  ]) {
    const expected = (2 * Math.log(factor)) / Math.sqrt(2 / n + 2 / m);
    it(`${name}: z is ${expected.toFixed(1)} in each mode on average`, () => {
      const std = [1, 0.3, 0.1];
      const all = repeat(runs, (r) =>
        spectrumRatio(
          normals(`x ${factor}`, r, n, { std: std.map((s) => factor * s) }),
          normals(`y ${factor}`, r, m, { std }),
          { stream: stream(3).child(r) },
        ),
      );
      std.forEach((_, k) => {
        // z has unit variance; told errors scatter by a few per cent of z
        const within = (4 * Math.sqrt(1 + (0.1 * expected) ** 2)) / Math.sqrt(runs);
        assertClose(`mode ${k}`, meanAndStd(all.map(({ z }) => z[k])).mean, expected, { within });
      });
    });
  }
});

describe("power of the classifier: no classifier beats the likelihood ratio", () => {
  const n = 400;
  const error = 1 / (2 * Math.sqrt(2 * n));
  // judgements of different folds share training fields: even for nearest neighbours their sum varies by at most 5/3 of
  // the binomial
  const slack = 4 * Math.sqrt(5 / 3) * error;
  for (const { name, shift } of [
    { name: "equal", shift: 0 },
    { name: "near", shift: 0.05 },
    { name: "far", shift: 1.2 },
  ]) {
    const best = cdf(shift / 2);
    it(`${name}: accuracy at most ${best.toFixed(3)}, beyond its error`, () => {
      const law = { shift, std: [1, 0.8] };
      const [x, y] = [normals(`x ${shift}`, 0, n, law), normals(`y ${shift}`, 0, n, { std: law.std })];
      const [{ accuracy, z }] = classifierTest(x, y, { stream: stream(4), modes: [2], epochs: 12 });
      assert.ok(accuracy <= best + slack, `${accuracy} against ${best} + ${slack}`);
      if (name === "far") assert.ok(z > 4 * Math.sqrt(5 / 3), `z ${z}`);
      else assert.ok(accuracy >= 0.5 - slack, `${accuracy}`);
    });
  }
});
