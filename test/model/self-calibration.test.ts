import * as assert from "node:assert/strict";
import { adamsCoefficients } from "../../lib/model/flow-steps";
import { correct, measureDrift, squaredDrift } from "../../lib/model/self-calibration";
import { stream } from "../../lib/random/stream";
import { assertClose } from "../assert-close";

describe("self-calibration", () => {
  const K = 4;
  const N = 4000;
  const half = stream(3).normals((N * K) / 2);
  const start = Float32Array.from({ length: N * K }, (_, i) => (i < half.length ? half[i] : -half[i - half.length]));

  it("undoes an affine drift: mean and covariance return to those of the start", () => {
    const A = [1, 0.2, 0, 0, 0, 0.8, 0.1, 0, 0, 0, 1.1, 0, 0, 0, 0.3, 0.9];
    const y = new Float32Array(N * K);
    for (let n = 0; n < N; n++) {
      for (let k = 0; k < K; k++) {
        y[n * K + k] = 0.3 * k;
        for (let i = 0; i < K; i++) y[n * K + k] += A[k * K + i] * start[n * K + i];
      }
    }
    correct(y, measureDrift(y, start, K));
    const after = measureDrift(y, start, K);
    for (let k = 0; k < K; k++) {
      assertClose(`mean of mode ${k}`, after.shift[k], 0, { within: 1e-6 }); // single precision of order-one numbers
      for (let j = 0; j < K; j++) {
        // C deviates from I by the start's sampling error times the drift's size: 4 standard errors of a covariance
        // entry
        assertClose(`map ${k} ${j}`, after.map[k * K + j], k === j ? 1 : 0, { within: 4 / Math.sqrt(N) });
      }
    }
  });

  it("leaves a flow without drift alone, to the bit of its start's own error", () => {
    const { map } = measureDrift(start, start, K);
    map.forEach((v, i) => assertClose(`map ${i}`, v, i % (K + 1) === 0 ? 1 : 0, { within: 1e-12 }));
  });

  it("does not take the trial fields' own error for a drift: where there is none, little is left of it", () => {
    const modes = 20;
    const draw = (name: string): Float32Array => {
      const drawn = stream(4)
        .child(name)
        .normals((N * modes) / 2);
      return Float32Array.from({ length: N * modes }, (_, i) =>
        i < drawn.length ? drawn[i] : -drawn[i - drawn.length],
      );
    };
    const { map } = measureDrift(draw("end"), draw("start"), modes); // white both, and independent
    let square = 0;
    map.forEach((v, at) => (square += at % (modes + 1) === 0 ? 0 : v * v));
    // Unshrunk, each of the K (K - 1) entries off the diagonal is -1/2 of an error of variance 4 / N. The sum of
    // squares of the 190 different ones is chi^2 distributed: it exceeds its mean by 4 (2 / 190)^(1/2) = 0.41 at most,
    // so that at most a share 0.41^2 / 1.41 of it is kept.
    const unshrunk = (modes * (modes - 1) * 4) / N / 4;
    assert.ok(square < (0.41 ** 2 / 1.41) * unshrunk, `kept ${square / unshrunk} of the error`);
  });

  it("is better by fields held back where there is a drift, and worse where it fitted the chance of a few trial fields", () => {
    const modes = 20;
    const pairs = (name: string, count: number): Float32Array => {
      const drawn = stream(6).child(name).normals((count * modes) / 2); // prettier-ignore
      return Float32Array.from({ length: count * modes }, (_, i) =>
        i < drawn.length ? drawn[i] : -drawn[i - drawn.length],
      );
    };
    const held = pairs("held back", N);
    const after = (y: Float32Array, map: ReturnType<typeof measureDrift>): number => {
      const corrected = y.slice();
      correct(corrected, map);
      return squaredDrift(corrected, held, modes);
    };
    const narrow = (y: Float32Array): Float32Array => y.map((v) => 0.9 * v);
    const trial = pairs("trial", N);
    const drift = measureDrift(narrow(trial), trial, modes);
    assert.ok(after(narrow(held), drift) < 0.1 * squaredDrift(narrow(held), held, modes));
    const few = pairs("few", 60);
    const chance = {
      shift: new Float64Array(modes),
      map: Float64Array.from({ length: modes ** 2 }, (_, at) => Number(at % (modes + 1) === 0) + few[at] / 10),
    };
    assert.ok(after(held, chance) > squaredDrift(held, held, modes));
  });

  it("refuses to hide a flow that is not near the law", () => {
    assert.throws(
      () =>
        measureDrift(
          start.map((v) => 5 * v),
          start,
          K,
        ),
      /variance of a combination of modes/,
    );
  });
});

describe("Adams steps in log noise", () => {
  /** Integrates F(u) dtheta from the first level to theta = 0 with the method's coefficients. */
  function integrate(levels: number, F: (u: number) => number, rate: number): number {
    const u = Float64Array.from({ length: levels }, (_, j) => 2 - (j * 8) / (levels - 1));
    let y = 0;
    for (let j = 0; j < levels; j++) {
      adamsCoefficients(u, j, rate).forEach((c, m) => {
        if (c !== 0) y += c * F(u[j - m]);
      });
    }
    return y;
  }
  const theta = (u: number, rate: number): number => Math.atan(rate * Math.exp(u));

  it("are exact for a constant velocity, whatever the number of levels", () => {
    for (const rate of [1, 30])
      assertClose(
        "turn",
        integrate(5, () => 1, rate),
        -theta(2, rate),
        { within: 1e-6 },
      ); // Gauss points
  });

  it("have order 3 for a smooth velocity, once the start has died away", () => {
    // negligible at the start, whose first steps have lower order
    const F = (u: number): number => Math.exp(-((u + 5) ** 2) / 2);
    const exact = integrate(2049, F, 1);
    const errors = [33, 65, 129].map((levels) => Math.abs(integrate(levels, F, 1) - exact));
    assertClose("order", Math.log2(errors[1] / errors[2]), 3, { within: 0.3 });
    assert.ok(errors[2] < errors[1] && errors[1] < errors[0]);
  });
});
