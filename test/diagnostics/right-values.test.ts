/**
 * Diagnostics of a few fields, worked out by hand or by their definitions in plain sums: what tests of many repetitions
 * see only where it is far off.
 */
import assert from "node:assert/strict";
import { boundaryValues } from "../../lib/diagnostics/boundary-values";
import { bandCoverage } from "../../lib/diagnostics/coverage";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { mannWhitney } from "../../lib/diagnostics/memorisation";
import { moments, profileRatios } from "../../lib/diagnostics/moments";
import { holm } from "../../lib/diagnostics/multiple-testing";
import { meanInterval } from "../../lib/diagnostics/paired-interval";
import { biasRatios } from "../../lib/diagnostics/profile-bias";
import { rankHistogram } from "../../lib/diagnostics/rank-histogram";
import { roughness } from "../../lib/diagnostics/roughness";
import { predictedRoughness, roughnessSpectrum, secondDifferenceWaves } from "../../lib/diagnostics/roughness-spectrum";
import { scaled, scalingFactors } from "../../lib/diagnostics/scaling";
import { spectrumRatio } from "../../lib/diagnostics/spectrum";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";
import { syntheticFields } from "./synthetic-fields";

const rounding = 1e-12;
const sumOf = (n: number, f: (i: number) => number): number =>
  Array.from({ length: n }, (_, i) => f(i)).reduce((a, b) => a + b, 0);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe("standard errors of moments", () => {
  it("are those of their influence functions, summed number by number", () => {
    const x = Float64Array.of(0.3, -1.2, 0.1, 2.9, 0.4, -0.5, 1.1);
    const n = x.length;
    const mean = sumOf(n, (i) => x[i]) / n;
    const s = Math.sqrt(sumOf(n, (i) => (x[i] - mean) ** 2) / (n - 1));
    const z = x.map((v) => (v - mean) / s);
    const g = sumOf(n, (i) => z[i] ** 3) / n;
    const psi = z.map((v) => v ** 3 - g - 3 * v - 1.5 * g * (v * v - 1));
    const { standardError } = moments(fieldSample(x, { channels: 1, cells: 1 }));
    const kurtosis = sumOf(n, (i) => z[i] ** 4) / n;
    assertClose("of the std", standardError.std[0], s * Math.sqrt((kurtosis - 1) / (4 * n)), { within: rounding });
    const ofSkewness = Math.sqrt(sumOf(n, (i) => psi[i] ** 2) / n / n);
    assertClose("of the skewness", standardError.skewness[0], ofSkewness, { within: rounding });
  });
});

