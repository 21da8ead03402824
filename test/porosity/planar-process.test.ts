import assert from "node:assert";
import { covarianceAt, covariances, type Covariance } from "../../lib/porosity/covariance";
import { porosity } from "../../lib/porosity/law";
import { planarEmbedding } from "../../lib/porosity/planar-embedding";
import { planarProcess } from "../../lib/porosity/planar-process";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

/** Mean over `count` fields of g at cell a times g at cell b. */
function product(g: Float64Array, size: number, a: number, b: number): number {
  let sum = 0;
  for (let at = 0; at < g.length; at += size) sum += g[at + a] * g[at + b];
  return (sum * size) / g.length;
}

describe("Gaussian process on a rectangle", () => {
  for (const covariance of covariances) {
    it(`${covariance}: the map from z to g has the law's covariance to 2e-9, without any sampling`, () => {
      const [nx, ny] = [9, 6];
      for (const [lx, ly] of [
        [1, 1],
        [4.5, 2],
        [1.5, 3],
      ]) {
        const law = (i: number, j: number) => covarianceAt(covariance, Math.hypot(i / lx, j / ly), 1);
        const embedding = planarEmbedding([nx, ny], law)!;
        const n = nx * ny;
        const found = new Float64Array(n * n);
        const [z, g] = [new Float64Array(embedding.size), new Float64Array(n)];
        for (let k = 0; k < z.length; k++) {
          z.fill(0)[k] = 1;
          embedding.colour(z, g, 0);
          for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) found[a * n + b] += g[a] * g[b];
        }
        found.forEach((c, at) => {
          const [a, b] = [Math.floor(at / n), at % n];
          const expected = law(Math.abs(Math.floor(a / ny) - Math.floor(b / ny)), Math.abs((a % ny) - (b % ny)));
          assertClose(`l = ${lx}, ${ly}; cells ${a} and ${b}`, c, expected, { within: 2e-9 });
        });
      }
    });

    it(`${covariance}: samples have the covariance along and across, with two correlation lengths`, () => {
      const [nx, ny, count, nugget] = [24, 16, 8000, 0.01];
      const correlationLength = [0.2, 0.1] as const;
      const lengths = [1.2, 0.8] as const;
      const p = planarProcess({ cells: [nx, ny], lengths, correlationLength, covariance, nugget });
      const g = p.samples(stream(20260205), 0, count);
      for (const [ix, iy] of [
        [0, 0],
        [5, 3],
      ]) {
        for (const [dx, dy] of [
          [0, 0],
          [1, 0],
          [0, 1],
          [4, 0],
          [0, 4],
          [3, 2],
          [18, 12],
        ]) {
          const [a, b] = [ix * ny + iy, (ix + dx) * ny + iy + dy];
          const r = Math.hypot((dx * 0.05) / 0.2, (dy * 0.05) / 0.1);
          const expected = covarianceAt(covariance, r, 1) + (a === b ? nugget : 0);
          // Gaussian: var(g_a g_b) = C_aa C_bb + C_ab^2
          const within = 5 * Math.sqrt(((1 + nugget) ** 2 + expected ** 2) / count);
          assertClose(`(${ix}, ${iy}) with (${dx}, ${dy}) further`, product(g, nx * ny, a, b), expected, { within });
        }
      }
    });
  }

  it("would notice that the two correlation lengths are exchanged, or one five per cent too long", () => {
    const count = 20_000;
    const p = planarProcess({ cells: [8, 8], lengths: [1, 1], correlationLength: [0.3, 0.2] });
    const g = p.samples(stream(42), 0, count);
    const along = product(g, 64, 0, 3 * 8);
    for (const l of [0.2, 0.3 * 1.05]) {
      const wrong = covarianceAt("squared-exponential", 3 / 8, l);
      const within = 2.5 * Math.sqrt((1 + wrong ** 2) / count);
      assert.throws(() => assertClose("covariance", along, wrong, { within }));
    }
  });

  it("eps follows the law of a squashed normal in a corner and inside: its quantiles have their share", () => {
    const [count, nugget] = [30_000, 1e-4];
    const p = planarProcess({ cells: [6, 5], lengths: [1, 1], correlationLength: 0.3, nugget });
    const eps = porosity(p.samples(stream(9), 0, count), { epsMin: 0.1, epsMax: 0.9 });
    const below = { "-2.5": 0.00620967, "-1": 0.15865525, "0": 0.5, "0.5": 0.69146246, "2": 0.97724987 };
    for (const cell of [0, 17]) {
      for (const [z, share] of Object.entries(below)) {
        const threshold = 0.1 + 0.8 / (1 + Math.exp(-Number(z) * Math.sqrt(1 + nugget)));
        let found = 0;
        for (let at = cell; at < eps.length; at += 30) if (eps[at] < threshold) found++;
        const within = 5 * Math.sqrt((share * (1 - share)) / count);
        assertClose(`cell ${cell}, share below z = ${z}`, found / count, share, { within });
      }
    }
  });

  it("field k is the sample of child k, whatever batch it came in, in any order", () => {
    const size = 7 * 10;
    const p = planarProcess({ cells: [7, 10], lengths: [1, 2], correlationLength: 0.3 });
    const s = stream(3).child("porosity");
    const all = p.samples(s, 0, 11);
    for (const [first, count] of [
      [5, 6],
      [0, 1],
      [3, 4],
    ]) {
      assert.deepStrictEqual(p.samples(s, first, count), all.slice(first * size, (first + count) * size));
    }
    assert.deepStrictEqual(p.sample(s.child(7)), all.slice(7 * size, 8 * size));
  });

  it("one row of cells has the covariance of the process on an interval", () => {
    const law = (i: number) => covarianceAt("matern-3/2", i / 4, 1);
    const embedding = planarEmbedding([12, 1], (i, j) => covarianceAt("matern-3/2", Math.hypot(i / 4, j), 1))!;
    const [z, g] = [new Float64Array(embedding.size), new Float64Array(12)];
    const found = new Float64Array(12);
    for (let k = 0; k < z.length; k++) {
      z.fill(0)[k] = 1;
      embedding.colour(z, g, 0);
      for (let i = 0; i < 12; i++) found[i] += g[0] * g[i];
    }
    found.forEach((c, lag) => assertClose(`lag ${lag}`, c, law(lag), { within: 2e-9 }));
  });

  it("a smooth field takes few normals, whatever the grid; a rough one no more than its periodic grid has cells", () => {
    const embedding = (n: number, covariance: Covariance) =>
      planarEmbedding([n, n], (i, j) => covarianceAt(covariance, Math.hypot(i / n, j / n), 0.1))!;
    const [coarse, fine] = [embedding(64, "squared-exponential"), embedding(128, "squared-exponential")];
    assert.ok(coarse.size < 4096 && fine.size <= 1.2 * coarse.size, `${coarse.size} and ${fine.size} normals`);
    const rough = embedding(64, "matern-1/2");
    assert.equal(rough.size, rough.periods[0] * rough.periods[1]);
    assert.ok(rough.periods[0] < 4 * 64);
  });

  it("refuses impossible arguments by name", () => {
    const good = { cells: [8, 8], lengths: [1, 1], correlationLength: 0.2 } as const;
    assert.throws(() => planarProcess({ ...good, cells: [8, 0] }), /cells must be two positive whole numbers, got 8,0/);
    assert.throws(() => planarProcess({ ...good, lengths: [1, -1] }), /sides must be .* got 1,-1/);
    assert.throws(() => planarProcess({ ...good, correlationLength: NaN }), /correlation length .* got NaN/);
    assert.throws(() => planarProcess({ ...good, correlationLength: 40 }), /no periodic extension .* half a side each/);
    assert.throws(() => planarProcess({ ...good, nugget: -1 }), /nugget .* got -1/);
    assert.throws(() => planarProcess({ ...good, covariance: "cubic" as Covariance }), /covariance must be one of/);
  });
});
