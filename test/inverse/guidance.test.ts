import * as assert from "node:assert";
import { type Guidance, type Guide, guidances, steadyWeight } from "../../lib/inverse/guidance";
import {
  anglesAt,
  guideOf,
  guidedFlow,
  guidedLaws,
  guidedPosterior,
  type WhitenedLaw,
} from "../../lib/inverse/guided-flow";
import { linearPosterior, placed } from "../../lib/inverse/linear-posterior";
import { adamsCoefficients } from "../../lib/model/flow-steps";
import { logLevels } from "../../lib/model/mode-velocity";
import { cholesky, choleskySolve } from "../../lib/numerics/linear-algebra";
import { multiply } from "../../lib/numerics/row-products";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const [d, m] = [4, 2];
const readings = { base: Float64Array.of(0.3, -1), slope: Float64Array.of(2, 0.5, -0.3, 0.1, 1, -1, 0.4, 0.2) };
const of = { functionals: [], size: 0, std: Float64Array.of(0.3, 0.5), value: Float64Array.of(1.8, -0.2) };
const rates = Float64Array.of(1, 1.5, 2.5, 4);
const levelsOf = (count: number, span = { min: -5, max: 2 }) => ({
  rates,
  logLevels: logLevels(span, count),
  evaluations: 0,
});
const guide = (guidance: Guidance, weight?: number): Guide => guideOf(readings, of, { guidance, weight });

/** The exact law of the whitened modes given the readings. */
function exact(): WhitenedLaw {
  const closed = linearPosterior(readings, of);
  const mean = closed.mean;
  const factor = Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0));
  const rows = placed(closed, factor).map((v, i) => v - mean[i % d]); // symmetric: rows and columns of C^(1/2)
  return { mean, covariance: multiply(rows, rows, d) };
}

/** Largest difference of means and of covariances. */
function apart(a: WhitenedLaw, b: WhitenedLaw): { mean: number; covariance: number } {
  const most = (x: Float64Array, y: Float64Array): number =>
    x.reduce((far, v, i) => Math.max(far, Math.abs(v - y[i])), 0);
  return { mean: most(a.mean, b.mean), covariance: most(a.covariance, b.covariance) };
}

/**
 * The recursion written out with dense matrices for Gaussian data: G = B y + b with B = w sin A^T P^-1 A cos, b = -w
 * sin A^T P^-1 (d - base), and the state (y, G before) moved by the two-step method,  y' = y + p G + q G-,  G-' = G;
 * mean and covariance of the state follow.
 */
function textbookLaw(guidance: Guidance, weight: number, modes: ReturnType<typeof levelsOf>): WhitenedLaw {
  const A = readings.slope;
  const size = 2 * d;
  let mean = new Float64Array(size);
  let P: Float64Array = Float64Array.from({ length: size * size }, (_, i) => {
    return i % (size + 1) === 0 && i < d * size ? 1 : 0;
  });
  const move = (
    cos: ArrayLike<number>,
    sin: ArrayLike<number>,
    now: (k: number) => number,
    past: (k: number) => number,
  ) => {
    const S = new Float64Array(m * m);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < m; j++) {
        if (guidance !== "dps") for (let k = 0; k < d; k++) S[i * m + j] += A[i * d + k] * sin[k] ** 2 * A[j * d + k];
        if (i === j) S[i * m + j] += of.std[i] ** 2;
      }
    }
    const L = cholesky(S, m);
    const gain = (r: Float64Array): Float64Array => {
      const w = choleskySolve(L, m, r);
      return Float64Array.from({ length: d }, (_, k) => {
        return weight * sin[k] * (A[k] * w[0] + A[d + k] * w[1]);
      });
    };
    const b = gain(of.value.map((v, j) => v - readings.base[j])).map((v) => -v);
    const T = new Float64Array(size * size);
    const shift = new Float64Array(size);
    for (let l = 0; l < d; l++) {
      const column = gain(Float64Array.of(A[l] * cos[l], A[d + l] * cos[l]));
      for (let k = 0; k < d; k++) {
        T[k * size + l] = (k === l ? 1 : 0) + now(k) * column[k];
        T[(d + k) * size + l] = column[k];
      }
      T[l * size + d + l] = past(l);
      shift[l] = now(l) * b[l];
      shift[d + l] = b[l];
    }
    const transposed = Float64Array.from(
      { length: size * size },
      (_, i) => T[(i % size) * size + Math.floor(i / size)],
    );
    mean = multiply(T, mean, 1).map((v, i) => v + shift[i]);
    P = multiply(multiply(T, P, size), transposed, size);
  };
  const first = rates.map((a) => Math.atan(a * Math.exp(modes.logLevels[0])) - Math.PI / 2);
  move(
    new Float64Array(d),
    new Float64Array(d).fill(1),
    (k) => first[k],
    () => 0,
  );
  for (let j = 0; j < modes.logLevels.length; j++) {
    const { cos, sin } = anglesAt(modes, j);
    const c = Array.from(rates, (a) => adamsCoefficients(modes.logLevels, j, a, 2));
    move(
      cos,
      sin,
      (k) => c[k][0],
      (k) => c[k][1],
    );
  }
  const covariance = new Float64Array(d * d);
  for (let i = 0; i < d; i++) for (let k = 0; k < d; k++) covariance[i * d + k] = P[i * size + k];
  return { mean: mean.slice(0, d), covariance };
}

