import assert from "node:assert/strict";
import { encodedCondition } from "../../lib/ensemble/conditions";
import { generateEnsemble } from "../../lib/ensemble/generate";
import { checkGaussian } from "../../lib/gaussian/check-gaussian";
import { gaussianAt, type GaussianStatistics } from "../../lib/gaussian/conditional-gaussian";
import { fitGaussian } from "../../lib/gaussian/fit-gaussian";
import { requireSound } from "../../lib/gaussian/gaussian-quality";
import { stream } from "../../lib/random/stream";
import type { Condition, ConditionRange, Problem } from "../../lib/transport/problem";
import { toyProblem } from "../ensemble/toy-problem";
import { assertClose } from "../assert-close";

/**
 * T = (load + gain^2 g) k, three times that on the second side, where g is the Gaussian process that the porosity is
 * made of: a law that is known exactly, affine in load and gain^2, with a choice.
 */
function gaussianProblem(more: readonly ConditionRange[] = []): Problem {
  const { porosity } = toyProblem();
  const { epsMin, epsMax } = porosity.law;
  const range = (name: string, min: number, max: number, scale: "linear" | "log" = "linear"): ConditionRange => ({
    name,
    symbol: name,
    unit: "1",
    meaning: name,
    min,
    max,
    scale,
    default: max,
    limits: scale === "log" ? [1e-300, 1e300] : [-1e300, 1e300],
  });
  const side = { ...range("side", 0, 1), limits: undefined, choices: ["first", "second"] };
  const gaussian = (eps: number): number => {
    const u = (eps - epsMin) / (epsMax - epsMin);
    return Math.log(u / (1 - u));
  };
  const size = ({ k, side: s }: Condition): number => k * (s === 1 ? 3 : 1);
  return {
    ...toyProblem(),
    name: "gaussian",
    porosity,
    channels: [{ name: "T", symbol: "T", unit: "K" }],
    conditions: [
      toyProblem().conditions[0],
      range("k", 0.5, 2, "log"),
      side,
      range("load", -1, 1),
      range("gain", 1, 2),
      ...more,
    ],
    parameters: [],
    affine: { conditions: ["load", "gain"], count: 2, at: (z: Condition) => [z.load, z.gain ** 2] },
    solver: ({ cells }) => ({
      solve(eps, z: Condition, out, offset = 0) {
        for (let i = 0; i < cells; i++) out[offset + i] = size(z) * (z.load + z.gain ** 2 * gaussian(eps[i]));
      },
      solveResponses(eps: Float64Array, z: Condition, out: Float64Array, offset = 0) {
        for (let i = 0; i < cells; i++) {
          out[offset + i] = size(z);
          out[offset + cells + i] = size(z) * gaussian(eps[i]);
        }
      },
    }),
  };
}

