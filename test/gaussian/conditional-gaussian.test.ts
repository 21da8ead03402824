import assert from "node:assert/strict";
import { assertClose } from "../assert-close";
import { gaussianAt, type GaussianLaw, type GaussianStatistics } from "../../lib/gaussian/conditional-gaussian";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { legendreProducts, nodeWeights, regressionWeights, shapeNodes } from "../../lib/gaussian/node-interpolation";
import { reachOf } from "../../lib/ensemble/conditions";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { stream } from "../../lib/random/stream";
import { whiten } from "../../lib/training/whitening";
import { problem } from "../../lib/transport/problems";

describe("conditional Gaussian", () => {
  const p = problem("electrode-published");
  const cells = 40;
  let statistics: GaussianStatistics;

  before(async () => {
    statistics = await fitGaussian({ problem: p, cells, nodes: 12, porosities: 512, margin: 0.2, stream: stream(11) });
  });

  for (const condition of [
    { l: 4e-6, U0: 0.1, F_right: 40 },
    { l: 1.3e-5, U0: -0.15, F_right: 10 },
    { l: 2e-6, U0: 0.2, F_right: 50 },
    { l: 2e-5, U0: -0.2, F_right: 50 },
  ]) {
    it(`predicts mean and spread of a fresh ensemble at l = ${condition.l}, F_right = ${condition.F_right}`, async () => {
      const n = 1500;
      const { fields } = await generateEnsemble({
        problem: p,
        conditions: [condition],
        count: n,
        cells,
        stream: stream(12),
      });
      const law = gaussianAt(statistics, p, condition);
      const { mean, std } = statistics.normalisation;
      for (const cell of [0, 10, 25, cells + 10, 2 * cells - 1]) {
        const channel = Math.floor(cell / cells);
        const values = Float64Array.from({ length: n }, (_, k) => fields.values[k * 2 * cells + cell]);
        const m = values.reduce((a, b) => a + b, 0) / n;
        const s = Math.sqrt(values.reduce((a, b) => a + (b - m) ** 2, 0) / (n - 1));
        let variance = 0;
        for (let k = 0; k < law.rank; k++) variance += law.variance[k] * law.modes[cell * law.rank + k] ** 2;
        const predicted = Math.sqrt(variance) * std[channel];
        // Five standard errors of the ensemble and of the fit (about 1.5 nodes of 512 stand behind a condition).
        const within = 5 * s * Math.sqrt(1 / n + 1 / 768);
        assertClose(`mean in cell ${cell}`, mean[channel] + std[channel] * law.mean[cell], m, { within });
        assertClose(`spread in cell ${cell}`, predicted, s, { within });
      }
    });
  }

  it("knows the mean in units of every mode's own spread, the weak ones included, at a long correlation length", async () => {
    const [nodes, porosities, n, modes] = [48, 512, 4000, 24];
    const fine = await fitGaussian({ problem: p, cells, nodes, porosities, margin: 0.1, stream: stream(21) });
    const condition = { l: 1.9e-5, U0: 0.1, F_right: 30 };
    const { fields } = await generateEnsemble({
      problem: p,
      conditions: [condition],
      count: n,
      cells,
      stream: stream(22),
    });
    const y = whiten(fields.values, gaussianAt(fine, p, condition, { components: "correlation" }), fine, modes);
    let squared = 0;
    for (let k = 0; k < modes; k++) {
      let sum = 0;
      for (let row = 0; row < n; row++) sum += y[row * modes + k];
      squared += (sum / n) ** 2;
    }
    // Sampling alone: a mean of n fields against one of the porosities that stand behind it. Of the local polynomial's
    // 24 nodes some five count in full; one node is allowed, and twice the outcome, which for so many modes is far
    // beyond chance. A polynomial through all nodes is at 0.46.
    assertClose("squared distance of the means", squared, 0, { within: 2 * modes * (1 / n + 1 / porosities) });
  });

  it("is certain where the solver is: phi(0) and c in the last cell have no spread", () => {
    const law = gaussianAt(statistics, p, { l: 1e-5, U0: 0, F_right: 25 });
    for (const cell of [cells - 1, cells]) {
      for (let k = 0; k < law.rank; k++) {
        assertClose("mode", law.modes[cell * law.rank + k] * Math.sqrt(law.variance[k]), 0, { within: 1e-12 });
      }
    }
  });

  /** S_ij in network units, from either kind of components. */
  const covarianceOf = ({ dimension, rank, modes, variance, spread }: GaussianLaw): Float64Array => {
    const S = new Float64Array(dimension * dimension);
    for (let i = 0; i < dimension; i++) {
      for (let j = 0; j < dimension; j++) {
        let sum = 0;
        for (let k = 0; k < rank; k++) sum += variance[k] * modes[i * rank + k] * modes[j * rank + k];
        S[i * dimension + j] = sum * (spread ? spread[i] * spread[j] : 1);
      }
    }
    return S;
  };
  const condition = { l: 7e-6, U0: 0.05, F_right: 25 };

  it("is the same law in the components of the covariance and of the correlation matrix", () => {
    const [a, b] = (["covariance", "correlation"] as const).map((components) =>
      covarianceOf(gaussianAt(statistics, p, condition, { components })),
    );
    // Each is complete to 1e-12 of its largest diagonal entry.
    const scale = Math.max(...a.filter((_, at) => at % (2 * cells + 1) === 0));
    a.forEach((s, at) => assertClose(`S[${at}]`, b[at], s, { within: 1e-11 * scale }));
  });

  for (const components of ["covariance", "correlation"] as const) {
    it(`its components of the ${components} matrix are orthonormal, and the first of few are those of all`, () => {
      const whole = gaussianAt(statistics, p, condition, { components });
      const few = gaussianAt(statistics, p, condition, { components, rank: 24 });
      assert.equal(few.rank, 24);
      const dot = (x: GaussianLaw, k: number, y: GaussianLaw, l: number): number => {
        let sum = 0;
        for (let i = 0; i < x.dimension; i++) sum += x.modes[i * x.rank + k] * y.modes[i * y.rank + l];
        return sum;
      };
      for (let k = 0; k < 12; k++) {
        for (let l = 0; l <= k; l++) {
          assertClose(`${k} . ${l}`, dot(whole, k, whole, l), k === l ? 1 : 0, { within: 1e-7 });
        }
        assertClose(`variance ${k}`, few.variance[k] / whole.variance[k], 1, { within: 0.02 });
        if (k < 6) assertClose(`turn of mode ${k}`, Math.abs(dot(few, k, whole, k)), 1, { within: 1e-3 });
      }
    });
  }

  it("in the components of the correlation matrix every cell that varies has spread 1", () => {
    const { dimension, rank, modes, variance } = gaussianAt(statistics, p, condition, { components: "correlation" });
    for (let i = 0; i < dimension; i++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += variance[k] * modes[i * rank + k] ** 2;
      assertClose(`cell ${i}`, sum, i === cells - 1 || i === cells ? 0 : 1, { within: 1e-9 });
    }
  });

  it("is as good where a response leaves the fields: at F_right near 0, phi has the spread of a fresh ensemble", async () => {
    const small = { l: 1.2e-5, U0: 0.07, F_right: 0.2 };
    const n = 1500;
    const { fields } = await generateEnsemble({ problem: p, conditions: [small], count: n, cells, stream: stream(13) });
    const S = covarianceOf(gaussianAt(statistics, p, small));
    // Second differences: what is left when the smooth part, which any law gets right, has cancelled.
    for (const cell of [5, 20, 38]) {
      const at = [cells + cell - 1, cells + cell, cells + cell + 1];
      const weights = [1, -2, 1];
      const values = Float64Array.from({ length: n }, (_, k) =>
        at.reduce((sum, i, j) => sum + weights[j] * fields.values[k * 2 * cells + i], 0),
      );
      const m = values.reduce((a, b) => a + b, 0) / n;
      const measured = Math.sqrt(values.reduce((a, b) => a + (b - m) ** 2, 0) / (n - 1));
      let variance = 0;
      at.forEach((i, a) => at.forEach((j, b) => (variance += weights[a] * weights[b] * S[i * 2 * cells + j])));
      const predicted = Math.sqrt(variance) * statistics.normalisation.std[1];
      // Five standard errors of two spreads, for a kurtosis up to 9.
      const within = 5 * measured * Math.sqrt(2 * (1 / n + 1 / 768));
      assertClose(`roughness of phi in cell ${cell}`, predicted, measured, { within });
    }
  });

  it("is affine in F_right: means at three currents lie on a line to rounding", () => {
    const at = (F_right: number): Float64Array => gaussianAt(statistics, p, { l: 7e-6, U0: 0.05, F_right }).mean;
    const [a, b, c] = [at(5), at(15), at(25)];
    b.forEach((x, i) => assertClose(`cell ${i}`, x, (a[i] + c[i]) / 2, { within: 1e-12 }));
  });

  it("refuses statistics of another problem", () => {
    const condition = { l: 1e-5, F_right: 25, k_rn: 0.1 };
    assert.throws(
      () => gaussianAt(statistics, problem("electrode"), condition),
      /statistics of problem "electrode-published"/,
    );
  });
});

