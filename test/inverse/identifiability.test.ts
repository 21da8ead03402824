import * as assert from "node:assert";
import { equalFields } from "../../lib/inverse/equal-fields";
import { fieldMap, type Noise } from "../../lib/inverse/field-map";
import { atPlace, fieldSpace } from "../../lib/inverse/functionals";
import { sensors } from "../../lib/inverse/observations";
import { identifiability, linearised } from "../../lib/inverse/identifiability";
import { inverseEstimate } from "../../lib/inverse/regularised-inverse";
import { cholesky, solveLower } from "../../lib/numerics/linear-algebra";
import { multiply } from "../../lib/numerics/row-products";
import { manifoldResiduals } from "../../lib/inverse/manifold";
import { checkPosterior } from "../../lib/inverse/posterior-sampling";
import { stream } from "../../lib/random/stream";
import { gridOf } from "../../lib/transport/domain";
import type { Problem } from "../../lib/transport/problem";
import { problem } from "../../lib/transport/problems";
import { assertClose } from "../assert-close";

const electrode = problem("electrode-published");
const L = electrode.domain[0].length;
const published = (l: number) => ({ l, U0: 0, F_right: 25 });
const n = 40;

/** A problem whose "potential" is a smoothing linear map of g itself: every answer is known in closed form. */
const smoothing = (gain: number): Problem => ({
  ...electrode,
  name: "smoothing",
  channels: electrode.channels.slice(1),
  porosity: { ...electrode.porosity, law: { epsMin: 0.2, epsMax: 0.5 } },
  jacobian: undefined,
  solver: ({ cells }) => ({
    solve(eps, _condition, out, offset = 0) {
      let sum = 0;
      for (let i = 0; i < cells; i++) {
        sum += Math.log((eps[i] - 0.2) / (0.5 - eps[i]));
        out[offset + i] = (gain * sum) / cells;
      }
    },
  }),
});