describe("L2 ratios of two small samples", () => {
  const [n, m, d] = [6, 9, 3];
  const draw = (name: string, count: number, shift: number) =>
    fieldSample(
      stream(3)
        .child(name)
        .normals(count * d)
        .map((v, k) => (1 + (k % d)) * v + shift),
      { channels: 1, cells: d },
    );
  const [generated, reference] = [draw("generated", n, 2), draw("reference", m, 0)];
  const [gen, ref] = [moments(generated), moments(reference)];
  const cells = range(d);
  const C = cells.map((i) =>
    cells.map((j) => {
      const product = (f: number): number =>
        (reference.values[f * d + i] - ref.mean[i]) * (reference.values[f * d + j] - ref.mean[j]);
      return sumOf(m, product) / (m - 1);
    }),
  );
  const trace = sumOf(d, (j) => ref.std[j] ** 2);
  const traceGen = sumOf(d, (j) => gen.std[j] ** 2);
  const b = cells.map((j) => gen.mean[j] - ref.mean[j]);
  const v = 1 / n + 1 / m;
  // E |S|^2 of m fields is |C|^2 (1 + 1/m) + (tr C)^2 / m; the estimate takes the last term away.
  const traceC2 = sumOf(d * d, (k) => C[Math.floor(k / d)][k % d] ** 2) - trace ** 2 / m;
  const [{ bias, std, skewness }] = profileRatios(generated, reference);

  it("have the bias, what is left without sampling noise, its z and its error", () => {
    const raw2 = sumOf(d, (j) => b[j] ** 2) / trace;
    const corrected2 = raw2 - (traceGen / n + trace / m) / trace;
    assertClose("raw", bias.raw, Math.sqrt(raw2), { within: rounding });
    assert.ok(corrected2 > 0, "a shift that is seen");
    assertClose("corrected", bias.corrected, Math.sqrt(corrected2), { within: rounding });
    const nullError = (Math.sqrt(2 * traceC2) * v) / trace;
    assertClose("z", bias.z, corrected2 / nullError, { within: rounding * bias.z });
    const bCb = sumOf(d, (i) => sumOf(d, (j) => b[i] * C[i][j] * b[j])) - v * traceC2;
    const error2 = Math.sqrt(nullError ** 2 + (4 * v * bCb) / trace ** 2);
    assertClose("error of the root", bias.standardError, error2 / (2 * Math.sqrt(corrected2)), { within: rounding });
  });

  it("have the ratio of spreads with its error, and the error of the skewness beside what sampling gives", () => {
    const relative = (sample: typeof generated, mean: Float64Array): number => {
      const square = (f: number): number => sumOf(d, (j) => (sample.values[f * d + j] - mean[j]) ** 2);
      const first = sumOf(sample.count, square) / sample.count;
      const second = sumOf(sample.count, (f) => square(f) ** 2) / sample.count;
      return Math.sqrt((second / first ** 2 - 1) / sample.count);
    };
    const ratio = Math.sqrt(traceGen / trace);
    const error = 0.5 * ratio * Math.hypot(relative(generated, gen.mean), relative(reference, ref.mean));
    assertClose("ratio", std.ratio, ratio, { within: rounding });
    assertClose("its error", std.standardError, error, { within: rounding });
    assertClose("its z", std.z, (ratio - 1) / error, { within: rounding });
    const square = sumOf(d, (j) => (gen.skewness[j] - ref.skewness[j]) ** 2) / d;
    const floor = sumOf(d, (j) => gen.standardError.skewness[j] ** 2 + ref.standardError.skewness[j] ** 2) / d;
    assertClose("skewness", skewness.error, Math.sqrt(square), { within: rounding });
    assertClose("its floor", skewness.floor, Math.sqrt(floor), { within: rounding });
    const left = square - floor;
    const signedRoot = Math.sign(left) * Math.sqrt(Math.abs(left));
    assertClose("what is left", skewness.corrected, signedRoot, { within: rounding });
  });

  it("a bias with a known covariance of its error has the ratio, error and z of the header's formulas", () => {
    const value = Float64Array.of(0.5, -0.2, 9, 9);
    const error = new Float64Array(16);
    [[0, 0, 0.04], [0, 1, 0.01], [1, 0, 0.01], [1, 1, 0.02], [2, 2, 1], [3, 3, 1], [0, 2, 5]].forEach(([i, j, e]) => (error[4 * i + j] = e)); // prettier-ignore
    const [first] = biasRatios({ value, error }, [1, 2, 1, 1], 2);
    const corrected = (0.29 - 0.06) / 5;
    const squares = 0.0016 + 2 * 0.0001 + 0.0004; // tr E^2
    const along = 0.04 * 0.25 + 0.02 * 0.04 - 2 * 0.01 * 0.1 - squares; // b'Eb, less what noise adds to it
    const nullError = Math.sqrt(2 * squares) / 5;
    const ofSquare = Math.sqrt(2 * squares + 4 * along) / 5;
    assertClose("ratio", first.ratio, Math.sqrt(corrected), { within: rounding });
    assertClose("z", first.z, corrected / nullError, { within: rounding });
    assertClose("error", first.standardError, ofSquare / (2 * Math.sqrt(corrected)), { within: rounding });
    assert.throws(() => biasRatios({ value, error }, [1, 2, 0, 0], 2), /channel 1 of the true law does not vary/);
  });
});

describe("slopes at the ends", () => {
  it("are differences of the two cells next to each end, in units of the largest std, with mean and spread", () => {
    const fields = (rows: number[][]) => fieldSample(Float64Array.from(rows.flat()), { channels: 1, cells: 4 });
    const reference = fields([[0, 1, 5, 5], [0, 3, 5, 9], [0, 1, 5, 5], [0, 3, 5, 9]]); // prettier-ignore
    const generated = fields([[0, 2, 5, 6], [0, 2, 5, 6], [0, 2, 5, 6], [0.5, 2, 3, 6]]); // prettier-ignore
    const [{ held, ends }] = boundaryValues(generated, reference);
    assert.deepEqual(held, [{ cell: 0, value: 0, largestDeviation: 0.5 }, { cell: 2, value: 5, largestDeviation: 2 }]); // prettier-ignore
    const largest = Math.sqrt(16 / 3); // of 5, 9, 5, 9
    const [left, right] = ends;
    assert.deepEqual([left.end, right.end], ["x = 0", "x = L"]);
    for (const [got, mean, std] of [
      [left.reference, 2, Math.sqrt(4 / 3)],
      [left.generated, 7.5 / 4, 0.25],
      [right.reference, 2, Math.sqrt(16 / 3)],
      [right.generated, 1.5, 1],
    ] as const) {
      assertClose("mean", got.mean, mean / largest, { within: rounding });
      assertClose("std", got.std, std / largest, { within: rounding });
    }
  });
});