describe("guided flows of Gaussian data", () => {
  for (const guidance of guidances) {
    it(`${guidance}: the law is that of the recursion written out with matrices, and sampling meets it`, async () => {
      const modes = levelsOf(20);
      const own = guide(guidance);
      const predicted = (await guidedLaws(modes, own)).at(-1)!;
      const textbook = textbookLaw(guidance, own.weight, modes);
      const off = apart(predicted, textbook);
      assert.ok(off.mean < 1e-9 && off.covariance < 1e-9, JSON.stringify(off));

      const count = 20_000;
      const draws = await guidedPosterior(modes, readings, of, { guidance, count, stream: stream(3) });
      for (let k = 0; k < d; k++) {
        let [first, second] = [0, 0];
        for (let n = 0; n < count; n++) first += draws.images[n * d + k] / count;
        for (let n = 0; n < count; n++) second += (draws.images[n * d + k] - first) ** 2 / count;
        const variance = predicted.covariance[k * (d + 1)];
        assertClose("mean", first, predicted.mean[k], { within: 4.5 * Math.sqrt(variance / count) });
        assertClose("variance", second, variance, { within: 4.5 * variance * Math.sqrt(2 / count) });
      }
    });
  }

  it("pseudo-inverse guidance and moment matching come to the exact posterior in second order, from a start of pure noise", async () => {
    const errors: number[] = [];
    for (const levels of [100, 200, 400]) {
      const modes = levelsOf(levels, { min: -8, max: 8 });
      const [pigdm, mmps] = await Promise.all((["pigdm", "mmps"] as const).map((g) => guidedLaws(modes, guide(g))));
      assert.ok(apart(pigdm.at(-1)!, mmps.at(-1)!).covariance < 1e-12);
      const off = apart(pigdm.at(-1)!, exact());
      errors.push(Math.max(off.mean, off.covariance));
    }
    assert.ok(errors[2] < 1e-3, String(errors));
    assertClose("order", Math.log2(errors[1] / errors[2]), 2, { within: 0.3 });
  });

  /**
   * One mode, C = 0: dy/dtheta = w sin(theta) a (a cos(theta) y - r) / R is solved by an integrating factor; with
   * kappa = w a^2 / R the spread left is exp(-kappa / 2), where Bayes leaves (1 + kappa)^(-1/2).
   */
  it("diffusion posterior sampling leaves the spread exp(-w a^2 / 2 R) and not (1 + a^2 / R)^(-1/2): no weight has mean and spread right", async () => {
    const one = { base: Float64Array.of(0), slope: Float64Array.of(3) };
    const modes = { rates: Float64Array.of(1), logLevels: logLevels({ min: -9, max: 9 }, 4000) };
    for (const weight of [0.1, 0.5, 1]) {
      const own: Guide = { guidance: "dps", weight, readings: one, value: Float64Array.of(2), std: Float64Array.of(1) };
      const { mean, covariance } = (await guidedLaws(modes, own)).at(-1)!;
      const kappa = 9 * weight;
      let integral = 0;
      const pieces = 20_000;
      for (let i = 0; i < pieces; i++) {
        const s = Math.sin(((i + 0.5) / pieces) * (Math.PI / 2));
        integral += s * Math.exp(-0.5 * kappa * s * s) * (Math.PI / 2 / pieces);
      }
      assertClose("spread", Math.sqrt(covariance[0]), Math.exp(-kappa / 2), { within: 2e-4 });
      assertClose("mean", mean[0], weight * 3 * 2 * integral, { within: 2e-4 });
    }
    const right = Math.log1p(9) / 9; // the weight whose spread is right
    assert.ok(Math.abs(Math.exp((-9 * right) / 2) - Math.sqrt(1 / 10)) < 1e-12);
    const own: Guide = {
      guidance: "dps",
      weight: right,
      readings: one,
      value: Float64Array.of(2),
      std: Float64Array.of(1),
    };
    const { mean } = (await guidedLaws(modes, own)).at(-1)!;
    assert.ok(Math.abs(mean[0] - 0.6) > 0.1 * Math.sqrt(0.1), `mean ${mean[0]} where the posterior has 0.6`);
  });

  it("the default weight of dps is the largest that its steps bear: forty times as much runs away", async () => {
    const sharp = { ...of, std: Float64Array.of(0.01, 0.01) };
    const steady = steadyWeight(readings, sharp.std);
    assert.ok(steady < 0.01);
    const spread = async (weight: number): Promise<number> => {
      const laws = await guidedLaws(levelsOf(20), guideOf(readings, sharp, { guidance: "dps", weight }));
      return Math.sqrt(laws.at(-1)!.covariance.reduce((sum, v, i) => sum + (i % (d + 1) === 0 ? v : 0), 0));
    };
    assert.ok((await spread(steady)) < Math.sqrt(d));
    assert.ok((await spread(40 * steady)) > 10);
  });

  it("would notice a wrong noise, a reversed sign, a weight off by two, a reading that is ignored", async () => {
    const modes = levelsOf(60, { min: -6, max: 5 });
    const truth = exact();
    const off = async (bad: Guide): Promise<number> => {
      const { mean, covariance } = apart((await guidedLaws(modes, bad)).at(-1)!, truth);
      return Math.max(mean, covariance);
    };
    const right = guide("pigdm");
    const floor = await off(right);
    assert.ok(floor < 0.01, String(floor));
    const wrong: Record<string, Guide> = {
      noise: { ...right, std: of.std.map((s) => 2 * s) },
      sign: { ...right, value: of.value.map((v, j) => 2 * readings.base[j] - v) },
      "weight 2": { ...right, weight: 2 },
      "weight 1/2": { ...right, weight: 0.5 },
      ignored: { ...right, std: Float64Array.of(of.std[0], 1e6) },
    };
    for (const [name, bad] of Object.entries(wrong)) assert.ok((await off(bad)) > 5 * floor, name);
  });

  it("rows with readings of their own are guided by these", async () => {
    const modes = levelsOf(20);
    const both = guide("pigdm");
    const start = stream(4).normals(2 * d);
    const other = of.value.map((v) => v + 1);
    const value = Float64Array.of(...of.value, ...other);
    const together = await guidedFlow(modes, { ...both, value }, start);
    for (const [n, own] of [of.value, other].entries()) {
      const alone = await guidedFlow(modes, { ...both, value: own }, start.slice(n * d, (n + 1) * d));
      assert.deepStrictEqual(together.slice(n * d, (n + 1) * d), alone);
    }
  });
});