describe("identifiability of the porosity", () => {
  it("of a linear map is the textbook posterior, computed in the space of data: S - S B^T (B S B^T + R)^-1 B S", () => {
    const [m, noise] = [12, 0.1];
    const map = fieldMap(smoothing(1), { condition: { l: L / 10 }, cells: m });
    const { singularValues, posteriorStd, priorStd } = linearised(map, stream(1).normals(m), { phi: noise });
    const transposed = (A: Float64Array) => A.map((_, k) => A[(k % m) * m + Math.floor(k / m)]);
    const S = multiply(map.factor, transposed(map.factor), m);
    // running sums of g / m
    const B = Float64Array.from({ length: m * m }, (_, k) => (k % m <= Math.floor(k / m) ? 1 / m : 0));
    const BS = multiply(B, S, m);
    const data = multiply(BS, transposed(B), m).map((v, k) => v + (k % (m + 1) === 0 ? noise * noise : 0));
    const R = cholesky(data, m);
    for (let i = 0; i < m; i++) {
      const w = solveLower(
        R,
        m,
        Float64Array.from({ length: m }, (_, k) => BS[k * m + i]),
      );
      const variance = S[i * m + i] - w.reduce((sum, v) => sum + v * v, 0);
      assertClose(`posterior std of cell ${i}`, posteriorStd[i], Math.sqrt(variance), { within: 1e-6 });
      assertClose(`prior std of cell ${i}`, priorStd[i], Math.sqrt(1 + 1e-4), { within: 1e-12 });
    }
    const energy = data.reduce((sum, v, k) => sum + (k % (m + 1) === 0 ? v / noise ** 2 - 1 : 0), 0);
    const squares = singularValues.reduce((sum, s) => sum + s * s, 0);
    assertClose("sum of squared singular values", squares, energy, { within: 1e-6 * energy });
  });

  it("has a Jacobian in prior coordinates that agrees with a directional difference of the fields", () => {
    const map = fieldMap(electrode, { condition: published(L / 10), cells: n });
    const [xi, v] = [stream(1).normals(n), stream(2).normals(n)];
    const J = map.jacobian(xi);
    const step = 1e-3;
    const [high, low] = [1, -1].map((sign) => map.fields(xi.map((x, i) => x + sign * step * v[i])));
    for (const k of [3, 20, n + 5, 2 * n - 1]) {
      const along = v.reduce((sum, vi, i) => sum + J[k * n + i] * vi, 0);
      const seen = (high[k] - low[k]) / (2 * step);
      assertClose(`entry ${k}`, along, seen, { within: 1e-4 * Math.abs(seen) + 1e-12 });
    }
  });

  it("tells of the published potential at 0.1 mV some 10, 7 and 5 modes of g, least at the insulated end", () => {
    const expected = [
      { l: L / 50, resolved: 10.3, whole: 0.725, nearZero: 0.914 },
      { l: L / 10, resolved: 6.9, whole: 0.295, nearZero: 0.59 },
      { l: L / 5, resolved: 4.8, whole: 0.17, nearZero: 0.41 },
    ];
    for (const { l, resolved, whole, nearZero } of expected) {
      const told = identifiability({
        problem: electrode,
        condition: published(l),
        noise: { phi: 1e-4 },
        stream: stream(3),
        draws: 3,
      });
      assertClose("resolved modes", told.resolved.mean, resolved, { within: 1 });
      assertClose("posterior over prior", told.whole.mean, whole, { within: 0.03 });
      assertClose("the same in the ten cells at x = 0", told.nearZero.mean, nearZero, { within: 0.12 });
      assert.ok(told.nearZero.mean > 1.2 * told.whole.mean);
    }
  });

  it("grows with what is observed: both channels resolve at least as much as either", () => {
    const ask = (noise: Noise) =>
      identifiability({
        problem: electrode,
        condition: published(L / 10),
        noise,
        stream: stream(4),
        draws: 2,
        cells: n,
      });
    const [phi, c, both] = [ask({ phi: 1e-4 }), ask({ c: 0.1 }), ask({ phi: 1e-4, c: 0.1 })];
    assert.deepStrictEqual(both.observed, ["c", "phi"]);
    for (const told of [phi, c, both]) {
      assert.deepStrictEqual(JSON.parse(JSON.stringify(told)), told, "a result is plain data without NaN");
      told.spectrumLogStd.forEach((s, k) => assert.equal(s === null, told.spectrum[k] === 0));
    }
    assert.equal(c.spectrumLogStd.at(-1), null, "c is held in one cell: 19 cells tell of at most 19 modes");
    both.spreadRatio.forEach((r, i) => assert.ok(r <= Math.min(phi.spreadRatio[i], c.spreadRatio[i]) + 1e-9));
    assert.throws(() => ask({}), /give a noise level for c or phi/);
    assert.throws(() => ask({ phi: -1 }), /noise of phi must be positive, got -1/);
  });
});

describe("identifiability from a few sensors", () => {
  it("of one reading has one singular value, and what it leaves open it leaves open", () => {
    const map = fieldMap(smoothing(1), { condition: { l: L / 10 }, cells: 12 });
    const end = atPlace(fieldSpace(map.problem, map.condition, 12), "phi", L - L / 24);
    const xi = stream(1).normals(12);
    const { singularValues, posteriorStd, priorStd } = linearised(map, xi, sensors([end], 0.1, 12));
    // phi in the last cell is the mean of g = L xi, here with a gain of 1: sensitivity |L^T 1| / 12 per unit of xi
    const slope = Float64Array.from(
      { length: 12 },
      (_, j) => map.factor.reduce((s, v, k) => s + (k % 12 === j ? v : 0), 0) / 12,
    );
    const expected = Math.sqrt(slope.reduce((sum, v) => sum + v * v, 0)) / 0.1;
    assertClose("singular value", singularValues[0], expected, { within: 1e-6 * expected });
    assert.strictEqual(singularValues.length, 1);
    assert.ok(posteriorStd.every((s, i) => s <= priorStd[i] + 1e-12 && s > 0.5 * priorStd[i]));
  });
});