describe("tests of few numbers", () => {
  it("Mann and Whitney's variance, with ties, is that of all ways to divide the numbers", () => {
    const pooled = [1, 2, 2, 2, 3, 7];
    const shares: number[] = [];
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [[pooled[i], pooled[j]], pooled.filter((_, k) => k !== i && k !== j)];
        shares.push(
          a.flatMap((x) => b.map((y) => (x < y ? 1 : x === y ? 0.5 : 0) as number)).reduce((s, u) => s + u) / 8,
        );
      }
    }
    const variance = shares.reduce((s, u) => s + (u - 0.5) ** 2, 0) / shares.length;
    const { share, z } = mannWhitney([1, 2], [2, 2, 3, 7]);
    assertClose("share", share, (4 + 0.5 + 0.5 + 2) / 8, { within: rounding });
    assertClose("z", z, (share - 0.5) / Math.sqrt(variance), { within: rounding });
  });

  it("Student's interval and p of three numbers, in closed form, and of numbers without scatter", () => {
    const { mean, low, high, p } = meanInterval([1, 2, 3]);
    const t = 2 * Math.sqrt(3);
    assertClose("p", p, 1 - t / Math.sqrt(t * t + 2), { within: rounding });
    const half = 4.302652729911275 / Math.sqrt(3); // the table's quantile of two degrees
    [mean, low, high].forEach((v, k) => assertClose("interval", v, [2, 2 - half, 2 + half][k], { within: 1e-9 }));
    assert.deepEqual([meanInterval([2, 2]).p, meanInterval([0, 0]).p], [0, 1]);
    assert.deepEqual(meanInterval([2, 2]), { mean: 2, low: 2, high: 2, p: 0 });
  });

  it("Holm's adjusted p-values end at 1, and what is no p-value is refused", () => {
    assert.deepEqual([holm([1, 0.9]), holm([0.1, 0]), holm([])], [[1, 1], [0.1, 0], []]); // prettier-ignore
    assert.throws(() => holm([1.1]), /holm: .*got 1.1 at 0/);
    assert.throws(() => holm([0.1, -1]), /holm: .*got -1 at 1/);
  });

  it("a rank histogram of two bins, by hand, with ties that leave a bin empty", () => {
    const generated = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 19, 20);
    const reference = Float64Array.of(9, 10, 11, 12, 13, 14, 15, 16, 17, 18);
    const h = rankHistogram(generated, reference, 2); // 8 and 2 of ten, 5 and 5 expected
    assert.deepEqual(h.relative, [1.6, 0.4]);
    assertClose("chi-square", h.chiSquare, (4 * 9) / 5, { within: rounding });
    assert.equal(h.freedom, 1);
    assertClose("p", h.p, 0.00729036, { within: 1e-8 }); // 2 P(Z > sqrt(7.2))
    assertClose("error of a bin", h.standardError, Math.sqrt((1 / 2) * (2 / 10) * (1 / 2)), { within: rounding });
    const tied = rankHistogram(new Float64Array(15).fill(1), new Float64Array(15).fill(1), 3);
    assert.deepEqual([tied.relative, tied.chiSquare, tied.freedom, tied.p], [[1, 1, 1], 0, 1, 1]);
    const uneven = rankHistogram(generated, Float64Array.from([...reference, ...reference]), 2);
    assertClose("uneven", uneven.standardError, Math.sqrt((20 / 30) * (2 / 10) * (1 / 2)), { within: rounding });
    assert.throws(() => rankHistogram(generated, reference, 1), /1 bins need/);
    assert.throws(() => rankHistogram(generated, reference.subarray(1), 2), /at least 10 values a side, got 10 and 9/);
  });

  it("coverage of a band, by hand: cells that do not vary are left out", () => {
    const fields = (rows: number[][]) => fieldSample(Float64Array.from(rows.flat()), { channels: 1, cells: 3 });
    const generated = fields([[0, 0, 7], [1, 10, 7], [2, 20, 7], [3, 30, 7], [4, 40, 7]]); // prettier-ignore
    const reference = fields([[1, 10, 7], [3, 30, 7], [2, 31, 7], [0, 50, 7]]); // prettier-ignore
    const [[half]] = bandCoverage(generated, reference, [0.5]); // from 1 to 3 and from 10 to 30, ends included
    assertClose("share", half.share, 5 / 8, { within: rounding });
    const variance = (1 + 1 + 0.25) / 4 - (5 / 8) ** 2;
    assertClose("error", half.standardError, Math.sqrt(variance * (1 / 5 + 1 / 4)), { within: rounding });
    assertClose("z", half.z, 0.125 / half.standardError, { within: rounding });
    assert.throws(() => bandCoverage(generated, reference, [1]), /a level lies in \(0, 1\), got 1/);
    assert.throws(() => bandCoverage(generated, reference, [0]), /got 0/);
  });
});

