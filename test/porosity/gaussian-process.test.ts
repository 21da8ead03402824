import assert from "node:assert";
import { assertClose } from "../assert-close";
import { covarianceAt, covariances, type Covariance } from "../../lib/porosity/covariance";
import { gaussianProcess, type GaussianProcess } from "../../lib/porosity/gaussian-process";
import { porosity } from "../../lib/porosity/law";
import { stream } from "../../lib/random/stream";

const L = 1e-4; // m
const methods = ["cholesky", "circulant embedding"] as const;

/** Largest entry of |L L' - covariance|. */
function residual(p: GaussianProcess, covariance: Covariance, l: number, nugget: number): number {
  const n = p.cells;
  const F = p.factor();
  let worst = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k <= j; k++) sum += F[i * n + k] * F[j * n + k];
      const expected = covarianceAt(covariance, ((i - j) * L) / n, l) + (i === j ? nugget : 0);
      worst = Math.max(worst, Math.abs(sum - expected));
    }
  }
  return worst;
}

describe("Gaussian process", () => {
  for (const covariance of covariances) {
    for (const l of [L / 1000, L / 50, L / 5, L, 100 * L]) {
      it(`${covariance}, l = ${l / L} L: the factor multiplies out to the covariance matrix`, () => {
        for (const [cells, nugget] of [
          [1, 0.5],
          [2, 1e-4],
          [100, 1e-4],
          [100, 1e-8],
          [257, 1e-12],
        ]) {
          const p = gaussianProcess({ cells, length: L, correlationLength: l, covariance, nugget });
          assertClose(`${cells} cells`, residual(p, covariance, l, nugget), 0, { within: 1e-13 });
        }
      });
    }
  }

  it("a covariance that is singular to rounding is refused with the remedy, never NaN", () => {
    const smooth = { cells: 100, length: L, correlationLength: L, nugget: 0 };
    assert.throws(() => gaussianProcess(smooth), /singular to double precision; a nugget of 1e-8 or more/);
    const tiny = gaussianProcess({ ...smooth, nugget: 1e-14 }).sample(stream(1));
    assert.ok(tiny.every(Number.isFinite));
    assert.throws(
      () => gaussianProcess({ cells: 1000, length: L, correlationLength: 100 * L, nugget: 0 }),
      /periodic extension .* shorter correlation length, a larger nugget/,
    );
  });

  for (const method of methods) {
    for (const covariance of covariances) {
      it(`${method}, ${covariance}: mean, variance and covariance at several lags are those of the law`, () => {
        const [cells, count, l, nugget] = [100, 20000, L / 10, 1e-2];
        const p = gaussianProcess({ cells, length: L, correlationLength: l, covariance, nugget, method });
        assert.strictEqual(p.method, method);
        const g = p.samples(stream(42).child(method), 0, count);
        for (const i of [0, 37, 99]) {
          let mean = 0;
          for (let k = 0; k < count; k++) mean += g[k * cells + i] / count;
          assertClose(`mean in cell ${i}`, mean, 0, { within: 5 * Math.sqrt((1 + nugget) / count) });
          for (const lag of [0, 1, 5, 10, 20, 62].filter((lag) => i + lag < cells)) {
            let c = 0;
            for (let k = 0; k < count; k++) c += (g[k * cells + i] * g[k * cells + i + lag]) / count;
            const expected = covarianceAt(covariance, (lag * L) / cells, l) + (lag === 0 ? nugget : 0);
            // Gaussian: var(g_i g_j) = C_ii C_jj + C_ij^2
            const within = 5 * Math.sqrt(((1 + nugget) ** 2 + expected ** 2) / count);
            assertClose(`covariance of cells ${i} and ${i + lag}`, c, expected, { within });
          }
        }
      });
    }
  }

  it("would notice a correlation length that is five per cent too long", () => {
    const [cells, count] = [100, 20000];
    const p = gaussianProcess({ cells, length: L, correlationLength: L / 10 });
    const g = p.samples(stream(42), 0, count);
    let c = 0;
    for (let k = 0; k < count; k++) c += (g[k * cells] * g[k * cells + 15]) / count;
    const wrong = covarianceAt("squared-exponential", 0.15 * L, 0.105 * L);
    assert.throws(() => assertClose("covariance", c, wrong, { within: 3 * Math.sqrt((1 + wrong ** 2) / count) }));
  });

  it("eps follows the law of a squashed normal: its quantiles have their share (binomial tolerance)", () => {
    const count = 50000;
    const g = gaussianProcess({ cells: 10, length: L, correlationLength: L, nugget: 1e-4 }).samples(
      stream(9),
      0,
      count,
    );
    const eps = porosity(g).filter((_, i) => i % 10 === 4);
    for (const z of [-2.5, -1, 0, 0.5, 2]) {
      const threshold = 0.2 + 0.3 / (1 + Math.exp(-z * Math.sqrt(1 + 1e-4)));
      const share = { "-2.5": 0.00620967, "-1": 0.15865525, "0": 0.5, "0.5": 0.69146246, "2": 0.97724987 }[String(z)]!;
      const below = eps.filter((e) => e < threshold).length / count;
      assertClose(`share below z = ${z}`, below, share, { within: 5 * Math.sqrt((share * (1 - share)) / count) });
    }
  });

  for (const method of methods) {
    it(`${method}: field k is the sample of child k, whatever batch it came in`, () => {
      const p = gaussianProcess({ cells: 50, length: L, correlationLength: L / 7, method });
      const s = stream(3).child("porosity");
      const all = p.samples(s, 0, 11);
      for (const [first, count] of [
        [0, 1],
        [3, 4],
        [5, 6],
        [10, 1],
      ]) {
        assert.deepStrictEqual(p.samples(s, first, count), all.slice(first * 50, (first + count) * 50));
      }
      assert.deepStrictEqual(p.sample(s.child(7)), all.slice(7 * 50, 8 * 50));
    });
  }

  it("long grids are sampled by circulant embedding in a time that grows like N log N", () => {
    const time = (cells: number) => {
      const p = gaussianProcess({ cells, length: L, correlationLength: L / 5 });
      assert.strictEqual(p.method, "circulant embedding");
      p.sample(stream(1));
      const start = performance.now();
      for (let k = 0; k < 5; k++) p.sample(stream(1).child(k));
      return performance.now() - start;
    };
    time(2048);
    // 16 times the cells: 16 * 18/14 in theory; 256 if it were quadratic.
    assert.ok(time(65536) < 100 * time(4096));
  });

  it("processes are cached per arguments", () => {
    const o = { cells: 100, length: L, correlationLength: L / 9 };
    assert.strictEqual(gaussianProcess(o), gaussianProcess({ ...o, nugget: 1e-4, covariance: "squared-exponential" }));
    assert.notStrictEqual(gaussianProcess(o), gaussianProcess({ ...o, nugget: 1e-3 }));
  });

  it("refuses impossible arguments by name", () => {
    const good = { cells: 100, length: L, correlationLength: L / 9 };
    assert.throws(() => gaussianProcess({ ...good, cells: 0 }), /gaussianProcess: cells must be .* got 0/);
    assert.throws(() => gaussianProcess({ ...good, length: -1 }), /length must be a positive number of metres, got -1/);
    assert.throws(() => gaussianProcess({ ...good, correlationLength: NaN }), /correlation length .* got NaN/);
    assert.throws(() => gaussianProcess({ ...good, nugget: -1 }), /nugget .* got -1/);
    assert.throws(() => gaussianProcess({ ...good, covariance: "cubic" as Covariance }), /covariance must be one of/);
  });
});