describe("far porosities with near fields", () => {
  it("differ by a good part of the prior's spread while the potential agrees within 0.1 mV in every cell", () => {
    const map = fieldMap(electrode, { condition: published(L / 10), cells: n });
    const pair = equalFields(map, stream(5).normals(n), { phi: 1e-4 });
    const solver = electrode.solver(gridOf(electrode, n));
    const again = pair.eps.map((eps) => {
      const out = new Float64Array(2 * n);
      solver.solve(eps, published(L / 10), out);
      return out;
    });
    for (let i = n; i < 2 * n; i++) assert.ok(Math.abs(again[0][i] - again[1][i]) < 1e-4);
    assert.ok(pair.porosityDifference > 0.4, `rms difference of g ${pair.porosityDifference}`);
    assert.ok(pair.priorNorm[1] < 1.5, "the second porosity is as likely as the first");
  });
});

describe("regularised inverse", () => {
  it("returns to the fields of a porosity and converges", () => {
    const map = fieldMap(electrode, { condition: published(L / 5), cells: n });
    const y = map.fields(stream(6).normals(n));
    const found = inverseEstimate(map, y, { phi: 1e-6 });
    assert.ok(found.converged && found.iterations < 40);
    for (let i = n; i < 2 * n; i++) assertClose(`phi in cell ${i - n}`, found.fields[i], y[i], { within: 5e-6 });
  });

  it("finds solver fields on the manifold and a field with a kink of 0.3 mV off it", () => {
    const map = fieldMap(electrode, { condition: published(L / 5), cells: n });
    const values = new Float64Array(5 * 2 * n);
    for (let k = 0; k < 5; k++) values.set(map.fields(stream(7).child(k).normals(n)), k * 2 * n);
    const ask = (v: Float64Array) =>
      manifoldResiduals(map, v, {
        noise: { phi: 2e-5 },
        scale: { c: 1, phi: 2e-5 },
      });
    const inside = ask(values);
    const bent = ask(values.map((v, k) => (Math.floor(k / n) % 2 === 1 && k % n > n / 2 ? v + 3e-4 : v)));
    assert.strictEqual(inside.converged, 1);
    assert.ok(Math.max(...inside.residuals.phi) < 1, `${inside.residuals.phi}`);
    assert.ok(
      Math.min(...bent.residuals.phi) > 4 * Math.max(...inside.residuals.phi),
      `${bent.residuals.phi} against ${inside.residuals.phi}`,
    );
  });
});

describe("sampling check of the linearised posterior", () => {
  it("accepts nearly everything and agrees with the closed form for a linear map", () => {
    const map = fieldMap(smoothing(1), { condition: { l: L / 10 }, cells: 12 });
    const check = checkPosterior(
      map,
      map.fields(stream(8).normals(12)),
      { phi: 0.05 },
      { stream: stream(9), steps: 12000 },
    );
    assert.ok(check.acceptance > 0.95, `acceptance ${check.acceptance}`);
    assert.ok(check.effective > 500);
    assert.ok(check.difference < 4 * check.differenceFloor, `${check.difference} against ${check.differenceFloor}`);
  });

  it("confirms the linearised spread on the true map to a few tenths, and would notice one that is half", () => {
    const map = fieldMap(electrode, { condition: published(L / 5), cells: 20 });
    const y = map.fields(stream(10).normals(20));
    const check = checkPosterior(map, y, { phi: 1e-4 }, { stream: stream(11), steps: 6000 });
    assert.ok(check.acceptance > 0.15, `acceptance ${check.acceptance}`);
    const bound = 0.25 + 4 * check.differenceFloor;
    assert.ok(bound < 0.5 && check.difference < bound, `${check.difference} against ${bound}`);
  });
});
