import { assertClose } from "../assert-close";
import { angles } from "../../lib/model/mode-angles";
import { tf } from "../../lib/graph/tensorflow";
import type { GaussianLaw } from "../../lib/gaussian/conditional-gaussian";

/** Rates a_k [modes] of the first modes of a law; modes without variance turn at once (a large finite rate). */
function modeRates(law: GaussianLaw, modes: number, gamma: number): Float64Array {
  const first = law.variance[0];
  return Float64Array.from({ length: modes }, (_, k) => {
    const ratio = Math.max(law.variance[k] / first, 1e-30);
    return ratio ** (-gamma / 2) / Math.sqrt(first);
  });
}

const law = {
  dimension: 3,
  rank: 3,
  mean: new Float64Array(3),
  modes: Float64Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]),
  variance: Float64Array.from([4, 1, 0.01]),
};

describe("noise in whitened modes", () => {
  it("with gamma = 1 is white noise in the field: cos^2 and sin^2 are the shares of signal and noise variance", () => {
    const s = 0.5;
    const { cos, sin } = angles(tf.scalar(s), tf.tensor1d(Float32Array.from(modeRates(law, 3, 1))));
    law.variance.forEach((lambda, k) => {
      assertClose("signal", cos.dataSync()[k] ** 2, lambda / (lambda + s * s), { within: 1e-6 });
      assertClose("noise", sin.dataSync()[k] ** 2, (s * s) / (lambda + s * s), { within: 1e-6 });
    });
  });

  it("with gamma = 0 turns all modes together", () => {
    const rates = modeRates(law, 3, 0);
    rates.forEach((a) => assertClose("rate", a, 1 / 2, { within: 1e-15 }));
  });

  it("keeps its digits at both ends: sin of a tiny angle is the angle, cos of a large tangent its reciprocal", () => {
    const small = angles(tf.scalar(1e-6), tf.tensor1d([1]));
    const large = angles(tf.scalar(1e6), tf.tensor1d([1]));
    assertClose("sin", small.sin.dataSync()[0] / 1e-6, 1, { within: 1e-6 });
    assertClose("cos", large.cos.dataSync()[0] / 1e-6, 1, { within: 1e-6 });
  });
});