describe("joint conditional Gaussian", () => {
  const p = gaussianProblem();
  const [nodes, porosities] = [32, 1024];
  let statistics: GaussianStatistics;

  before(async () => {
    statistics = await fitGaussian({ problem: p, cells: 12, nodes, porosities, margin: 0.2, stream: stream(3) });
  });

  for (const z of [
    { l: 4e-6, k: 0.6, side: 0, load: 0.7, gain: 1.3 },
    { l: 1.5e-5, k: 1.8, side: 1, load: -0.4, gain: 1.9 },
  ]) {
    it(`recovers a known law on each side of a choice: k = ${z.k}, side ${z.side}`, () => {
      const { std, mean } = statistics.normalisation;
      const law = gaussianAt(statistics, p, z);
      const unit = z.k * (z.side === 1 ? 3 : 1);
      const spread = unit * z.gain ** 2;
      // All nodes and porosities of a side stand behind the 28 coefficients of a polynomial of degree 6; five standard
      // errors.
      const within = 5 * spread * Math.sqrt((28 / (nodes * porosities)) * 2);
      for (const cell of [0, 5, 11]) {
        let variance = 0;
        for (let k = 0; k < law.rank; k++) variance += law.variance[k] * law.modes[cell * law.rank + k] ** 2;
        assertClose(`spread in cell ${cell}`, Math.sqrt(variance) * std[0], spread, { within });
        assertClose(`mean in cell ${cell}`, law.mean[cell] * std[0] + mean[0], unit * z.load, { within: 1.5 * within });
      }
    });
  }

  it("is right in modes that are weak where correlations are long, and strong where they are short", async () => {
    const cells = 24;
    const size = { nodes: 64, porosities: 4096 };
    const many = await fitGaussian({ problem: p, cells, ...size, margin: 0.2, stream: stream(3) });
    const { std, mean } = many.normalisation;
    const z = { l: p.conditions[0].max, k: 1, side: 0, load: 0, gain: 1 };
    const law = gaussianAt(many, p, z);
    const count = 4000;
    const { fields } = await generateEnsemble({ problem: p, conditions: [z], count, cells, stream: stream(8) });
    const each = (size.nodes * size.porosities) / 128 / 2;
    const within = 5 * Math.sqrt(2 / each + 2 / count); // five standard errors of a variance, on either side
    // At the very end of the range of l the last mode that 24 cells have, some thousandths of the first, is off by three
    // tenths: polynomials of the ninth degree err by so much there. Above that the law is held to its sampling error.
    const weak = Array.from({ length: law.rank }, (_, k) => k).filter((k) => {
      const share = law.variance[k] / law.variance[0];
      return share < 1e-3 && share > 1e-5;
    });
    assert.ok(weak.length >= 3, `${weak.length} weak modes`);
    for (const k of weak) {
      let square = 0;
      for (let n = 0; n < count; n++) {
        let y = 0;
        for (let i = 0; i < cells; i++) {
          y += law.modes[i * law.rank + k] * ((fields.values[n * cells + i] - mean[0]) / std[0] - law.mean[i]);
        }
        square += y * y;
      }
      const share = Math.sqrt(law.variance[k] / law.variance[0]).toExponential(1);
      assertClose(`variance of mode ${k}, ${share} of the first`, square / count / law.variance[k], 1, { within });
    }
  });

  it("is found sound at fresh conditions, and one fitted to another problem is refused with a remedy", async () => {
    const good = await checkGaussian({ problem: p, statistics, conditions: 6, porosities: 1000, stream: stream(4) });
    requireSound(good, "gaussian");
    assert.ok(good.bias.worst < 0.2 && good.std.least > 0.9 && good.std.most < 1.1, JSON.stringify(good));
    const other: Problem = { ...p, porosity: { ...p.porosity, law: { epsMin: 0.3, epsMax: 0.4 } } };
    const bad = await checkGaussian({ problem: other, statistics, conditions: 6, porosities: 500, stream: stream(4) });
    assert.throws(() => requireSound(bad, "gaussian"), /too far off for a training .* Remedy: more statistics\.nodes/);
  });

  it("refuses a choice that no ensemble draws", () => {
    assert.throws(
      () => gaussianAt(statistics, p, { l: 1e-5, k: 1, side: 2, load: 0, gain: 1 }),
      /knows side 0, 1, got 2/,
    );
  });

  it("tells the network of a choice by one number for each value", () => {
    assert.deepEqual(encodedCondition(p, { l: 2e-5, k: 2, side: 1, load: 1, gain: 2 }), [1, 1, 0, 1, 1, 1]);
  });

  it("six conditions that are not affine are fitted with a lower degree, which the check says", async () => {
    const more = ["a", "b", "c", "d"].map((name): ConditionRange => ({ ...p.conditions[1], name }));
    const six = gaussianProblem(more);
    const fitted = await fitGaussian({ problem: six, cells: 12, nodes: 4, porosities: 64, stream: stream(5) });
    const quality = await checkGaussian({
      problem: six,
      statistics: fitted,
      conditions: 4,
      porosities: 500,
      stream: stream(6),
    });
    assert.ok(statistics.kind === "joint" && quality.degree! < statistics.tables[0].logDiagonal.degree);
  });
});
