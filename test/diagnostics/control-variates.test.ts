import * as assert from "node:assert/strict";
import { controlledMoments } from "../../lib/diagnostics/control-variates";
import { fieldSample } from "../../lib/diagnostics/field-sample";
import { mean, variance } from "../../lib/numerics/statistics";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

const [cells, K] = [5, 3];

/**
 * x_j = j + 2 y_0 + 0.1 (y_1^2 - 1) + 0.05 e: nearly linear in the start y, as a sampler's output is. Mean j, variance
 * 4 + 0.02 + 0.0025.
 */
function draw(n: number, seed: number): { sample: ReturnType<typeof fieldSample>; start: Float32Array } {
  const start = Float32Array.from(
    stream(seed)
      .child("start")
      .normals(n * K),
  );
  const e = stream(seed)
    .child("noise")
    .normals(n * cells);
  const values = new Float64Array(n * cells);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < cells; j++) {
      const [y0, y1] = [start[i * K], start[i * K + 1]];
      values[i * cells + j] = j + 2 * y0 + 0.1 * (y1 * y1 - 1) + 0.05 * e[i * cells + j];
    }
  }
  return { sample: fieldSample(values, { channels: 1, cells }), start };
}

describe("moments with control variates", () => {
  const exact = 4 + 0.02 + 0.0025;
  const runs = Array.from({ length: 40 }, (_, seed) => {
    const { sample, start } = draw(500, seed);
    return controlledMoments(sample, start);
  });

  it("have the exact mean and trace, within the error that they tell", () => {
    // z-scores of 40 independent runs: their mean square is 1 to within 4 sqrt(2 / 40) for honest errors.
    const zMean = runs.map((r) => (r.mean[2] - 2) / Math.sqrt(r.meanVariance[0] / cells));
    const zTrace = runs.map((r) => (r.trace[0] - cells * exact) / r.traceError[0]);
    for (const z of [zMean, zTrace]) {
      assertClose("mean square of z", z.reduce((s, v) => s + v * v, 0) / 40, 1, { within: 4 * Math.sqrt(2 / 40) });
    }
  });

  it("are far sharper than plain moments: the start's share of the noise is gone", () => {
    // What is left is e alone: its variance over n, known from 500 - 7 residuals in each of five cells to a few per
    // cent.
    const left = 0.05 ** 2 / 500;
    for (const r of runs) {
      assertClose("variance of a cell's mean", r.meanVariance[0] / cells, left, {
        within: 5 * left * Math.sqrt(2 / 2465),
      });
    }
  });

  it("are the plain, unbiased ones where the start has exactly the moments of its law", () => {
    // y = +-a, +-b with (a^2 + b^2) / 2 = 1: the controls y and y^2 - 1 have mean 0, so that nothing is to be taken
    // out.
    const n = 24;
    const y = Float32Array.from({ length: n }, (_, i) => [1, -1][i % 2] * Math.sqrt(i % 4 < 2 ? 0.5 : 1.5));
    const values = Float64Array.from(y, (v, i) => 3 + 2 * v + Math.sin(i * i));
    const { mean: m, trace } = controlledMoments(fieldSample(values, { channels: 1, cells: 1 }), y);
    assertClose("mean", m[0], mean(values), { within: 1e-6 });
    assertClose("variance, with n - 1", trace[0] / variance(values), 1, { within: 1e-6 });
  });

  it("refuse a start that does not fit the fields", () => {
    const { sample, start } = draw(500, 1);
    assert.throws(() => controlledMoments(sample, start.subarray(1)), /expected a start \[500, K\]/);
    assert.throws(() => controlledMoments(sample, new Float32Array(63 * 500)), /K <= 62/);
  });
});