describe("scalings", () => {
  const fields = fieldSample(Float64Array.of(0, 0, 5, 2, 4, 5, 0, 0, 5, 2, 4, 5), { channels: 1, cells: 3 });
  const [s, t] = [Math.sqrt(4 / 3), Math.sqrt(16 / 3)];

  it("divide by the profile's norm, its largest std, or each cell's own, where it varies", () => {
    const norm = Math.hypot(s, t);
    for (const [scaling, expected] of [
      [undefined, [1 / norm, 1 / norm, 1 / norm]],
      ["profile", [1 / norm, 1 / norm, 1 / norm]],
      ["largest", [1 / t, 1 / t, 1 / t]],
      ["cell", [1 / s, 1 / t, 0]],
    ] as const) {
      scalingFactors(fields, scaling).forEach((f, j) =>
        assertClose(`${scaling} ${j}`, f, expected[j], { within: rounding }),
      );
    }
    const constant = fieldSample(new Float64Array(12), { channels: 1, cells: 3 });
    assert.throws(() => scalingFactors(constant), /channel 0 of the reference does not vary at all/);
  });

  it("are applied row by row, about a centre where one is given", () => {
    const factors = Float64Array.of(2, 3, 4);
    assert.deepEqual([...scaled(fields, factors).subarray(3, 6)], [4, 12, 20]);
    assert.deepEqual([...scaled(fields, factors, Float64Array.of(1, 1, 5)).subarray(3, 6)], [2, 9, 0]);
    assert.throws(() => scaled(fields, Float64Array.of(1)), /expected 3 factors, got 1/);
  });
});

