import assert from "node:assert";
import { assertClose } from "../assert-close";
import { circulantEmbedding } from "../../lib/porosity/circulant-embedding";
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
      () => gaussianProcess({ cells: 5000, length: L, correlationLength: 100 * L }),
      /periodic extension .* shorter correlation length, a larger nugget, or at most 4096 cells/,
    );
    const long = { cells: 600, length: L, correlationLength: 100 * L };
    assert.throws(() => gaussianProcess({ ...long, nugget: 0 }), /singular to double precision; a nugget/);
    assert.throws(() => gaussianProcess({ ...long, method: "circulant embedding" }), /periodic extension/);
  });

  it("a long grid with a correlation length of many domains, which has no embedding, is sampled by its factor", () => {
    for (const [covariance, nugget] of [
      ["squared-exponential", 1e-4],
      ["squared-exponential", 1e-8],
      ["matern-3/2", 1e-4],
      ["matern-5/2", 1e-8],
    ] as const) {
      const p = gaussianProcess({ cells: 520, length: L, correlationLength: 100 * L, covariance, nugget });
      assert.strictEqual(p.method, "cholesky");
      assertClose(covariance, residual(p, covariance, 100 * L, nugget), 0, { within: 1e-13 });
      const g = p.sample(stream(5));
      // Over a hundredth of l the process hardly moves: differences are those of the nugget, and of Matern's roughness.
      const step = Math.sqrt(2 * (1 - covarianceAt(covariance, L / 520, 100 * L)) + 2 * nugget);
      assert.ok(
        g.every((v, i) => i === 0 || Math.abs(v - g[i - 1]) < 6 * step),
        covariance,
      );
    }
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

  it("long grids are sampled by one transform of at most five times their length, so in N log N", () => {
    for (const cells of [513, 4096, 65_536, 100_000]) {
      assert.strictEqual(gaussianProcess({ cells, length: L, correlationLength: L / 5 }).method, "circulant embedding");
      const { size } = circulantEmbedding(cells, (lag) => covarianceAt("squared-exponential", lag / cells, 0.2))!;
      assert.ok(size >= 2 * cells - 2 && size < 5 * cells, `${size} for ${cells} cells`);
    }
  });

  it("the period is the grid and as far as the covariance reaches in double precision", () => {
    // exp(-r^2 / 200) falls below 1e-17 at r = 89; of 1000 + 89 cells the next twice a product of twos and threes is 1152.
    const short = circulantEmbedding(1000, (lag) => covarianceAt("squared-exponential", lag, 10))!;
    assert.strictEqual(short.size, 1152);
    const long = circulantEmbedding(100, (lag) => covarianceAt("matern-1/2", lag, 10))!; // reaches beyond the grid
    assert.strictEqual(long.size, 216);
  });

  for (const covariance of covariances) {
    it(`circulant embedding, ${covariance}: the map from z to g has exactly the law's covariance, without any sampling`, () => {
      const n = 40;
      for (const l of [0.02, 0.2, 1]) {
        const nugget = 1e-4;
        const expected = (lag: number) => covarianceAt(covariance, lag / n, l) + (lag === 0 ? nugget : 0);
        const embedding = circulantEmbedding(n, expected)!;
        const sums = new Float64Array(n * n);
        for (let k = 0; k < embedding.size; k++) {
          const column = new Float64Array(embedding.size);
          column[k] = 1;
          embedding.colour(column);
          for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sums[i * n + j] += column[i] * column[j];
        }
        // Negative eigenvalues that were set to zero may hold 1e-9 of the variance.
        sums.forEach((c, at) => {
          const lag = Math.abs((at % n) - Math.floor(at / n));
          assertClose(`l = ${l}, entry ${at}`, c, expected(lag), { within: 2e-9 });
        });
      }
    });
  }

  it("a long grid has the law's mean, variance and covariance, within the error of averages along correlated cells", () => {
    const [cells, count, l, nugget] = [20_000, 20, L / 200, 1e-4];
    const law = (lag: number) =>
      covarianceAt("squared-exponential", (Math.abs(lag) * L) / cells, l) + (lag === 0 ? nugget : 0);
    const p = gaussianProcess({ cells, length: L, correlationLength: l, nugget });
    assert.strictEqual(p.method, "circulant embedding");
    const g = p.samples(stream(44), 0, count);
    const reach = 1000; // ten correlation lengths
    const sum = (f: (k: number) => number) =>
      Array.from({ length: 2 * reach + 1 }, (_, i) => f(i - reach)).reduce((a, b) => a + b);
    const mean = g.reduce((a, b) => a + b) / g.length;
    assertClose("mean", mean, 0, { within: 5 * Math.sqrt(sum(law) / g.length) });
    for (const lag of [0, 1, 50, 100, 200]) {
      let [c, n] = [0, 0];
      for (let k = 0; k < count; k++) {
        for (let i = k * cells; i + lag < (k + 1) * cells; i++, n++) c += g[i] * g[i + lag];
      }
      // Isserlis: cov(g_i g_{i+m}, g_j g_{j+m}) = C(i-j)^2 + C(i-j+m) C(i-j-m)
      const variance = sum((k) => law(k) ** 2 + law(k + lag) * law(k - lag)) / n;
      assertClose(`covariance at lag ${lag}`, c / n, law(lag), { within: 5 * Math.sqrt(variance) });
    }
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