describe("interpolation between nodes", () => {
  it("weights are convex and reproduce the place of a node's neighbours", () => {
    const nodes = shapeNodes(9, [1]);
    for (const s of [-1, -0.33, 0, 0.71, 1]) {
      const weights = nodeWeights(nodes, [s]);
      const total = [...weights.values()].reduce((a, b) => a + b, 0);
      assertClose("sum of weights", total, 1, { within: 1e-14 });
      assert.ok([...weights.values()].every((w) => w >= 0));
      if (Math.abs(s) < 0.75) {
        const place = [...weights].reduce((sum, [j, w]) => sum + w * nodes[j], 0);
        assertClose("weighted place", place, s, { within: 1e-14 });
      }
    }
  });

  it("with nodes beyond the ends the weights reproduce the place up to the ends", () => {
    const nodes = shapeNodes(24, [1.2]); // one and a half spacings are 0.16
    for (const s of [-1, -0.9, 0.3, 1]) {
      const place = [...nodeWeights(nodes, [s])].reduce((sum, [j, w]) => sum + w * nodes[j], 0);
      assertClose("weighted place", place, s, { within: 1e-14 });
    }
  });

  it("nodes go beyond the range of a quantity as far as its limits allow", () => {
    const range = (name: string) => problem("conduction").conditions.find((r) => r.name === name)!;
    assert.equal(reachOf(range("load"), 0.1), 1.1);
    assert.equal(reachOf({ ...range("load"), limits: [-1.1, 2] }, 0.1), 1.1);
    assert.equal(reachOf({ ...range("load"), limits: [-1.09, 2] }, 0.1), 1);
    assert.equal(reachOf(range("width"), 0.5), 1.5); // logarithmic, positive
    assert.equal(reachOf(range("boundary"), 0.1), 1); // a choice
  });

  it("regression reproduces a cubic in one dimension and a plane in two, at the ends too", () => {
    const cubic = ([x]: readonly number[]): number => 1 - 2 * x + x ** 3;
    const plane = ([x, y]: readonly number[]): number => 2 - x + 3 * y;
    for (const { nodes, at, f } of [
      { nodes: shapeNodes(40, [1.1]), at: [[-1], [0.37], [1]], f: cubic },
      { nodes: shapeNodes(20, [1, 1]), at: [[-0.9, 0.9], [0.1, 0.2]], f: plane }, // prettier-ignore
    ]) {
      for (const s of at) {
        const weights = [...regressionWeights(nodes, s)];
        const value = weights.reduce(
          (sum, [j, w]) => sum + w * f([...nodes.subarray(j * s.length, (j + 1) * s.length)]),
          0,
        );
        assertClose(`at ${s}`, value, f(s), { within: 1e-12 });
      }
    }
  });

  it("the means' weights stay a polynomial's far outside the nodes, to rounding of weights of their size", () => {
    const nodes = shapeNodes(64, [1.2]);
    for (const s of [1.5, 3, 6, -6]) {
      const weights = [...regressionWeights(nodes, [s])];
      const size = weights.reduce((sum, [, w]) => sum + Math.abs(w), 0);
      for (let degree = 0; degree <= 6; degree++) {
        const value = weights.reduce((sum, [j, w]) => sum + w * nodes[j] ** degree, 0);
        assertClose(`x^${degree} at ${s}`, value, s ** degree, { within: 1e-12 * size * 1.2 ** degree });
      }
    }
  });

  it("nodes in two dimensions fill the square evenly", () => {
    const nodes = shapeNodes(400, [1, 1]);
    const counts = [0, 0, 0, 0];
    for (let j = 0; j < 400; j++) counts[(nodes[2 * j] > 0 ? 1 : 0) + (nodes[2 * j + 1] > 0 ? 2 : 0)]++;
    counts.forEach((n) => assertClose("points in a quarter", n, 100, { within: 10 })); // random points: 4 sd = 35
  });

  it("Legendre products are orthogonal polynomials of bounded total degree", () => {
    assert.equal(legendreProducts([0.3, -0.2], 2).length, 6);
    assertClose("P3(0.5)", legendreProducts([0.5], 3)[3], (5 * 0.125 - 3 * 0.5) / 2, { within: 1e-15 });
  });
});