describe("roughness of fields made of few waves", () => {
  const cells = 11; // nine inner cells: thirds of three wavenumbers each
  const inner = cells - 2;
  const waves = secondDifferenceWaves(cells);

  it("the waves are second differences of orthonormal cosines", () => {
    for (let q = 0; q < inner; q++) {
      const cosine = (j: number): number =>
        j < 0 || j >= inner ? 0 : Math.sqrt((q ? 2 : 1) / inner) * Math.cos((Math.PI * q * (2 * j + 1)) / (2 * inner));
      for (let j = 0; j < cells; j++) {
        const expected = cosine(j) - 2 * cosine(j - 1) + cosine(j - 2);
        assertClose(`wave ${q}, cell ${j}`, waves[q * cells + j], expected, { within: rounding });
      }
    }
    assert.throws(() => roughnessSpectrum(fieldSample(new Float64Array(28), { channels: 1, cells: 7 })), /at least 8 cells, got 7/); // prettier-ignore
  });

  const draw = (seed: number, count: number) =>
    fieldSample(
      stream(seed)
        .normals(count * cells)
        .map((v, k) => v + (k % cells) ** 2),
      { channels: 1, cells },
    );
  const [generated, reference] = [draw(1, 7), draw(2, 5)];
  /** W_q^2 of field f, about the sample's mean. */
  const power = (sample: typeof generated, f: number, q: number): number => {
    const { mean } = moments(sample);
    return sumOf(cells, (j) => waves[q * cells + j] * (sample.values[f * cells + j] - mean[j])) ** 2;
  };

  it("powers by wavenumber have n - 1, and the error of their scatter", () => {
    const [spectrum] = roughnessSpectrum(generated);
    for (let q = 0; q < inner; q++) {
      const p = sumOf(7, (f) => power(generated, f, q)) / 6;
      assertClose(`power ${q}`, spectrum.power[q], p, { within: 1e-11 });
      const variance = sumOf(7, (f) => power(generated, f, q) ** 2) / 7 - p * p;
      assertClose(`error ${q}`, spectrum.standardError[q], Math.sqrt(Math.max(0, variance) / 7), { within: 1e-10 });
    }
  });

  it("bands hold a third of the wavenumbers each; the ratio of whole fields holds their mean", () => {
    const [{ bands, rms }] = roughness(generated, reference);
    const band = (sample: typeof generated, b: number) => {
      const own = range(sample.count).map((f) => sumOf(3, (q) => power(sample, f, 3 * b + q)));
      const mean = own.reduce((s, v) => s + v) / own.length;
      const error = Math.sqrt((own.reduce((s, v) => s + v * v, 0) / own.length - mean ** 2) / own.length);
      return { mean, error };
    };
    assert.deepEqual(
      bands.map(({ name }) => name),
      ["low", "middle", "high"],
    );
    bands.forEach(({ ratio, standardError }, b) => {
      const [g, r] = [band(generated, b), band(reference, b)];
      assertClose(`ratio ${b}`, ratio, g.mean / r.mean, { within: 1e-11 });
      const error = (g.mean / r.mean) * Math.hypot(g.error / g.mean, r.error / r.mean);
      assertClose(`error ${b}`, standardError, error, { within: 1e-10 });
    });
    const total = (sample: typeof generated): number =>
      sumOf(sample.count, (f) =>
        sumOf(inner, (j) => {
          const x = sample.values.subarray(f * cells + j);
          return (x[0] - 2 * x[1] + x[2]) ** 2;
        }),
      ) / sample.count;
    assertClose("rms", rms, Math.sqrt(total(generated) / total(reference)), { within: rounding });
    const few = fieldSample(new Float64Array(28), { channels: 1, cells: 7 });
    assert.throws(() => roughness(few, few), /at least 8 cells, got 7/);
  });

  it("of a known covariance is w' C w, of the channel that is asked for", () => {
    const [channels, rank, outside] = [2, 2, 0.3];
    const dimension = channels * cells;
    const c = Math.SQRT1_2;
    const modes = new Float64Array(dimension * rank); // two orthonormal modes over three cells of the second channel
    [[0, c, c], [3, c, -c], [7, 0, 0]].forEach(([j, a, b]) => modes.set([a, b], (cells + j) * rank)); // prettier-ignore
    const variance = [5, 2];
    const predicted = predictedRoughness({ dimension, rank, modes }, variance, outside, 1, cells);
    const C = (i: number, j: number): number =>
      sumOf(rank, (k) => (variance[k] - outside) * modes[(cells + i) * rank + k] * modes[(cells + j) * rank + k]) +
      (i === j ? outside : 0);
    assert.equal(predicted.length, inner);
    predicted.forEach((p, q) => {
      const expected = sumOf(cells, (i) => sumOf(cells, (j) => waves[q * cells + i] * C(i, j) * waves[q * cells + j]));
      assertClose(`power ${q}`, p, expected, { within: rounding });
    });
  });
});

describe("bands of a spectrum ratio", () => {
  it("hold the ratio between factors exp(z se), 1.96 for 95 %, and z, its largest and p follow", () => {
    const [generated, reference] = [syntheticFields(60, stream(1)), syntheticFields(90, stream(2))];
    const of = (options: object) => spectrumRatio(generated, reference, { stream: stream(3), ...options });
    for (const [level, width] of [
      [undefined, 1.959963985],
      [0.5, 0.6744897502],
    ] as const) {
      // prettier-ignore
      const r = of({ level });
      r.ratio.forEach((ratio, k) => {
        assertClose("low", Math.log(ratio / r.low[k]), width * r.logError[k], { within: 1e-8 });
        assertClose("high", Math.log(r.high[k] / ratio), width * r.logError[k], { within: 1e-8 });
        assertClose("z", r.z[k], Math.log(ratio) / r.logError[k], { within: 1e-10 * (1 + Math.abs(r.z[k])) });
      });
      assert.equal(r.largestZ, Math.max(...r.z.map(Math.abs)));
      assert.equal(r.relativeStd[0], 1);
    }
    const three = of({ largestCount: 3 });
    assert.deepEqual([three.modes, three.ratio], [3, of({}).ratio.slice(0, 3)]);
  });
});
